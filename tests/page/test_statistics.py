"""Statistics: what is on the screen is what the API says, and a part of it can be selected."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.hars import har, imported, saved
from tests.support.server import Server

_PAGES = [{"id": "p1", "title": "Shop", "startedDateTime": "2026-01-01T00:00:00Z", "pageTimings": {"onLoad": 900}}]


def _entry(number: int) -> bytes:
    """Return one of a minute of requests, of which each tenth fails."""
    return json.dumps(
        {
            "startedDateTime": f"2026-01-01T00:00:{number % 60:02}Z",
            "pageref": "p1",
            "time": 10 + number,
            "_resourceType": "script" if number % 3 else "image",
            "request": {"method": "GET", "url": f"http://host{number % 15}.test/{number}"},
            "response": {"status": 503 if number % 10 == 0 else 200, "content": {"size": 1000, "mimeType": "text/css"}},
            "timings": {"send": 0, "wait": number, "receive": 10},
        }
    ).encode()


@pytest.fixture(scope="module")
def session(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A session of 120 entries in a minute."""
    head = b'"pages":' + json.dumps(_PAGES).encode() + b","
    file = saved(tmp_path_factory.mktemp("stats") / "x.har", har(*map(_entry, range(120)), head=head))
    answer: Any = imported(server, file)
    return str(answer["sessionId"])


def test_numbers_are_those_of_the_api(
    server: Server, session: str, page_at: Callable[..., Page], check_accessibility: Callable[..., None]
) -> None:
    """Sums, percentiles, groups in pages, examples with links to their entries."""
    stats = server.json(f"/api/sessions/{session}/stats")
    page = page_at(server, f"/s/{session}/statistics")
    sums = page.locator(".sums dd")
    expect(sums.nth(0)).to_have_text("120")
    expect(sums.nth(1)).to_have_text("12")
    expect(sums.nth(2)).to_have_text("120 kB")
    expect(page.get_by_role("row", name="Whole request")).to_contain_text(f"{stats['time']['max']:.0f} ms")
    expect(page.locator(".time-chart canvas")).to_be_visible()
    hosts = page.get_by_role("region", name="Hosts")
    expect(hosts.get_by_role("row")).to_have_count(11)
    hosts.get_by_role("button", name="Further").click()
    expect(hosts.get_by_role("row")).to_have_count(6)
    slowest = page.get_by_role("region", name="Slowest").get_by_role("link").first
    expect(slowest).to_have_attribute("href", f"/s/{session}?entry={stats['slowest'][0]['id']}")
    expect(page.get_by_role("region", name="Pages").get_by_role("row", name="Shop")).to_contain_text("900 ms")
    check_accessibility(page)


def test_a_row_selects_what_it_counts(server: Server, session: str, page_at: Callable[..., Page]) -> None:
    """In the filter, which the URL has; and back."""
    page = page_at(server, f"/s/{session}/statistics")
    page.get_by_role("button", name="Show only 5xx").click()
    expect(page.locator(".sums dd").nth(0)).to_have_text("12")
    assert page.url.endswith("/statistics?filter=status%3D5xx")
    page.get_by_role("button", name="Show only image").click()
    expect(page.locator(".sums dd").nth(0)).to_have_text("4")
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".sums dd").nth(0)).to_have_text("120")


def test_the_chart_selects_a_time(server: Server, session: str, page_at: Callable[..., Page]) -> None:
    """By dragging over it; for those who cannot, a table of it does the same."""
    page = page_at(server, f"/s/{session}/statistics")
    plot = page.locator(".time-chart .u-over")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20, steps=4)
    page.mouse.up()
    expect(page.locator(".filter-note")).to_contain_text("from 2026-01-01 00:00:1")
    times = page.evaluate("location.search")
    expected = server.json(f"/api/sessions/{session}/stats{times}")
    expect(page.locator(".sums dd").nth(0)).to_have_text(str(expected["total"]))
    assert 20 < expected["total"] < 40

    page.go_back()
    expect(page.locator(".sums dd").nth(0)).to_have_text("120")
    page.get_by_text("As a table").click()
    page.get_by_role("button", name="Show only 2026-01-01 00:00:00").click()
    expect(page.locator(".filter-note")).to_contain_text("to 2026-01-01 00:00:0")


def test_nothing_that_passes_is_said(server: Server, session: str, page_at: Callable[..., Page]) -> None:
    """There are no empty tables."""
    page = page_at(server, f"/s/{session}/statistics?filter=status%3D404", size=(390, 844), colours="dark")
    expect(page.get_by_text("No entry passes the filter.")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)
