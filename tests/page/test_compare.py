"""Two sessions side by side, as the API compares them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.hars import JSON, har, imported, saved
from tests.support.server import Server


def _entry(path: str, status: int, time: int) -> bytes:
    request = {"method": "GET", "url": f"http://a.test/{path}"}
    response = {"status": status, "content": {"size": 10, "mimeType": "text/plain"}}
    started = "2026-01-01T00:00:00Z"
    return json.dumps({"startedDateTime": started, "time": time, "request": request, "response": response}).encode()


@pytest.fixture(scope="module")
def sessions(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Two sessions: one endpoint is the same, one has changed, one is gone, and one new."""
    folder = tmp_path_factory.mktemp("compare")
    before = har(_entry("same", 200, 10), _entry("slower", 200, 100), _entry("gone", 200, 10))
    after = har(_entry("same", 200, 10), _entry("slower", 500, 900), _entry("new", 200, 10), _entry("new", 200, 10))
    a: Any = imported(server, saved(folder / "before.har", before))
    b: Any = imported(server, saved(folder / "after.har", after))
    return a["sessionId"], b["sessionId"]


def test_two_sessions_are_chosen_and_compared(
    server: Server,
    sessions: tuple[str, str],
    page_at: Callable[..., Page],
    check_accessibility: Callable[..., None],
) -> None:
    """What has changed is on the screen as the API has it, with links to both sides; the URL has what is compared."""
    a, b = sessions
    page = page_at(server, "/compare")
    page.get_by_label("Before").select_option(a)
    page.get_by_label("After").select_option(b)
    expect(page.get_by_role("button", name="Changed 1")).to_have_attribute("aria-pressed", "true")
    assert page.url == f"{server.url}/compare?session={a}&other={b}"
    diff = server.json(f"/api/diff?a={a}&b={b}")
    changed = page.locator(".changes li")
    expect(changed).to_have_count(1)
    expect(changed).to_contain_text("GET http://a.test/slower")
    expect(changed).to_contain_text("Status 200 → 500")
    expect(changed).to_contain_text("time.p50 100 ms → 900 ms")
    (one,) = diff["changed"]
    expect(changed.get_by_role("link", name="After")).to_have_attribute("href", f"/s/{b}?entry={one['b']['example']}")
    expect(page.get_by_role("row", name="Requests")).to_contain_text("34")
    expect(page.get_by_text("1 endpoint the same")).to_be_visible()
    changed.get_by_role("button", name="Numbers").click()
    expect(changed.get_by_role("row")).to_have_count(len(one["measures"]) + 1)
    check_accessibility(page)
    for group, url in (("Added 1", "http://a.test/new"), ("Removed 1", "http://a.test/gone")):
        page.get_by_role("button", name=group).click()
        expect(page.locator(".changes li")).to_contain_text(url)
    page.get_by_role("button", name="Swap").click()
    expect(page).to_have_url(f"{server.url}/compare?session={b}&other={a}")
    page.get_by_role("button", name="Added 1").click()
    expect(page.locator(".changes li")).to_contain_text("http://a.test/gone")


def test_both_waterfalls_are_shown(server: Server, sessions: tuple[str, str], page_at: Callable[..., Page]) -> None:
    """By time, with links to the entries, on axes of one length; on a phone one is below the other."""
    a, b = sessions
    page = page_at(server, f"/compare?session={a}&other={b}", size=(390, 844), colours="dark")
    sides = page.locator(".waterfall-side")
    expect(sides.nth(0).get_by_role("listitem")).to_have_count(3)
    expect(sides.nth(1).get_by_role("listitem")).to_have_count(4)
    expect(page.get_by_text("Both axes are 900 ms long.")).to_be_visible()
    expect(sides.nth(1).locator("li.failed")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_older_sessions_are_chosen_as_well(own_server: Server, page_at: Callable[..., Page]) -> None:
    """The newest hundred are listed first, and the one that the URL names."""
    made = [
        own_server.json("/api/sessions", *JSON, "-d", f'{{"name": "number {number}"}}')["id"] for number in range(103)
    ]
    page = page_at(own_server, f"/compare?session={made[0]}")
    before = page.get_by_label("Before")
    expect(before).to_have_value(made[0])
    expect(before.locator("option")).to_have_count(103)
    before.select_option("older")
    expect(before.locator("option")).to_have_count(4)
    before.select_option(made[2])
    expect(page).to_have_url(f"{own_server.url}/compare?session={made[2]}")
