"""The keys that `?` lists."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.support.server import Server


def test_a_key_lists_the_keys(
    server: Server, page_at: Callable[..., Page], check_accessibility: Callable[..., None]
) -> None:
    """It shows and hides them; in a text it is what is written."""
    session = server.json("-X", "POST", "/api/sessions")["id"]
    page = page_at(server, f"/s/{session}/search")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("searchbox")).to_have_value("?")
    expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)
    page.get_by_role("heading", name="Search").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    check_accessibility(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)
