"""Exports of sessions and of selected entries: what is in them, and what they are called."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

import harlake
from tests.support import hars
from tests.support.hars import JSON, UNKNOWN_ID, entries_of, entry, imported, saved
from tests.support.server import Server


def test_export_is_a_har_of_the_entries_as_they_came(api: Server, traffic: Path) -> None:
    """An export is HAR 1.2 by harlake, whose entries are the uploaded bytes."""
    text = hars.export(api, imported(api, traffic)["sessionId"])
    assert entries_of(text) == entries_of(traffic.read_bytes())
    log = json.loads(text)["log"]
    assert (log["version"], log["creator"]) == ("1.2", {"name": "harlake", "version": harlake.__version__})


@pytest.mark.parametrize(
    ("name", "ascii_name", "full_name"),
    [
        ("My Session", "My_Session", None),
        ('a/../"b"\\;c', "a_b_c", None),
        ("Größe 20 €", "Gr_e_20_", "Gr%C3%B6%C3%9Fe_20_"),
        ("日本", "_", "%E6%97%A5%E6%9C%AC"),
    ],
)
def test_export_is_a_download_named_after_the_session(
    api: Server, traffic: Path, name: str, ascii_name: str, full_name: str | None
) -> None:
    """A file is named after session and time, in ASCII, and where needed in full as RFC 8187 has it."""
    before = time.time_ns() // 1_000_000
    session = imported(api, traffic, "--form-string", f"sessionName={name}")["sessionId"]
    found = hars.headers(api, f"/api/har/export/{session}")
    assert found["content-type"] == ["application/json"]
    pattern = r"attachment; filename=\"(.+)_(\d+)\.har\"(?:; filename\*=UTF-8''(.+)_\2\.har)?"
    match = re.fullmatch(pattern, found["content-disposition"][0])
    assert match is not None
    assert (match[1], match[3]) == (ascii_name, full_name)
    assert before <= int(match[2]) <= time.time_ns() // 1_000_000


@pytest.mark.parametrize("coding", ["zstd", "gzip", "identity"])
def test_export_is_the_same_text_in_every_coding(api: Server, tmp_path: Path, coding: str) -> None:
    """zstd, gzip and identity carry the same HAR, whole or selected, with or without renamed pages."""
    big = hars.generated(tmp_path / "big.har", "mixed", 4_000_000)
    other_page = hars.har(entry(1, b',"pageref":"page_1"'), head=b'"pages":[{"id":"page_1"}],')
    paged = saved(tmp_path / "paged.har", other_page)
    session = imported(api, big)["sessionId"]
    imported(api, paged, "-F", f"sessionId={session}")
    ids = hars.ids_of(api, session)
    for request in ((f"/api/har/export/{session}",), hars.select([ids[-1], *ids[:100:3]])):
        plain = api.curl(*request)
        accept = ("-H", f"Accept-Encoding: {coding}")
        assert hars.decoded(api.curl(*request, *accept), coding) == plain
        assert hars.headers(api, *request, *accept).get("content-encoding", ["identity"]) == [coding]
        assert api.curl("--compressed", *request) == plain
    assert hars.headers(api, *request, "-H", "Accept-Encoding: zstd;q=0, br").get("content-encoding") is None


def test_selected_export_is_in_stored_order_each_once(api: Server, traffic: Path) -> None:
    """Selected entries come in stored order, each once; ids that are unknown are passed over."""
    session = imported(api, traffic)["sessionId"]
    ids = hars.ids_of(api, session)
    wanted = [ids[4], ids[1], UNKNOWN_ID, ids[4], "entry-uuid-1", ids[2].upper(), ids[0][:-8] + "00000099"]
    stored = entries_of(traffic.read_bytes())
    assert entries_of(api.curl(*hars.select(wanted))) == [stored[1], stored[2], stored[4]]


def test_selected_export_takes_its_name(api: Server, traffic: Path) -> None:
    """A selection is named by sessionName, else harlake Export."""
    ids = hars.ids_of(api, imported(api, traffic)["sessionId"])
    for more, name in (({"sessionName": "Custom Export Name"}, "Custom_Export_Name"), ({}, "harlake_Export")):
        found = hars.headers(api, *hars.select(ids, **more))
        assert found["content-type"] == ["application/json"]
        assert re.fullmatch(rf'attachment; filename="{name}_\d{{13}}\.har"', found["content-disposition"][0])


UNKNOWN = [
    ("Session not found", ["/api/har/export/session-uuid"]),
    ("Session not found", [f"/api/har/export/{UNKNOWN_ID}"]),
    ("Session not found", [f"/api/sessions/{UNKNOWN_ID}/entries"]),
    ("Entry not found", ["/api/entries/entry-uuid-1"]),
    ("Entry not found", [f"/api/entries/{UNKNOWN_ID}"]),
    ("No valid entries found", hars.select([UNKNOWN_ID, "entry-uuid-1"])),
]


@pytest.mark.parametrize(("error", "request_for"), UNKNOWN)
def test_what_is_unknown_is_not_found(api: Server, error: str, request_for: list[str]) -> None:
    """An id that is unknown, or no UUID, is not found."""
    status, answer = api.status(*request_for)
    assert (status, answer["error"]) == (404, error)


@pytest.mark.parametrize("body", ['{"entryIds":[]}', "{}", '{"sessionName":"x"}', ""])
def test_selected_export_without_ids(api: Server, body: str) -> None:
    """An export of no ids is refused, also where the member or the whole body is missing."""
    status, answer = api.status("/api/har/export", *JSON, "-d", body)
    assert (status, answer["error"]) == (400, "No entry IDs provided")
