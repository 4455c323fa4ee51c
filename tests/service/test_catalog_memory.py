"""The catalog's memory limit of 16 MB: what is large in number or in length, and what comes at the same time."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from tests.conftest import FIXTURES
from tests.support.hars import (
    all_entries,
    assert_nothing_left,
    entries_of,
    export,
    generated,
    har,
    imported,
    remove_sessions,
    saved,
    staged,
)
from tests.support.server import Server, start_server

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"


#: How often each of several threads asks for the same.
_REPEATED = 8


@pytest.fixture(scope="module")
def module_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this module's own: what is large in a catalog slows others down."""
    running = start_server(tmp_path_factory.mktemp("catalog") / "data")
    yield running
    assert running.stop() == 0


@pytest.fixture
def clean_server(module_server: Server) -> Iterator[Server]:
    """A server that is empty before and after."""
    yield module_server
    remove_sessions(module_server)


def _long(number: int, length: int) -> bytes:
    url = f"http://example.test/{number}/".ljust(length, "x")
    return json.dumps({"request": {"method": "GET", "url": url}, "response": {"status": 200}}).encode()


@pytest.mark.slow
def test_many_small_imports(clean_server: Server, tmp_path: Path) -> None:
    """Rows that come in less than a row group at a time do not pile up in memory, and neither do removals."""
    file = generated(tmp_path / "small.har", "tiny", 2_000_000)
    sessions = [imported(clean_server, file)["sessionId"] for _ in range(60)]
    for session in sessions[::2] + sessions[1::2]:
        assert clean_server.status("-X", "DELETE", f"/api/sessions/{session}") == (200, {"success": True})
    assert_nothing_left(clean_server)


@pytest.mark.slow
def test_imports_listings_and_removals_at_the_same_time(clean_server: Server, tmp_path: Path) -> None:
    """Requests that come at the same time share the memory limit, and all of them are answered."""
    listed = imported(clean_server, generated(tmp_path / "tiny.har", "tiny", 10_000_000))["sessionId"]
    answers: list[tuple[int, object]] = []

    def list_entries() -> None:
        answers.append(clean_server.status(f"/api/sessions/{listed}/entries?limit=1000"))

    def import_and_remove() -> None:
        session = imported(clean_server, _SAMPLE)["sessionId"]
        answers.append(clean_server.status("-X", "DELETE", f"/api/sessions/{session}"))

    def repeat(request: Callable[[], None]) -> None:
        for _ in range(_REPEATED):
            request()

    threads = [threading.Thread(target=repeat, args=[one]) for one in (list_entries, import_and_remove) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer for status, answer in answers if status != 200] == []
    assert len(answers) == _REPEATED * len(threads)


@pytest.mark.slow
def test_long_urls(clean_server: Server, tmp_path: Path) -> None:
    """URLs longer than DuckDB can hold by the thousand are listed and exported whole, one of megabytes included."""
    entries = [_long(number, 4_000) for number in range(9_000)]
    entries[5_000] = _long(5_000, 5_000_000)
    session = imported(clean_server, saved(tmp_path / "long.har", har(*entries)))["sessionId"]
    rows = all_entries(clean_server, session, 1000)
    assert [len(row["url"]) for row in rows] == [4_000] * 5_000 + [65_536] + [4_000] * 3_999
    assert rows[4_999]["url"] == json.loads(entries[4_999])["request"]["url"]
    assert entries_of(export(clean_server, session)) == entries


@pytest.mark.slow
def test_texts_that_are_cut_are_said_to_be(clean_server: Server, tmp_path: Path) -> None:
    """What the index has only the beginning of is named in the row; up to its limit, texts are whole."""
    response = {"status": 200, "statusText": "é" * 600, "_error": "x" * 1_024, "content": {"mimeType": "y" * 1_025}}
    entry = json.dumps({"request": {"url": "http://a/" + "z" * 70_000}, "response": response}).encode()
    session = imported(clean_server, saved(tmp_path / "cut.har", har(entry, _long(1, 2_000), _long(2, 1_024))))[
        "sessionId"
    ]
    first, second, third = all_entries(clean_server, session, 10)
    assert first["truncated"] == ["url", "statusText", "mimeType", "path"]
    assert (first["statusText"], first["mimeType"]) == ("é" * 510 + "…", "y" * 1_021 + "…")
    assert (len(first["url"]), first["error"]) == (65_536, "x" * 1_024)
    # Its URL is read from the object, as a whole; its path is that of the beginning.
    assert (second["truncated"], len(second["url"])) == (["path"], 2_000)
    assert "truncated" not in third


