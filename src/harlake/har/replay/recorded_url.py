"""The URL that a request is sent to: what programs record as one, as clients of HTTP take it.

Fragments are never sent. Browsers send the rest percent-encoded, and hosts as DNS has them (WHATWG URL).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, urlsplit

from harlake.controls import CONTROLS
from harlake.har.urls import located, normal_host, scheme_of

#: What is no part of a URL; and ``@`` at its beginning, for which curl would read URLs from a file (from 8.13 on).
_UNSAFE: Final = re.compile(f"^@|[^!-~]|{CONTROLS.pattern}")
_ENDS: Final = "".join(map(chr, range(0x21)))
_SCHEME_END: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[/\\]*")
_AUTHORITY_END: Final = re.compile(r"[/?#\\]|\Z")
_PORT: Final = re.compile(r":[0-9]*\Z")
#: What stands for a host in a header.
_AUTHORITY: Final = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,300}")

_SOCKETS: Final = {"ws": "http", "wss": "https"}
_WEB: Final = frozenset({"http", "https"})
_PORTS: Final = {"http": ":80", "https": ":443"}


def sent_url(given: str, pseudo: Mapping[str, str], headers: Iterable[tuple[str, str]]) -> tuple[str, list[str]]:
    """Return the URL to be asked, and comments on what it was.

    Args:
        given: the URL of the HAR.
        pseudo: headers of HTTP/2 that say where a request went, for a URL that does not.
        headers: the others.
    """
    url, comments = given.strip(_ENDS), []
    scheme = scheme_of(url)
    if not scheme:
        url = _absolute(url, pseudo, headers)
        if scheme := scheme_of(url):
            comments.append("The URL had no scheme or no host: these are taken from what else was captured.")
    if scheme in _SOCKETS:
        comments.append("A WebSocket: this asks for one, and gets no further than the answer to that.")
        scheme = _SOCKETS[scheme]
    elif scheme not in _WEB:
        comments.append("This kind of URL cannot be requested: only http and https can.")
        return _encoded(url), comments
    match = _SCHEME_END.match(url)
    rest = url[match.end() if match else 0 :]
    end = _AUTHORITY_END.search(rest)
    cut = end.start() if end else len(rest)
    user, at, host = rest[:cut].rpartition("@")
    if at and not any(name.lower() == "authorization" for name, _ in headers) and user.strip(":"):
        comments.append("The URL has a user, and the request had no Authorization: none is sent.")
    path, mark, query = rest[cut:].partition("#")[0].partition("?")
    path = path.replace("\\", "/")
    path = path if path.startswith("/") else f"/{path}"
    return f"{scheme}://{_host(host)}{_encoded(path + mark + query)}", comments


def host_of(url: str) -> str:
    """Return what a client makes a Host header of; nothing where the URL is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.netloc.rpartition("@")[2].removesuffix(_PORTS.get(parts.scheme, "\0"))


def _absolute(url: str, pseudo: Mapping[str, str], headers: Iterable[tuple[str, str]]) -> str:
    """Return a URL with the scheme, and the host, that it has none of; as it is where nothing tells these."""
    where = located(url)
    scheme = pseudo.get(":scheme", "").lower()
    scheme = scheme if scheme in _WEB else ("https" if re.match(r"[^/?#]*:443(?:[/?#]|\Z)", url) else "http")
    if where.host:
        return f"{scheme}://{url.lstrip(chr(92) + '/')}"
    hosts = [value for name, value in headers if name.lower() == "host"]
    host = next((one for one in (pseudo.get(":authority", ""), *hosts) if _AUTHORITY.fullmatch(one)), "")
    is_path = url.startswith("/") or (not url and bool(pseudo))
    return f"{scheme}://{host}{url}" if host and is_path else url


def _host(authority: str) -> str:
    """Return a host and its port, as they are where they are of ASCII."""
    if authority.isascii():
        return _encoded(authority)
    port = _PORT.search(authority)
    return _encoded(normal_host(_PORT.sub("", authority)) + (port[0] if port else ""))


def _encoded(text: str) -> str:
    return _UNSAFE.sub(lambda match: quote(match[0], safe="", errors="replace"), text)
