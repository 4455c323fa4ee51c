"""A validation over HTTP: the report of the checker as an answer."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.support.complete_har import FULL_ENTRY, LOG, har_of
from tests.support.hars import saved, send
from tests.support.server import Server
from tests.support.validation import position


def test_a_validation_tells_all_of_it(server: Server, tmp_path: Path) -> None:
    """Through HTTP: problems with their places, all counted; who would take the file; more than a hundred are said."""
    log = LOG | {"entries": [FULL_ENTRY | {"startedDateTime": "soon"}] * 120}
    text = har_of(log, {"indent": 2})
    for data, encoding in ((text, "identity"), (gzip.compress(text), "gzip")):
        status, answer = send(server, "validate", saved(tmp_path / "x.har", data))
        assert (status, answer["valid"], answer["encoding"], answer["errors"]) == (200, True, encoding, [])
        assert len(answer["problems"]) == 100
        at, line, column = position(text, text.index(b'"soon"'))
        assert answer["problems"][0] == {
            "code": "invalid-date",
            "severity": "error",
            "path": "log.entries[0].startedDateTime",
            "entry": 0,
            "byte": at,
            "line": line,
            "column": column,
            "message": "startedDateTime is no date with time and time zone: 'soon'",
            "spec": "Dates are in ISO 8601, YYYY-MM-DDThh:mm:ss.sTZD, with Z or ±hh:mm as time zone.",
        }
        assert answer["problemCounts"] == {"invalid-date": 120}
        assert answer["warnings"] == ["problems lists the first 100 of 120; problemCounts has all"]
        assert answer["profiles"]["firefox"] == answer["profiles"]["playwright"] == {"accepted": True}
        reason = "log.entries[0].startedDateTime: startedDateTime is no date"
        assert answer["profiles"]["chrome"] == {"accepted": False, "reason": reason}
        assert list(answer["profiles"]) == ["spec", "chrome", "firefox", "playwright", "harValidator"]


def test_what_cannot_be_imported_is_refused_with_its_column(server: Server, tmp_path: Path) -> None:
    """Such an answer is as it always was, and tells the column as well."""
    status, answer = send(server, "validate", saved(tmp_path / "x.har", b'{"log":{\n "entries":[{}x]}}'))
    assert (status, answer["valid"], answer["error"]) == (400, False, "Invalid JSON format")
    assert (answer["byte"], answer["line"], answer["column"]) == (23, 2, 15)