def test_a_long_page_id_keeps_its_page(clean_server: Server, tmp_path: Path) -> None:
    """A selected entry comes with its page, however long the page's id is."""
    page_id = "p" * 3_000
    entry = json.dumps({"pageref": page_id, "request": {"url": "http://a/"}}).encode()
    head = b'"pages":[{"id":"%b"}],' % page_id.encode()
    session = imported(clean_server, saved(tmp_path / "page.har", har(entry, head=head)))["sessionId"]
    (row,) = all_entries(clean_server, session, 10)
    body = ("-H", "Content-Type: application/json", "-d", json.dumps({"entryIds": [row["id"]]}))
    assert clean_server.json("/api/har/export", *body)["log"]["pages"] == [{"id": page_id}]


@pytest.mark.slow
def test_many_long_texts(clean_server: Server, tmp_path: Path) -> None:
    """Rows that exceed the memory limit whichever way they are cut get more of it."""
    random = Random(1)

    def text() -> str:
        return random.randbytes(512).hex()

    def entry() -> bytes:
        response = {"status": 200, "statusText": text(), "_error": text(), "content": {"mimeType": text()}}
        members = {name: text() for name in ("pageref", "serverIPAddress", "connection", "_resourceType")}
        request = {"url": f"http://{text()}/{text()}", "method": text(), "httpVersion": text()}
        return json.dumps({"request": request, "response": response, **members}).encode()

    file = saved(tmp_path / "texts.har", har(*[entry() for _ in range(9_000)]))
    for _ in range(2):
        assert imported(clean_server, file)["imported"] == 9_000


@pytest.mark.slow
@pytest.mark.parametrize("megabytes", [5, 30])
def test_a_large_envelope(clean_server: Server, tmp_path: Path, megabytes: int) -> None:
    """Everything but the entries may take 32 MiB, and comes out again."""
    custom = b'"_custom":"%b",' % (b"x" * megabytes * 1_000_000)
    text = har(_long(1, 100), head=custom)
    session = imported(clean_server, saved(tmp_path / "envelope.har", text))["sessionId"]
    assert len(all_entries(clean_server, session, 10)) == 1
    exported = json.loads(export(clean_server, session))["log"]
    assert exported["entries"] == json.loads(text)["log"]["entries"]


@pytest.mark.slow
def test_thousands_of_pages(clean_server: Server, tmp_path: Path) -> None:
    """Pages are indexed as fast as entries, and those that are none are passed over."""
    pages = [
        {"id": f"page_{n}", "title": "t" * n, "startedDateTime": "?", "pageTimings": {"onLoad": n}}
        for n in range(5_000)
    ]
    head = b'"pages":%b,' % json.dumps([*pages, 1, {"id": 1, "pageTimings": [], "title": None}]).encode()
    session = imported(clean_server, saved(tmp_path / "pages.har", har(_long(1, 100), head=head)))["sessionId"]
    assert json.loads(export(clean_server, session))["log"]["pages"][:5_000] == pages


@pytest.mark.slow
def test_a_block_of_many_row_groups(clean_server: Server, tmp_path: Path) -> None:
    """The smallest entries there are: one block of them makes more rows than go into the catalog at a time."""
    entry = b'{"request":{"url":"a"}}'
    answer = imported(clean_server, saved(tmp_path / "tiny.har", har(*[entry] * 100_000)))
    assert answer["imported"] == 100_000
    listing = f"/api/sessions/{answer['sessionId']}/entries?limit=1"
    first = clean_server.json(listing)["entries"][0]["id"]
    last = clean_server.json(f"{listing}&cursor={first[:-8]}{99_999:08x}")
    assert (last["entries"][0]["ordinal"], last["next"]) == (99_999, None)


@pytest.mark.slow
def test_what_was_refused_takes_no_room(clean_server: Server, tmp_path: Path) -> None:
    """The rows of 190,000 entries are removed when the file turns out to be cut off, and the file gives way."""
    whole = generated(tmp_path / "tiny.har", "tiny", 100_000_000)
    cut_off = saved(tmp_path / "cut.har", whole.read_bytes()[:-1_000])
    sizes = []
    for _ in range(3):
        assert clean_server.status("/api/har/import", "-F", f"file=@{cut_off}")[0] == 400
        assert_nothing_left(clean_server)
        sizes.append((clean_server.data_dir / "catalog.duckdb").stat().st_size)
    assert staged(clean_server) == []
    assert sizes[2] < sizes[0] * 2
