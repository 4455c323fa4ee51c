"""The headers that a request is sent with, in their order."""

from __future__ import annotations

import re
from typing import Final

from harlake.controls import CONTROLS
from harlake.har.raw_json import listed
from harlake.har.replay.recorded_body import Lines
from harlake.har.replay.recorded_url import host_of
from harlake.har.values.pairs import named_lines, pair_objects

#: RFC 9110 §5.6.2.
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

#: Of a connection, which HTTP/2 has none of (RFC 9113 §8.2.2).
_OF_CONNECTION: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "http2-settings"}
)

_LEFT_OUT: Final = "A header that cannot be sent is left out."


def recorded_lines(headers: bytes) -> tuple[Lines, list[str]]:
    """Return names and values of headers as they are sent, and a comment where some have none."""
    lines: Lines = []
    comments: list[str] = []
    for pair in pair_objects(headers) or ():
        found = list(named_lines(listed([pair])))
        lines += found
        if not found:
            comments.append(_LEFT_OUT)
    return lines, comments


def sent_headers(url: str, version: str, lines: Lines, *, has_body: bool) -> tuple[Lines, list[str]]:
    """Return the headers that can be sent, and comments on the others.

    The host comes first where it is another than that of the URL, or was captured.
    """
    comments: list[str] = []
    headers: Lines = []
    hosts = [value for name, value in lines if name.lower() == ":authority" and value]
    hosts += [value for name, value in lines if name.lower() == "host"]
    if len(set(hosts)) > 1:
        comments.append("The request had several hosts: the first is sent.")
    is_host_sent = False
    if any(name.lower() == ":authority" for name, _ in lines) and hosts and hosts[0] != host_of(url):
        lines = [("Host", hosts[0]), *lines]
    for name, value in lines:
        kind = name.lower()
        if name.startswith(":") or kind == "content-length":
            continue
        if _TOKEN.fullmatch(name) is None or CONTROLS.search(value):
            comments.append(_LEFT_OUT)
            continue
        if kind == "host":
            if is_host_sent or (hosts and value != hosts[0]):
                continue
            is_host_sent = True
        if kind in _OF_CONNECTION and (reason := _unsent(kind, value, version, has_body=has_body)):
            comments.append(reason)
            continue
        headers.append((name, value))
    return headers, comments


def _unsent(kind: str, value: str, version: str, *, has_body: bool) -> str:
    """Return why a header of the connection is not sent; nothing where it is."""
    if version in ("2", "3"):
        return f"HTTP/{version} has no headers of a connection: these are left out."
    if kind == "transfer-encoding" and (value.strip().lower() != "chunked" or not has_body or version == "1.0"):
        return "Transfer-Encoding is left out: there is no body that can be sent so."
    return ""
