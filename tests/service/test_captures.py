"""Captures are listed, found by the digest of their file, and removed one by one."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from tests.support import hars
from tests.support.complete_har import FULL_ENTRY, LOG, har_of
from tests.support.hars import JSON, UNKNOWN_ID, all_entries, entries_of, imported, numbered, saved
from tests.support.server import Server


def test_a_session_s_captures(api: Server, tmp_path: Path) -> None:
    """Each is as its import answered, in the order of the imports, a page at a time."""
    session = api.json("/api/sessions", *JSON, "-d", '{"name":"mine"}')["id"]
    answers = []
    for count in (1, 2, 3):
        file = saved(tmp_path / f"{count}.har", numbered(count))
        answers.append(imported(api, file, "-F", f"sessionId={session}"))
    path = f"/api/sessions/{session}/captures"
    first = api.json(f"{path}?limit=2")
    second = api.json(f"{path}?limit=2&cursor={first['next']}")
    assert second["next"] is None
    listed = [*first["captures"], *second["captures"]]
    for one, answer in zip(listed, answers, strict=True):
        same = ("sessionId", "sessionName", "uploadBytes", "harBytes", "total", "sha256")
        assert {name: one[name] for name in same} == {name: answer[name] for name in same}
        assert (one["id"], one["entryCount"]) == (answer["captureId"], answer["imported"])
        assert one["fileName"] == f"{answer['imported']}.har"
        assert api.json(f"/api/captures/{one['id']}") == one
    assert api.json(path) == {"captures": listed, "next": None}
    assert api.json("/api/captures")["captures"] == listed
    digest = hashlib.sha256(numbered(2)).hexdigest()
    for text in (digest, digest.upper()):
        assert api.json(f"/api/captures?sha256={text}")["captures"] == [listed[1]]


def test_an_import_is_undone(api: Server, tmp_path: Path) -> None:
    """The entries of one capture go, in listings, exports, statistics and SQL; its session and others stay."""
    session = api.json("/api/sessions", *JSON, "-d", "{}")["id"]
    kept, gone = (
        imported(api, saved(tmp_path / "x.har", numbered(count)), "-F", f"sessionId={session}") for count in (700, 800)
    )
    (last, *_) = reversed(all_entries(api, session, 1000))
    assert api.json(f"/api/sessions/{session}/stats")["total"] == 1_500
    assert api.status("-X", "DELETE", f"/api/captures/{gone['captureId']}") == (200, {"success": True})
    assert len(all_entries(api, session, 1000)) == 700
    assert entries_of(hars.export(api, session)) == entries_of(numbered(700))
    assert api.json(f"/api/sessions/{session}/stats")["total"] == 700
    assert api.status(f"/api/entries/{last['id']}")[0] == 404
    counted = api.json("/api/sql", *JSON, "-d", '{"sql":"SELECT count(*)::INT AS n FROM entries"}')
    assert counted == {"n": 700}
    described = api.json(f"/api/sessions/{session}")
    assert (described["captureCount"], described["entryCount"]) == (1, 700)
    assert api.is_shared or hars.objects(api) == [f"{kept['captureId']}.har.zst"]
    for method in ("DELETE", "GET"):
        status, answer = api.status("-X", method, f"/api/captures/{gone['captureId']}")
        assert (status, answer["error"]) == (404, "Capture not found")
    assert api.status("-X", "DELETE", f"/api/captures/{kept['captureId']}")[0] == 200
    assert api.json(f"/api/sessions/{session}")["captureCount"] == 0


@pytest.mark.parametrize(
    ("path", "status", "error"),
    [
        *((f"/api/captures/{name}", 404, "Capture not found") for name in ("x", UNKNOWN_ID)),
        (f"/api/sessions/{UNKNOWN_ID}/captures", 404, "Session not found"),
        *((f"/api/captures?cursor={one}", 400, "Invalid request") for one in ("x", "-1", "%EF%BC%91", "9" * 30, "1.5")),
        *((f"/api/captures?sha256={one}", 400, "Invalid request") for one in ("", "x" * 64, "a" * 63)),
        *((f"/api/captures?limit={one}", 400, "Bad Request") for one in ("0", "1001", "x")),
    ],
)
def test_what_is_refused(api: Server, path: str, status: int, error: str) -> None:
    """What is not there, and what is no parameter."""
    found, answer = api.status(path)
    assert (found, answer["error"]) == (status, error)


def test_short_ids_of_entries(api: Server, tmp_path: Path) -> None:
    """They are taken wherever ids are; one that stands for several entries is refused."""
    session = imported(api, saved(tmp_path / "x.har", numbered(30)))["sessionId"]
    rows = all_entries(api, session, 1000)
    short = [f"{row['id'][:8]}:{row['ordinal']}" for row in rows]
    for path in ("", "/curl", "/response-body"):
        assert api.curl(f"/api/entries/{short[17]}{path}") == api.curl(f"/api/entries/{rows[17]['id']}{path}")
    ids = [*short[3:5], f"{short[0][:8]}:99"]
    selected = api.curl("/api/har/export", *JSON, "-d", json.dumps({"entryIds": ids}))
    assert entries_of(selected) == entries_of(numbered(30))[3:5]
    status, answer = api.status(f"/api/entries/{short[0][:8]}")
    assert (status, answer["error"]) == (400, "Invalid request")
    assert f"stands for 30 entries: {short[0]}, {short[1]}" in answer["detail"]
    assert api.status(f"/api/entries/{short[0][:8]}:30")[0] == 404


def test_a_capture_is_checked(api: Server, tmp_path: Path) -> None:
    """As its file was, whatever it was packed in; entries that were left out are not in it."""
    log = LOG | {"entries": [FULL_ENTRY, {"request": None}, FULL_ENTRY | {"startedDateTime": "soon"}]}
    answer = imported(api, saved(tmp_path / "x.har.gz", gzip.compress(har_of(log, {"indent": 2}))))
    report = api.json(f"/api/captures/{answer['captureId']}/problems")
    assert (report["valid"], report["entryCount"], report["importable"]) == (True, 2, 2)
    assert report["creator"] == LOG["creator"]
    (problem,) = report["problems"]
    assert (problem["code"], problem["path"], problem["entry"]) == (
        "invalid-date",
        "log.entries[1].startedDateTime",
        1,
    )
    rows = all_entries(api, answer["sessionId"], 10)
    assert [row["ordinal"] for row in rows if row["startedDateTime"] is None] == [problem["entry"]]
    for unknown in (UNKNOWN_ID, "x"):
        status, error = api.status(f"/api/captures/{unknown}/problems")
        assert (status, error["error"]) == (404, "Capture not found")


@pytest.mark.slow
def test_what_expands_a_lot_is_checked(api: Server, tmp_path: Path) -> None:
    """What was imported as it is was compressed by the service, however much that is."""
    log = LOG | {"entries": [FULL_ENTRY | {"_long": "x" * 70_000_000}]}
    answer = imported(api, saved(tmp_path / "x.har", har_of(log, {})))
    assert api.json(f"/api/captures/{answer['captureId']}/problems")["problems"] == []


def test_a_capture_as_it_is_stored_has_ranges(api: Server, traffic: Path) -> None:
    """Byte for byte, whole or in parts; decompressed, it is a HAR of the same entries."""
    capture = api.import_file(traffic)["captureId"]
    path = f"/api/captures/{capture}/object"
    whole = api.curl(path)
    assert len(whole) == api.json(f"/api/captures/{capture}")["storedBytes"]
    text = subprocess.run(["zstd", "-dc"], input=whole, capture_output=True, check=True).stdout
    assert json.loads(text)["log"]["entries"] == json.loads(traffic.read_bytes())["log"]["entries"]
    assert api.curl("-r", "10-19", path) == whole[10:20]
    assert api.curl("-r", "-5", path) == whole[-5:]
    said = api.curl("-I", "-r", "100-", path).decode().lower()
    assert said.startswith("http/1.1 206")
    assert f"content-range: bytes 100-{len(whole) - 1}/{len(whole)}" in said
    assert f'etag: "{capture}"' in said
    status, body = api.status("-r", f"{len(whole)}-", path)
    assert (status, body["error"]) == (416, "Range not satisfiable")
    assert api.curl("-r", "0-1", "-H", 'If-Range: "another"', path) == whole
    assert api.status(f"/api/captures/{UNKNOWN_ID}/object")[0] == 404
