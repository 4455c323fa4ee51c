"""A HAR with every member that HAR 1.2 has, and what changes one of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from harlake.har.validate import rules

#: A log with every member that HAR 1.2 has, but for the text of postData, which excludes params.
LOG: dict[str, Any] = json.loads("""
{
  "version": "1.2",
  "creator": {"name": "a", "version": "1", "comment": ""},
  "browser": {"name": "a", "version": "1", "comment": ""},
  "pages": [{
    "startedDateTime": "2024-02-29T23:59:59.123+01:00", "id": "page_1", "title": "a", "comment": "",
    "pageTimings": {"onContentLoad": 1, "onLoad": -1, "comment": ""}
  }],
  "entries": [{
    "pageref": "page_1",
    "startedDateTime": "2024-02-29T23:59:59.123Z",
    "time": 15.5,
    "request": {
      "method": "POST", "url": "https://example.test/?a=b", "httpVersion": "HTTP/1.1",
      "cookies": [{
        "name": "a", "value": "b", "path": "/", "domain": "example.test", "expires": "2030-02-28T00:00:00Z",
        "httpOnly": true, "secure": false, "comment": ""
      }],
      "headers": [{"name": "a", "value": "b", "comment": ""}],
      "queryString": [{"name": "a", "value": "b", "comment": ""}],
      "postData": {
        "mimeType": "multipart/form-data", "comment": "",
        "params": [{"name": "a", "value": "b", "fileName": "c", "contentType": "d", "comment": ""}]
      },
      "headersSize": -1, "bodySize": 0, "comment": ""
    },
    "response": {
      "status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1",
      "cookies": [{"name": "a", "value": "b"}],
      "headers": [{"name": "a", "value": "b", "comment": ""}],
      "content": {
        "size": 2, "compression": 0, "mimeType": "text/plain", "text": "b2s=", "encoding": "base64", "comment": ""
      },
      "redirectURL": "", "headersSize": -1, "bodySize": 2, "comment": ""
    },
    "cache": {
      "beforeRequest": {
        "expires": "2030-02-28T00:00:00+01:00", "lastAccess": "2024-02-29T00:00:00.5Z", "eTag": "x", "hitCount": 1
      },
      "afterRequest": {
        "expires": "2030-02-28T00:00:00+01:00", "lastAccess": "2024-02-29T00:00:00.5Z", "eTag": "x", "hitCount": 1
      },
      "comment": ""
    },
    "timings": {"blocked": 1, "dns": 2, "connect": 3, "send": 0.5, "wait": 4, "receive": 5, "ssl": 3, "comment": ""},
    "serverIPAddress": "127.0.0.1", "connection": "1", "comment": ""
  }],
  "comment": ""
}
""")

FULL_ENTRY: dict[str, Any] = LOG["entries"][0]


def member_paths(value: Any, path: rules.Path = ()) -> Iterator[rules.Path]:
    """Yield the path of everything in a value but items."""
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(step, str):
            yield (*path, step)
        if isinstance(inner, (dict, list)):
            yield from member_paths(inner, (*path, step))


def item_paths(value: Any, path: rules.Path = ()) -> Iterator[rules.Path]:
    """Yield the path of every item in a value."""
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(step, int):
            yield (*path, step)
        if isinstance(inner, (dict, list)):
            yield from item_paths(inner, (*path, step))


PATHS = [path for path in member_paths(LOG) if path != ("entries",)]

LAYOUTS: list[dict[str, Any]] = [
    {},
    {"indent": 2},
    {"separators": (",", ":")},
    {"indent": 1, "separators": (" ,", " :\t")},
]


def changed(path: rules.Path, value: Any) -> Any:
    """Return the log with another value at the path; None stands for no value."""
    log = copy.deepcopy(LOG)
    owner = log
    for step in path[:-1]:
        owner = owner[step]  # type: ignore[index]
    if value is None:
        del owner[path[-1]]  # type: ignore[arg-type]
    else:
        owner[path[-1]] = value  # type: ignore[index]
    return log


def path_text(path: rules.Path) -> str:
    """Return a path in the log as problems show it."""
    return "log" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def har_of(log: Any, layout: dict[str, Any] = LAYOUTS[0]) -> bytes:
    """Return a log as the text of a HAR."""
    return json.dumps({"log": log}, **layout).encode()


def value_at(path: rules.Path) -> Any:
    """Return the value at a path in the log."""
    value: Any = LOG
    for step in path:
        value = value[step]
    return value
