"""The formats and options of an export through HTTP: lines, HARs for strict readers, without bodies, and in parts."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FIXTURES
from tests.support import hars
from tests.support.hars import JSON, entries_of, entry, har, saved
from tests.support.server import Server


@pytest.fixture(scope="module")
def session(start: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server, and a session of captures: of two browsers, written in lines, and with odd members."""
    folder = tmp_path_factory.mktemp("formats")
    server = start(folder / "data")
    session = server.json("/api/sessions", *JSON, "-d", '{"name":"Formats & more"}')["id"]
    embed = FIXTURES / "playwright-1.65_embed.har"
    pretty = saved(folder / "pretty.har", json.dumps(json.loads(embed.read_bytes()), indent=2).encode())
    minimal = saved(
        folder / "minimal.har", har(b'{"request":{"url":"/only"}}', entry(1), head=b'"pages":[{"id":"x"}],')
    )
    for file in (embed, FIXTURES / "handmade_crlf.har", FIXTURES / "mitmproxy-11.0_site.har", pretty, minimal):
        server.import_file(file, "-F", f"sessionId={session}")
    yield server, session
    server.stop()


def _log(session: tuple[Server, str], *query: str) -> Any:
    return json.loads(hars.export(*session, "-G", *(part for one in query for part in ("-d", one))))["log"]


@pytest.mark.slow
def test_ndjson_has_an_entry_a_line(session: tuple[Server, str]) -> None:
    """Each line is one entry; those without line breaks of their own are the bytes that came in."""
    server, session_id = session
    lines = hars.export(*session, "-G", "-d", "format=ndjson").split(b"\n")
    assert lines.pop() == b""
    ids = hars.ids_of(server, session_id)
    stored = [server.curl(f"/api/entries/{one}") for one in ids]
    assert [json.loads(line) for line in lines] == [json.loads(one) for one in stored]
    assert [line for line, one in zip(lines, stored, strict=True) if b"\n" not in one] == [
        one for one in stored if b"\n" not in one
    ]
    assert any(b"\n" in one for one in stored)


@pytest.mark.parametrize("text_format", ["har", "ndjson"])
def test_bodies_that_are_left_out_are_named(session: tuple[Server, str], text_format: str) -> None:
    """Without bodies, no entry has one, and each that had one says so; all else stays."""
    server, session_id = session

    def entries(bodies: str) -> list[Any]:
        text = server.curl("--fail", f"/api/har/export/{session_id}?format={text_format}{bodies}")
        return (
            list(map(json.loads, text.splitlines())) if text_format == "ndjson" else json.loads(text)["log"]["entries"]
        )

    whole, bare, short, texts = map(entries, ("", "&bodies=none", "&bodies=max:1kB", "&bodies=text"))
    assert len(whole) == len(bare) == len(short) == len(texts)
    had = [bool(_content(one).get("text")) for one in whole]
    assert any(had)
    assert ["left out" in _content(one).get("comment", "") for one in bare] == had
    assert not any(_content(one).get("text") for one in bare)
    for one, other in zip(whole, short, strict=True):
        assert (_content(one) == _content(other)) == (len(_content(one).get("text", "")) <= 1000)
    assert 0 < sum(bool(_content(one).get("text")) for one in texts) < sum(had)


def _content(entry: Any) -> Any:
    return entry.get("response", {}).get("content", {})


def test_filled_exports_have_all_mandatory_members(session: tuple[Server, str]) -> None:
    """Where a capture has nothing but URLs, strict readers find all that the specification demands."""
    log = _log(session, "fill=true", "q=only")
    (entry,) = log["entries"]
    assert {"startedDateTime", "time", "request", "response", "cache", "timings"} <= entry.keys()
    assert {"method", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"} <= entry[
        "request"
    ].keys()
    assert {"status", "statusText", "content", "redirectURL", "headersSize"} <= entry["response"].keys()
    for page in _log(session, "fill=true")["pages"]:
        assert {"id", "title", "startedDateTime", "pageTimings"} <= page.keys()


@pytest.mark.slow
def test_parts_are_hars_of_their_own(session: tuple[Server, str], tmp_path: Path) -> None:
    """A zip's HARs are below the size, have the pages that their entries name, and together all entries in order."""
    server, _ = session
    big = hars.imported(server, hars.generated(tmp_path / "big.har", "mixed", 6_000_000))["sessionId"]
    for query in ("", "&order=time", "&bodies=none&fill=true"):
        whole = server.curl(f"/api/har/export/{big}?{query}")
        data = server.curl("--fail", f"/api/har/export/{big}?max_part=1MB{query}")
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            parts = [archive.read(one) for one in archive.infolist()]
        assert [one for part in parts for one in entries_of(part)] == entries_of(whole)
        pages = {page["id"]: page for page in json.loads(whole)["log"]["pages"]}
        for part in parts:
            log = json.loads(part)["log"]
            named = {one["pageref"] for one in log["entries"] if "pageref" in one}
            assert {page["id"]: page for page in log["pages"]} == {one: pages[one] for one in named & pages.keys()}
            assert (log["version"], log["creator"]["name"]) == ("1.2", "harlake")
            assert len(part) <= 1_000_000 or len(log["entries"]) == 1
    assert len(parts) > 1 or "bodies=none" in query


@pytest.mark.parametrize(
    ("query", "ending", "media_type"),
    [
        ("", "har", "application/json"),
        ("format=har", "har", "application/json"),
        ("format=ndjson", "ndjson", "application/x-ndjson"),
        ("format=csv", "csv", "text/csv; charset=utf-8"),
        ("format=parquet", "parquet", "application/vnd.apache.parquet"),
        ("max_part=1MB", "zip", "application/zip"),
    ],
)
def test_files_are_named_after_their_format(
    session: tuple[Server, str], query: str, ending: str, media_type: str
) -> None:
    """The file's name ends as files of its format do, and the media type says the same."""
    server, session_id = session
    found = hars.headers(server, f"/api/har/export/{session_id}?{query}")
    assert found["content-type"] == [media_type]
    assert re.fullmatch(rf'attachment; filename="Formats_more_\d{{13}}\.{ending}"', found["content-disposition"][0])
