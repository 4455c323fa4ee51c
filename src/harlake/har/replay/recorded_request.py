"""The request that an entry has recorded, as it goes over the wire: one reading for all scripts that send it again.

Rules:

* What the HAR says was sent is sent. What cannot be, is left out, and said.
* What the HAR does not say is not invented, and nothing is said of it.
* What a client computes of the rest (lengths, framing of HTTP/2) is its own matter.
* Comments are words of ours, of letters that no shell looks at, in case it knows no comments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from harlake.har.raw_json import object_at
from harlake.har.replay.recorded_body import Lines, recorded_body
from harlake.har.replay.recorded_headers import recorded_lines, sent_headers
from harlake.har.replay.recorded_url import host_of, sent_url
from harlake.har.urls import scheme_of
from harlake.har.values.pairs import named_values
from harlake.har.values.texts import python_text

#: RFC 9110 §5.6.2.
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

_NULL: Final = b"null"

#: Methods that are these, in any case: others are compared with case (RFC 9110 §9.1).
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})

_WEB: Final = frozenset({"http", "https"})

#: As HAR 1.2 has versions, as ALPN does, and bare numbers.
_VERSION: Final = re.compile(r"(?:https?[/ ]?)?([123])(?:\.([01]))?")
_NAMED_VERSIONS: Final = {"h2": "2", "h2c": "2", "http2": "2", "http/2+quic": "3"}


@dataclass(slots=True)
class RecordedRequest:
    """A request to be sent again.

    ``method`` is None where it cannot be sent; ``version`` is that of HTTP, empty where it is not known; ``body`` is
    None where there is none, and empty where there is one of no bytes. ``comments`` say what is not as it was.
    """

    url: str
    method: str | None
    version: str
    headers: Lines = field(default_factory=list)
    body: bytes | None = None
    comments: list[str] = field(default_factory=list)

    @property
    def is_clear_text(self) -> bool:
        """Whether it goes without TLS."""
        return scheme_of(self.url) == "http"

    @property
    def can_be_sent(self) -> bool:
        """Whether it has a method, and a URL of the web, with a host."""
        return self.method not in (None, "CONNECT") and scheme_of(self.url) in _WEB and bool(host_of(self.url))

    def values(self, name: str) -> list[str]:
        """Return the values of the headers of a name, which is given in lower case."""
        return [value for one, value in self.headers if one.lower() == name]


def recorded_request(entry: bytes) -> RecordedRequest:
    """Return the request of an entry, whatever its members are."""
    members = object_at(entry, "request")
    lines, comments = recorded_lines(members.get("headers", _NULL))
    pseudo = {name.lower(): value for name, value in lines if name.startswith(":")}
    method = _method(members, pseudo)
    version = _version(members, pseudo)
    url, said = sent_url(python_text(members.get("url", _NULL)) or "", pseudo, lines)
    comments += said
    if method is None:
        comments.append("The method cannot be sent.")
    elif method == "CONNECT":
        comments.append("CONNECT asks a proxy for a tunnel: that is no request of its own.")
    if not any(name.lower() == "cookie" for name, _ in lines):
        cookies = "; ".join(f"{name}={value}" for name, value in named_values(members.get("cookies", _NULL)))
        lines += [("Cookie", cookies)] if cookies else []
    body, lines, said = recorded_body(entry, method or "", lines)
    comments += said
    headers, said = sent_headers(url, version, lines, has_body=body is not None)
    comments += said
    return RecordedRequest(url, method, version, headers, body, list(dict.fromkeys(comments)))


def _method(members: Mapping[str, bytes], pseudo: Mapping[str, str]) -> str | None:
    given = (python_text(members.get("method", _NULL)) or pseudo.get(":method") or "GET").strip(" ")
    if _TOKEN.fullmatch(given) is None:
        return None
    return given.upper() if given.upper() in _METHODS else given


def _version(members: Mapping[str, bytes], pseudo: Mapping[str, str]) -> str:
    given = (python_text(members.get("httpVersion", _NULL)) or "").strip().lower()
    if match := _VERSION.fullmatch(given):
        return f"1.{match[2]}" if match[1] == "1" and match[2] else match[1].replace("1", "")
    if given.startswith(("h3", "quic", "http/2+quic")):
        return "3"
    return _NAMED_VERSIONS.get(given, "2" if not given and ":method" in pseudo else "")
