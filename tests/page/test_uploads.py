"""Files on their way into the service, as a person drops, watches and cancels them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.hars import entry, generated, har, numbered, saved, wait_for
from tests.support.server import PATIENCE, Server, start_server

#: Drops files, made of names and texts, as a person would: a page can make a drop, but not the files of a disk.
_DROP = """(target, files) => {
  const transfer = new DataTransfer();
  for (const [name, text] of files) transfer.items.add(new File([text], name));
  for (const type of ["dragenter", "dragover", "drop"])
    target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
}"""


def _drop(page: Page, *files: tuple[str, str]) -> None:
    page.locator("main").evaluate(_DROP, files)


def _choose(page: Page, *files: Path) -> None:
    page.locator(".top input[type=file]").set_input_files([str(file) for file in files])


def _panel(page: Page) -> Locator:
    return page.get_by_role("region", name="Imports")


def test_a_file_that_is_dropped_is_opened(own_server: Server, page_at: Callable[..., Page]) -> None:
    """Anywhere on the page, which then shows what is in it; and every byte of it has been kept."""
    text = numbered(30)
    page = page_at(own_server)
    expect(page.get_by_role("heading", name="No captures yet")).to_be_visible()
    _drop(page, ("dropped.har", text.decode()))
    expect(page).to_have_title("Entries – harlake")
    (session,) = own_server.json("/api/sessions")["sessions"]
    assert (session["name"], session["entryCount"]) == ("Imported: dropped", 30)
    assert page.url == f"{own_server.url}/s/{session['id']}"
    expect(_panel(page)).to_contain_text("30 entries imported")


def test_several_files_go_where_one_says(
    own_server: Server, page_at: Callable[..., Page], check_accessibility: Callable[..., None]
) -> None:
    """Into one session, into one each, or into the one that is shown."""
    files = [(f"{name}.har", numbered(count).decode()) for name, count in (("a", 1), ("b", 2))]
    page = page_at(own_server)
    _drop(page, *files)
    expect(page.get_by_role("dialog")).to_contain_text("2 files")
    check_accessibility(page)
    page.get_by_role("button", name="Into one new session").click()
    expect(_panel(page).get_by_role("heading")).to_have_text("2 of 2 files done")
    (both,) = own_server.json("/api/sessions")["sessions"]
    assert (both["name"], both["entryCount"], both["captureCount"]) == ("Imported: a", 3, 2)
    page.get_by_role("button", name="Clear").click()
    expect(_panel(page)).to_have_count(0)

    _drop(page, *files)
    page.get_by_role("button", name="Each into a new session").click()
    expect(page.locator("tbody")).to_have_count(3)
    page.goto(f"{own_server.url}/s/{both['id']}")
    _drop(page, files[0])
    page.get_by_role("button", name="Into this session").click()
    expect(_panel(page)).to_contain_text("1 entry imported")
    assert own_server.json(f"/api/sessions/{both['id']}")["entryCount"] == 4

    _drop(page, files[0])
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert len(own_server.json("/api/captures")["captures"]) == 5


def test_what_is_left_out_and_refused_is_said_with_its_place(
    server: Server, tmp_path: Path, page_at: Callable[..., Page], check_accessibility: Callable[..., None]
) -> None:
    """As the API says it."""
    page = page_at(server, allowed="400")
    bad = b'{"log": {\n "entries": [{"request": {"url": "http://a.test/"}}, x]}}'
    _choose(page, saved(tmp_path / "bad.har", bad), saved(tmp_path / "part.har", har(entry(0), b"{}", b"1")))
    page.get_by_role("button", name="Each into a new session").click()
    expect(_panel(page).get_by_role("heading")).to_have_text("2 of 2 files done")
    expect(_panel(page).get_by_role("alert")).to_contain_text("Invalid HAR file format")
    expect(_panel(page).get_by_role("alert")).to_contain_text("line 2, column 54")
    expect(_panel(page)).to_contain_text("1 of 3 entries imported")
    expect(_panel(page)).to_contain_text("log.entries[1].request: no request (line 1")
    expect(_panel(page)).to_contain_text("log.entries[2]: not an object")
    check_accessibility(page)


@pytest.mark.slow
def test_a_large_file_is_not_held_and_can_be_cancelled(
    own_server: Server, tmp_path: Path, page_at: Callable[..., Page]
) -> None:
    """Its progress is shown; of what is cancelled nothing is kept, and the page has never held it."""
    file = generated(tmp_path / "large.har", "tiny", 300_000_000)
    page = page_at(own_server)
    devtools = page.context.new_cdp_session(page)

    def heap() -> int:
        devtools.send("HeapProfiler.collectGarbage")
        used: Any = devtools.send("Runtime.getHeapUsage")
        return int(used["usedSize"])

    before = heap()
    _choose(page, file)
    expect(_panel(page)).to_contain_text("of 300 MB, ")
    expect(_panel(page)).to_contain_text("MB/s")
    assert heap() < before + 10_000_000
    page.get_by_role("button", name="Cancel large.har").click()
    expect(_panel(page)).to_contain_text("cancelled, nothing is kept")
    assert own_server.json("/api/sessions") == {"sessions": []}


def test_names_are_no_markup(server: Server, page_at: Callable[..., Page]) -> None:
    """Whatever a file is called, it is a name."""
    name = "<img src=x onerror=alert(1)> & “quotes” ü.har"
    page = page_at(server)
    _drop(page, (name, numbered(1).decode()))
    expect(_panel(page)).to_contain_text(name)
    expect(page).to_have_title("Entries – harlake")
    listed = json.dumps(server.json("/api/captures"), ensure_ascii=False)
    assert json.dumps(name, ensure_ascii=False) in listed


@pytest.mark.slow
def test_a_file_goes_on_when_the_service_starts_again(
    own_server: Server, tmp_path: Path, page_at: Callable[..., Page]
) -> None:
    """From where it had come to; that the service is waited for is said."""
    file = generated(tmp_path / "large.har", "tiny", 100_000_000)
    page = page_at(own_server, allowed="Failed to load resource")
    _choose(page, file)
    wait_for(lambda: [one["received"] > 20_000_000 for one in own_server.json("/api/imports")["imports"]] == [True])
    own_server.kill()
    expect(_panel(page)).to_contain_text("it goes on as soon as it does")
    server = start_server(own_server.data_dir, port=urlsplit(own_server.url).port)
    expect(_panel(page)).to_contain_text("entries imported", timeout=1000 * PATIENCE)
    (capture,) = server.json("/api/captures")["captures"]
    assert (capture["fileName"], capture["uploadBytes"]) == ("large.har", file.stat().st_size)
    assert server.stop() == 0
