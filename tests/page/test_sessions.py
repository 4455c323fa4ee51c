"""The list of sessions: what a person sees of them, and does with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.support.hars import JSON, imported, numbered, saved
from tests.support.server import Server


def test_without_captures_there_is_a_way_to_the_first(
    own_server: Server, tmp_path: Path, page_at: Callable[..., Page], check_accessibility: Callable[..., None]
) -> None:
    """A button, and a line for a shell that works; what it has imported is then in the list."""
    page = page_at(own_server)
    expect(page.get_by_role("heading", name="No captures yet")).to_be_visible()
    check_accessibility(page)
    line = page.locator(".empty code").inner_text()
    saved(tmp_path / "traffic.har", numbered(3))
    assert line == f"curl {own_server.url}/api/har/import -F file=@traffic.har"
    own_server.curl(*line.split()[1:-1], f"file=@{tmp_path / 'traffic.har'}")
    page.reload()
    expect(page.get_by_role("link", name="Imported: traffic")).to_be_visible()


def test_a_name_that_is_typed_stays(server: Server, tmp_path: Path, page_at: Callable[..., Page]) -> None:
    """Whatever arrives meanwhile, as the sizes of sessions do."""
    imported(server, saved(tmp_path / "first.har", numbered(3)), "-F", "sessionName=typed upon")
    page = page_at(server)
    waiting: list[Route] = []
    is_typed: list[bool] = []
    page.route("**/captures", lambda route: route.continue_() if is_typed else waiting.append(route))
    page.reload()
    row = page.locator("tbody", has=page.get_by_role("button", name="Remove typed upon"))
    row.get_by_role("button", name="Rename ").click()
    page.get_by_role("textbox", name="New name").fill("another name")
    expect(row.locator("td").nth(3)).to_have_text("–")
    is_typed.append(True)
    for route in waiting:
        route.continue_()
    expect(row.locator("td").nth(3)).to_contain_text("kB")
    expect(page.get_by_role("textbox", name="New name")).to_have_value("another name")


def test_a_session_is_renamed_extended_and_removed(
    server: Server, tmp_path: Path, page_at: Callable[..., Page], check_accessibility: Callable[..., None]
) -> None:
    """Each step is seen at once, and so it is in the API."""
    first = imported(server, saved(tmp_path / "first.har", numbered(3)), "-F", "sessionName=first name")
    session = first["sessionId"]
    page = page_at(server)
    row = page.locator("tbody", has=page.get_by_role("link", name="first name"))
    expect(row.locator("td").nth(1)).to_have_text("3")
    row.get_by_role("button", name="Rename ").click()
    page.get_by_role("textbox", name="New name").fill("another <b>name</b>")
    page.keyboard.press("Enter")
    row = page.locator("tbody", has=page.get_by_role("link", name="another <b>name</b>"))
    expect(row).to_be_visible()
    assert server.json(f"/api/sessions/{session}")["name"] == "another <b>name</b>"

    row.locator("input[type=file]").set_input_files(saved(tmp_path / "second.har", numbered(4)))
    expect(row.locator("td").nth(1)).to_have_text("7")
    row.get_by_role("button", name="files of").click()
    expect(row.get_by_role("rowheader", name="second.har")).to_be_visible()
    check_accessibility(page)
    files = row.locator(".files")
    files.get_by_role("button", name="Remove first.har").click()
    files.get_by_role("button", name="Remove", exact=True).click()
    expect(row.locator("td").nth(1)).to_have_text("4")
    assert [one["fileName"] for one in server.json(f"/api/sessions/{session}/captures")["captures"]] == ["second.har"]

    row.get_by_role("button", name="Remove another").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("1 file and 4 entries")
    page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    row.get_by_role("button", name="Remove another").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    assert server.status(f"/api/sessions/{session}")[0] == 404


def test_what_cannot_be_done_is_said(server: Server, page_at: Callable[..., Page]) -> None:
    """In the words of the API, at the session; the list stays."""
    made = server.json("/api/sessions", *JSON, "-d", '{"name": "goes away"}')
    page = page_at(server, allowed="404")
    row = page.locator("tbody", has=page.get_by_role("link", name="goes away"))
    row.get_by_role("button", name="Rename ").click()
    server.json("-X", "DELETE", f"/api/sessions/{made['id']}")
    page.get_by_role("textbox", name="New name").fill("x")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Session not found")


def test_older_sessions_are_on_further_pages(own_server: Server, page_at: Callable[..., Page]) -> None:
    """Fifty are on each, however many there are; on a phone, nothing is beside the screen."""
    for number in range(60):
        own_server.json("/api/sessions", *JSON, "-d", f'{{"name": "number {number}"}}')
    page = page_at(own_server, size=(390, 844))
    expect(page.get_by_role("link", name="number 59")).to_be_visible()
    expect(page.locator("tbody")).to_have_count(50)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Older").click()
    expect(page.get_by_role("link", name="number 0", exact=True)).to_be_visible()
    expect(page.locator("tbody")).to_have_count(10)
    page.get_by_role("button", name="Newest").click()
    expect(page.get_by_role("link", name="number 59")).to_be_visible()
