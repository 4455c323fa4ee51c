"""Entries that cannot be imported are described, and those around them are imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import hars
from tests.support.hars import entries_of, entry, har, imported, saved, send
from tests.support.server import Server
from tests.support.uploads import limited

MALFORMED: list[tuple[bytes, str, str]] = [
    (b"1", "", "not an object"),
    (b"null", "", "not an object"),
    (b'["x"]', "", "not an object"),
    (b"{}", ".request", "no request"),
    (b'{"request":[]}', ".request", "request is not an object"),
    (b'{"request":{}}', ".request.url", "request has no url"),
    (b'{"request":{"url":null}}', ".request.url", "request.url is not a string"),
]


def test_malformed_entries_are_counted_and_described(api: Server, tmp_path: Path) -> None:
    """Of a HAR with malformed entries the others are imported; what is wrong is told with its position."""
    entries = [entry(0)]
    for number, (text, _, _) in enumerate(MALFORMED, 1):
        entries += [b"\n" + text, entry(number)]
    text = har(*entries)
    positions = [text.index(b"\n" + one) + 1 for one, _, _ in MALFORMED]
    errors = [
        {"entry": 2 * number + 1, "byte": position, "line": number + 2, "column": 1}
        | {"path": f"log.entries[{2 * number + 1}]{path}", "reason": reason}
        for number, (position, (_, path, reason)) in enumerate(zip(positions, MALFORMED, strict=True))
    ]
    file = saved(tmp_path / "x.har", text)
    answer = imported(api, file)
    assert (answer["success"], answer["imported"], answer["total"], answer["warnings"]) == (True, 8, 15, [])
    assert answer["errors"] == errors
    assert entries_of(hars.export(api, answer["sessionId"])) == [entry(number) for number in range(8)]
    validation = send(api, "validate", file)[1]
    assert (validation["entryCount"], validation["importable"], validation["errors"]) == (15, 8, errors)


def test_only_the_first_hundred_problems_are_described(api: Server, tmp_path: Path) -> None:
    """All malformed entries are counted, a hundred described, and a warning says that there are more."""
    answer = imported(api, saved(tmp_path / "x.har", har(*[b"{}"] * 150, entry(0))))
    assert (answer["imported"], answer["total"], len(answer["errors"])) == (1, 151, 100)
    assert [("100" in one, "150" in one) for one in answer["warnings"]] == [(True, True)]


def test_an_import_of_malformed_entries_only(api: Server, tmp_path: Path) -> None:
    """A HAR in which no entry can be imported becomes an empty capture, and says so."""
    answer = imported(api, saved(tmp_path / "x.har", har(b"{}", b"1")))
    assert (answer["success"], answer["imported"], answer["total"]) == (True, 0, 2)
    assert entries_of(hars.export(api, answer["sessionId"])) == []


@pytest.mark.slow
def test_an_entry_over_the_limit_is_left_out(tmp_path: Path) -> None:
    """An entry that is larger than the limit is counted as failed, and those around it are imported."""
    large = entry(1, b',"_x":"' + b'\\"]}' * 500_000 + b'","_y":' + b"[" * 500 + b"]" * 500)
    just_right = entry(2, b',"_x":"%b"' % (b"a" * (100_000 - len(entry(2)) - len(',"_x":""'))))
    text = har(entry(0), large, just_right, just_right[:-1] + b" }", entry(3))
    with limited(tmp_path, "--max-entry-bytes", "100000") as api:
        answer = imported(api, saved(tmp_path / "x.har", text))
        assert (answer["imported"], answer["total"]) == (3, 5)
        assert [(one["entry"], one["path"]) for one in answer["errors"]] == [
            (1, "log.entries[1]"),
            (3, "log.entries[3]"),
        ]
        assert entries_of(hars.export(api, answer["sessionId"])) == [entry(0), just_right, entry(3)]


def test_deep_nesting_is_kept(api: Server, tmp_path: Path) -> None:
    """Nesting deeper than Python's own limits, in an entry, is kept byte for byte."""
    deep = entry(1, b',"_x":' + b'{"a":[' * 2_000 + b"]}" * 2_000)
    answer = imported(api, saved(tmp_path / "x.har", har(entry(0), deep, entry(2))))
    assert answer["imported"] == 3
    ids = hars.ids_of(api, answer["sessionId"])
    assert [api.curl(f"/api/entries/{one}") for one in ids] == [entry(0), deep, entry(2)]
