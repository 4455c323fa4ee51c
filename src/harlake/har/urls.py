"""Where a URL of a HAR leads: scheme, host and path, of all that programs record as one.

Read as browsers read URLs (WHATWG): any number of slashes or backslashes after the scheme of the web, user and port are
left out, and so is a dot at the host's end. Hosts are compared in lower case, as they are asked for in DNS. Without a
scheme, a URL is one of three: ``//host/path``, the ``host:443`` of a CONNECT, and ``host/path``; else it is a path.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

#: URLs of which host and path can be cut out as they are, by a vectorised expression as well: see ``CERTAIN_URL``.
CERTAIN_URL: Final = (
    r"^(?:https?|wss?)://(?P<host>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::[0-9]*)?"
    r"(?P<path>/[^?#\\\x00-\x20]*)(?:[?#][^\x00-\x1f]*)?$"
)

#: Schemes of the web: after them, a host is demanded, and a backslash is a slash.
_WEB: Final = frozenset({"http", "https", "ws", "wss", "ftp"})

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
#: What browsers leave out of a URL, at its ends and anywhere.
_ENDS: Final = "".join(map(chr, range(0x21)))
_LEFT_OUT: Final = re.compile(r"[\t\n\r]")
_SLASHES: Final = re.compile(r"[/\\]*")
_PORT: Final = re.compile(r":[0-9]*\Z")
_AUTHORITY_FORM: Final = re.compile(r"(?:[^/?#\\@]*@)?(?:\[[0-9A-Fa-f:.]+\]|[^/?#\\:@\s\[\]]+):[0-9]{1,5}\Z")
_LABEL: Final = re.compile(r"[\w-]{1,63}")
#: What ends the names of files, and no host.
_FILE_ENDINGS: Final = frozenset(
    (
        *("html", "htm", "js", "mjs", "css", "json", "png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "php"),
        *("asp", "aspx", "jsp", "xml", "txt", "woff", "woff2", "ttf", "map", "wasm"),
    )
)
#: Bytes of the longest name that DNS has.
_MAX_NAME: Final = 253


@dataclass(frozen=True, slots=True)
class UrlParts:
    """Parts of a URL: scheme and host in lower case, empty where there is none, and the path, None where it has none.

    An IPv6 address has brackets.
    """

    scheme: str
    host: str
    path: str | None


def located(url: str) -> UrlParts:
    """Return where a URL leads."""
    text = _LEFT_OUT.sub("", url.strip(_ENDS))
    scheme, rest = _cut_scheme(text)
    if scheme in _WEB:
        start = _SLASHES.match(rest)
        return _at_host(scheme, rest[start.end() if start else 0 :])
    if scheme:
        return _at_host(scheme, rest[2:], backslashes=False) if rest.startswith("//") else UrlParts(scheme, "", None)
    if text[:2] in ("//", "\\\\", "/\\", "\\/"):
        return _at_host("", text[2:])
    if _AUTHORITY_FORM.match(text):
        return UrlParts("", _host(text), None)
    if _begins_with_host(text):
        return _at_host("", text)
    return UrlParts("", "", _path(text) or None)


def scheme_of(url: str) -> str:
    """Return the scheme of a URL in lower case, empty where it has none."""
    return _cut_scheme(_LEFT_OUT.sub("", url[:64].strip(_ENDS)))[0]


def normal_host(host: str) -> str:
    """Return a host as rows have it: IPv6 in brackets and as short as can be, names in lower case as DNS has them.

    There may be ``*`` in it, which stands for anything.
    """
    bare = host.strip(_ENDS)
    if bare.count(":") > 1 or bare.startswith("["):
        return f"[{_ipv6(bare.removeprefix('[').removesuffix(']'))}]"
    name = unquote(bare) if "%" in bare else bare
    name = name.removesuffix(".") if len(name) > 1 else name
    return (
        name.lower() if name.isascii() or len(name) > _MAX_NAME else ".".join(map(_label, re.split("[.。．｡]", name)))
    )


def _cut_scheme(text: str) -> tuple[str, str]:
    match = _SCHEME.match(text)
    if match is None:
        return "", text
    rest = text[match.end() :]
    is_port = rest[:1].isdigit() and match[1].lower() not in _WEB and _ends_as_port(rest)
    return ("", text) if is_port else (match[1].lower(), rest)


def _ends_as_port(rest: str) -> bool:
    """Return whether digits are up to the end, or to what follows a port."""
    digits = re.match(r"[0-9]{1,5}", rest)
    return digits is not None and rest[digits.end() : digits.end() + 1] in ("", "/", "?", "#", "\\")


def _at_host(scheme: str, rest: str, *, backslashes: bool = True) -> UrlParts:
    """Return where a URL leads, of which the part behind the slashes is given."""
    end = re.search(r"[/?#\\]" if backslashes else "[/?#]", rest)
    authority = rest[: end.start()] if end else rest
    path = _path(rest[end.start() :] if end else "")
    if backslashes:
        path = path.replace("\\", "/") or "/"
        path = path if path.startswith("/") else f"/{path}"
    return UrlParts(scheme, _host(authority), path or None)


def _path(text: str) -> str:
    """Return what is before the query and the fragment."""
    return re.split("[?#]", text, maxsplit=1)[0]


def _host(authority: str) -> str:
    """Return the host of an authority, which may have a user and a port."""
    host = authority.rpartition("@")[2]
    if host.startswith("["):
        return normal_host(host.partition("]")[0] + "]")
    if host.count(":") > 1 and _is_ipv6(host):  # as programs write it that know no URLs
        return normal_host(host)
    return normal_host(_PORT.sub("", host, count=1))


def _begins_with_host(text: str) -> bool:
    """Return whether a text without a scheme is that of a URL less its scheme, rather than a path."""
    first = re.split(r"[/?#\\]", text, maxsplit=1)[0]
    name = _PORT.sub("", first.rpartition("@")[2], count=1)
    if name.startswith("["):
        return _is_ipv6(name.strip("[]"))
    if len(name) > _MAX_NAME:
        return False
    *labels, last = name.lower().removesuffix(".").split(".")
    if not all(map(_LABEL.fullmatch, (*labels, last))):
        return False
    if not labels:
        return last == "localhost"
    is_name = last.isalpha() and len(last) > 1
    return _is_ipv4(name) or (is_name and (name != text or last not in _FILE_ENDINGS))


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(unquote(text))
    except ValueError:
        return False
    return True


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _ipv6(text: str) -> str:
    bare = unquote(text) if "%" in text else text
    try:
        return str(ipaddress.IPv6Address(bare)).lower()
    except ValueError:
        return bare.lower()


def _label(label: str) -> str:
    """Return a part of a name as DNS has it; in lower case where it cannot have it."""
    try:
        return label.lower() if label.isascii() else label.encode("idna").decode()
    except UnicodeError:
        return label.lower()
