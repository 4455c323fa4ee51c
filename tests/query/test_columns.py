"""Columns: each is one of the index, under the name that HAR 1.2 has for it."""

from __future__ import annotations

import json
from typing import Any

from harlake.query.columns import COLUMNS, is_sort_value
from harlake.query.listing import list_entries
from tests.support.folders import folder_of
from tests.support.hars import har


def test_columns_have_what_an_entry_says() -> None:
    """Members of an entry are listed by their own names, wherever in it they are."""
    entry = {
        "startedDateTime": "2024-02-28T16:00:00.123Z",
        "time": 12.5,
        "pageref": "p",
        "serverIPAddress": "10.0.0.1",
        "connection": "7",
        "_resourceType": "fetch",
        "request": {"method": "PUT", "url": "http://a.test:80/b?c", "httpVersion": "h2", "bodySize": 4},
        "response": {
            "status": 404,
            "statusText": "Not Found",
            "bodySize": 20,
            "_transferSize": 30,
            "content": {"size": 10, "mimeType": "text/html; charset=x", "text": "x"},
        },
        "timings": {"blocked": 1, "dns": 2, "connect": 3, "ssl": 4, "send": 5, "wait": 6, "receive": 7},
    }
    text = json.dumps(entry).encode()
    with folder_of(har(text)) as folder:
        (row,) = list_entries(folder.data_dir, folder.session.id, 1).entries
    request, response = entry["request"], entry["response"]
    assert isinstance(request, dict)
    assert isinstance(response, dict)
    assert list(row) == ["id", *COLUMNS]
    expected = {name: entry[name] for name in ("startedDateTime", "time", "pageref", "serverIPAddress", "connection")}
    expected |= {name: request[name] for name in ("method", "url", "httpVersion")}
    expected |= {name: response[name] for name in ("status", "statusText")}
    expected |= {"host": "a.test", "path": "/b", "mimeType": "text/html; charset=x", "resourceType": "fetch"}
    expected |= {"requestSize": 4, "responseSize": 20, "contentSize": 10, "transferSize": 30, "bytes": len(text)}
    expected |= {"ordinal": 0, "hasBody": True, "fromCache": False, "error": None}
    timings = entry["timings"]
    assert isinstance(timings, dict)
    assert row == row | expected | timings


def test_columns_are_sorted_by_values_of_their_type() -> None:
    """What DuckDB has for a column is a value that a cursor may have."""
    with folder_of(har(b'{"request":{"url":"http://a/"}}')) as folder:
        for name, sql in COLUMNS.items():
            expression = "epoch_us(started_at)" if name == "startedDateTime" else sql
            ((kind,),) = folder.data_dir.index.rows(folder.captures, f"SELECT typeof({expression}) FROM entries")
            expected: Any = {"VARCHAR": "a", "BOOLEAN": True}.get(kind, 1)
            assert is_sort_value(name, expected)
            assert is_sort_value(name, None)
            others: list[Any] = [other for other in ("a", True, 1) if type(other) is not type(expected)]
            assert not any(is_sort_value(name, value) for value in [*others, [], 1 << 64])
