"""The page as a whole: every address shows its view, in one document, without an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.server import Server


@pytest.fixture(scope="module")
def session(server: Server) -> Any:
    """A session that has nothing in it."""
    return server.json("-X", "POST", "/api/sessions")


@pytest.mark.parametrize(
    ("colours", "size"), [("light", (1280, 800)), ("dark", (390, 844))], ids=["wide and light", "narrow and dark"]
)
@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Sessions"),
        ("/s/{}", "Entries"),
        ("/s/{}/statistics", "Statistics"),
        ("/s/{}/problems", "Problems"),
        ("/s/{}/search", "Search"),
        ("/compare", "Compare"),
    ],
)
def test_every_address_shows_its_view(
    server: Server,
    session: Any,
    page_at: Callable[..., Page],
    check_accessibility: Callable[..., None],
    path: str,
    title: str,
    colours: str,
    size: tuple[int, int],
) -> None:
    """It is named in the title; and what the page is made of is accessible in both colours and widths."""
    page = page_at(server, path.format(session["id"]), colours=colours, size=size)
    expect(page).to_have_title(f"{title} – harlake")
    check_accessibility(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_links_and_history_walk_through_views(server: Server, session: Any, page_at: Callable[..., Page]) -> None:
    """A link is a step back; a reload shows the same."""
    page = page_at(server, f"/s/{session['id']}?filter=status%3D200")
    page.get_by_role("link", name="Statistics").click()
    expect(page).to_have_url(f"{server.url}/s/{session['id']}/statistics?filter=status%3D200")
    expect(page.get_by_role("link", name="Statistics")).to_have_attribute("aria-current", "page")
    page.reload()
    expect(page).to_have_title("Statistics – harlake")
    page.go_back()
    expect(page).to_have_title("Entries – harlake")
