"""Entries with members missing, of wrong types, odd, or there twice: what readers have to be protected from."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

#: An entry with every member that HAR 1.2 knows, as strict readers want it, and with some of Chrome's own.
FULL: dict[str, Any] = {
    "pageref": "page_1",
    "startedDateTime": "2024-02-28T16:00:00.000Z",
    "time": 50.25,
    "request": {
        "method": "POST",
        "url": "http://example.test/form?a=1",
        "httpVersion": "HTTP/1.1",
        "cookies": [{"name": "a", "value": "b", "path": "/", "expires": "2030-01-31T00:00:00.000Z", "httpOnly": True}],
        "headers": [{"name": "Host", "value": "example.test"}, {"name": "Accept", "value": "*/*", "comment": "c"}],
        "queryString": [{"name": "a", "value": "1"}],
        "postData": {
            "mimeType": "application/x-www-form-urlencoded",
            "params": [{"name": "b", "value": "2", "fileName": "f", "contentType": "text/plain"}],
            "text": "b=2",
        },
        "headersSize": 120,
        "bodySize": 3,
    },
    "response": {
        "status": 200,
        "statusText": "OK",
        "httpVersion": "HTTP/1.1",
        "cookies": [{"name": "c", "value": "d", "secure": False, "expires": None}],
        "headers": [{"name": "Content-Type", "value": "text/html"}],
        "content": {"size": 5, "compression": 0, "mimeType": "text/html", "text": "<p>é", "encoding": "utf-8"},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": 5,
        "_transferSize": 200,
    },
    "cache": {
        "beforeRequest": None,
        "afterRequest": {"lastAccess": "2024-02-28T16:00:00Z", "eTag": "x", "hitCount": 1, "comment": ""},
    },
    "timings": {"blocked": -1, "dns": 0, "connect": 1.5, "send": 0, "wait": 40, "receive": 8.75, "ssl": -1},
    "serverIPAddress": "192.0.2.1",
    "connection": "52492",
    "comment": "",
    "_initiator": {"type": "parser", "lineNumber": 3, "stack": {"callFrames": []}},
    "_webSocketMessages": [{"type": "send", "time": 1.5, "opcode": 1, "data": "x"}],
}

#: Values of every type, and strings that look like other types.
JUNK: list[Any] = [
    *(None, True, -1, 0, 1.5, -0.857, 10**30, 1e300, "", "200", "-1.5", "1e2", "x", "\udc80", "[::1]", "2001:db8::1"),
    *("2024-02-29T10:00:00Z", "2023-02-29T10:00:00Z", "2024-01-31T10:00:00.1234567+0100", "2024-01-31", "31 Jan 2024"),
    *("Wed, 31 Jan 2024 10:00:00 GMT", "0001-01-01T00:00:00+10:00", 1_709_136_000_000, [], [None], [1, "a"], {}),
    *(["a", "b"], [["a", "b"]], {"name": "a"}, [{"value": ["a", 1, None]}], {"x": {"y": []}}),
]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values in a value."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [path_to for key in keys for path_to in ((*path, key), *_paths(value[key], (*path, key)))]


#: What makes an entry one that harlake imports stays: an object with an object ``request`` with a string ``url``.
_PATHS = [path for path in _paths(FULL) if path not in {("request",), ("request", "url")}]


@st.composite
def mutilated(draw: st.DrawFn, most: int = 6) -> dict[str, Any]:
    """Draw an entry in which some members are missing, or junk."""
    entry = copy.deepcopy(FULL)
    for path in draw(st.lists(st.sampled_from(_PATHS), max_size=most)):
        _spoil(entry, path, draw(st.none() | st.sampled_from(JUNK)), missing=draw(st.booleans()))
    return entry


def every_mutilation() -> list[dict[str, Any]]:
    """Return entries in which each one member is missing or junk, once for each piece of junk."""
    entries: list[dict[str, Any]] = []
    for path in _PATHS:
        for junk in (..., *JUNK):
            entry = copy.deepcopy(FULL)
            _spoil(entry, path, junk, missing=junk is ...)
            entries.append(entry)
    return entries


def written(entry: Any) -> bytes:
    """Return an entry as JSON text; lone surrogates are escaped."""
    return json.dumps(entry).encode()


def _spoil(entry: Any, path: tuple[Any, ...], junk: Any, *, missing: bool) -> None:
    *parents, last = path
    try:
        for key in parents:
            entry = entry[key]
        if missing:
            del entry[last]
        elif isinstance(entry, dict) == isinstance(last, str):
            entry[last] = copy.deepcopy(junk)
    except (KeyError, IndexError, TypeError):
        pass  # what holds it has been spoilt before
