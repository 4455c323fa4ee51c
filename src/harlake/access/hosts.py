"""Hosts that a request may name: the guard against DNS rebinding.

A page of ``attacker.example`` whose name is bound to 127.0.0.1 anew is of the same origin as the service, for a
browser. It still sends ``Host: attacker.example``. So a host must be what no stranger can bind: a loopback name, or an
IP address, for which nobody is asked; or a name that the operator has given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from typing import Final

_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME: Final = re.compile(rf"(?=.{{1,254}}\Z){_LABEL}(?:\.{_LABEL})*+\.?", re.ASCII | re.IGNORECASE)
_AUTHORITY: Final = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[^\[\]:]{1,254})(?::([0-9]{1,5}))?", re.ASCII | re.IGNORECASE)
_MAX_PORT: Final = 65_535

#: Where the authority of a request target in absolute form is in a request's ASGI scope.
TARGET_AUTHORITY: Final = "harlake.target_authority"

IpAddress = IPv4Address | IPv6Address


@dataclass(frozen=True, slots=True)
class Authority:
    """A host and the port after it, if there is one: names in lower case, addresses as such."""

    host: str | IpAddress
    port: int | None


def parse_authority(text: str) -> Authority | None:
    """Return what a ``Host`` header says (RFC 9110 §7.2), None if it is malformed.

    Names are ASCII, as they are on the wire. A dot at their end, which says that nothing is to be added, is left out.
    """
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        return None
    port = int(match[2]) if match[2] else None
    host = _parse_host(match[1])
    if host is None or (port is not None and not 0 < port <= _MAX_PORT):
        return None
    return Authority(host, port)


def _parse_host(text: str) -> str | IpAddress | None:
    try:
        if text.startswith("["):
            return IPv6Address(text[1:-1])
        # A name whose last label is a number is an address, or nothing (WHATWG URL, "ends in a number").
        if text.rstrip(".").rpartition(".")[2].isdecimal():
            return IPv4Address(text)
    except AddressValueError:
        return None
    return text.lower().removesuffix(".") if _NAME.fullmatch(text) else None


def target_authority(target: str) -> str | None:
    """Return the authority in a request target, None in one of the usual form, a path (RFC 9112 §3.2)."""
    if target.startswith("/"):
        return None
    return re.split("[/?#]", target.partition("://")[2] or target, maxsplit=1)[0]


def is_loopback(host: str | IpAddress) -> bool:
    """Return whether a host is this machine for sure: ``localhost``, a name below it, or a loopback address."""
    if isinstance(host, str):
        return host == "localhost" or host.endswith(".localhost")
    return host.is_loopback


def parse_bind_address(text: str) -> str | IpAddress:
    """Return the address that a server is to listen on, or the name that stands for it."""
    try:
        return ip_address(text)
    except ValueError:
        return text.lower().removesuffix(".")


class AllowedHosts:
    """Hosts that a request may name: loopback names, IP addresses, and these names.

    ``*.example.com`` allows all names below ``example.com``, but not that one. Raises ValueError.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names: set[str] = set()
        suffixes = set()
        for name in names:
            authority = parse_authority(name.removeprefix("*."))
            if authority is None or not isinstance(authority.host, str) or authority.port is not None:
                raise ValueError(f"{name!r} is no host name such as har.example.com or *.example.com")
            if name.startswith("*."):
                suffixes.add(f".{authority.host}")
            else:
                self._names.add(authority.host)
        self._suffixes = tuple(sorted(suffixes))

    def allows(self, authority: Authority) -> bool:
        """Return whether a request may name this host, at whatever port."""
        host = authority.host
        if not isinstance(host, str):
            return True
        return is_loopback(host) or host in self._names or host.endswith(self._suffixes)
