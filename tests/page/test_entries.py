"""The table of entries, as a person browses it: what is on the screen is what the API answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from benchmarks import varied
from tests.support.hars import imported, saved
from tests.support.server import Server

_COUNT: Final = 1_200
_START: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
_STATUSES: Final = (200, 200, 200, 304, 404, 200, 503, 200, 0, 200)
_MANY: Final = 1_000_000


def _entry(number: int) -> dict[str, Any]:
    status = _STATUSES[number % 10]
    return {
        "startedDateTime": (_START + timedelta(seconds=number)).isoformat(),
        "time": (number * 7919) % 1_000 + 1,
        "pageref": "page_1" if number < 600 else "page_2",
        "_resourceType": ("xhr", "image", "script")[number % 3],
        "request": {
            "method": "POST" if number % 4 == 0 else "GET",
            "url": f"https://h{number % 60}.test/item/{number}",
        },
        "response": {"status": status, "content": {"size": number, "mimeType": "text/plain"}},
        "timings": {"blocked": 1, "dns": 2, "connect": 30, "ssl": 20, "send": 0.5, "wait": 40, "receive": 12},
    }


@pytest.fixture(scope="module")
def session(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A session with one entry a second, a tenth of each status."""
    pages = [
        {"id": "page_1", "title": "One", "startedDateTime": _START.isoformat(), "pageTimings": {"onLoad": 5_000}},
        {"id": "page_2", "title": "Two", "startedDateTime": (_START + timedelta(minutes=10)).isoformat()},
    ]
    entries = [_entry(number) for number in range(_COUNT)]
    log = {"version": "1.2", "creator": {"name": "test", "version": "1"}, "pages": pages, "entries": entries}
    file = saved(tmp_path_factory.mktemp("entries") / "a.har", json.dumps({"log": log}).encode())
    return str(imported(server, file)["sessionId"])


@pytest.fixture
def opened(server: Server, session: str, page_at: Callable[..., Page]) -> Callable[..., Page]:
    """Opens the table with what the URL says."""

    def open_table(query: str = "", **how: Any) -> Page:
        page = page_at(server, f"/s/{session}{query and '?'}{query}", **how)
        expect(page.get_by_role("grid")).to_have_attribute("aria-busy", "false")
        return page

    return open_table


def _cells(page: Page, column: str) -> list[str]:
    """Return the texts of a column's visible cells, from the top."""
    rows = page.evaluate(
        """(column) => [...document.querySelectorAll(".layer .row:not([hidden])")]
        .map((row) => [Number(row.getAttribute("aria-rowindex")), row.querySelector(`.cell-${column}`).textContent])""",
        column,
    )
    return [text for _, text in sorted(rows)]


def _row(page: Page, number: int) -> Locator:
    return page.locator(f"#row-{number}")


def _total(page: Page, total: int) -> None:
    expect(page.get_by_role("status").filter(has_text="entr")).to_have_text(
        f"{total:,} {'entry' if total == 1 else 'entries'}"
    )


def _query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def _rows(server: Server, session: str, query: str) -> Any:
    return server.json("-g", f"/api/sessions/{session}/rows?{query}")


def test_what_is_on_the_screen_is_what_the_api_answers(
    server: Server, session: str, opened: Callable[..., Page]
) -> None:
    """In stored order, and sorted by a column as often as its head is clicked."""
    page = opened()
    _total(page, _COUNT)
    expect(_row(page, 0)).to_contain_text("h0.test/item/0")
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", str(_COUNT + 1))
    head = page.get_by_role("columnheader", name="Time", exact=True)
    for order, direction in (("time", "ascending"), ("-time", "descending"), ("ordinal", "none")):
        head.get_by_role("button").click()
        expect(head).to_have_attribute("aria-sort", direction)
        expected = _rows(server, session, f"sort={order}&limit=15&fields=url")["columns"]["url"]
        expect(_row(page, 0)).to_contain_text(expected[0].removeprefix("https://"))
        assert _cells(page, "url")[:15] == [url.removeprefix("https://") for url in expected]


def test_a_filter_is_typed_with_what_is_suggested(server: Server, session: str, opened: Callable[..., Page]) -> None:
    """Names, then values; it is applied as it is typed, and in the URL."""
    page = opened()
    box = page.get_by_role("combobox", name="Filter")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("sta")
    page.get_by_role("option", name="status=").click()
    page.keyboard.type("5")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="5xx")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    _total(page, 120)
    page.keyboard.type(" host=h1")
    page.get_by_role("option", name=re.compile(r"h16\.test")).click()
    total = _rows(server, session, "status=5xx&host=h16.test&fields=id")["total"]
    _total(page, total)
    assert _query(page)["filter"] == ["status=5xx host=h16.test"]
    box.fill("item/11")
    _total(page, _rows(server, session, "q=item/11&fields=id")["total"])


def test_a_wrong_filter_says_what_is_wrong_and_where(opened: Callable[..., Page]) -> None:
    """What the page knows is told at once, and nothing is asked; of the rest, what the API says."""
    page = opened(allowed="400")
    box = page.get_by_role("combobox", name="Filter")
    box.fill("word stat=1")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("no filter stat")
    expect(alert).to_contain_text("At character 6")
    expect(box).to_have_attribute("aria-invalid", "true")
    box.fill('"open')
    expect(alert).to_contain_text("a quote is not closed")
    box.fill("status=abc")
    expect(alert).to_contain_text("status takes statuses as 404")
    box.fill("status=404")
    expect(alert).to_have_count(0)
    _total(page, 120)


def test_facets_count_and_toggle(server: Server, session: str, opened: Callable[..., Page]) -> None:
    """A facet goes into the filter and out of it; its other values stay to be chosen."""
    page = opened()
    facets = page.get_by_role("complementary", name="Facets")
    counts = server.json(f"/api/sessions/{session}/facets")
    expect(facets.get_by_role("button", name="Failed")).to_contain_text(f"{counts['failed']}")
    for value in counts["status"]:
        name = "no response" if value["value"] == "0" else value["value"]
        expect(facets.get_by_role("button", name=re.compile(f"^{name}")).first).to_contain_text(f"{value['count']}")
    facets.get_by_role("button", name=re.compile("^404")).click()
    _total(page, 120)
    facets.get_by_role("button", name=re.compile("^503")).click()
    _total(page, 240)
    assert _query(page)["filter"] == ["status=404,503"]
    expect(facets.get_by_role("button", name=re.compile("404"), pressed=True)).to_be_visible()
    facets.get_by_role("button", name=re.compile("^xhr")).click()
    _total(page, _rows(server, session, "status=404,503&type=xhr&fields=id")["total"])
    facets.get_by_role("button", name=re.compile("404"), pressed=True).click()
    expect(page.get_by_role("combobox", name="Filter")).to_have_value("status=503 type=xhr")


def test_hosts_beyond_the_first_are_shown_on_demand(opened: Callable[..., Page]) -> None:
    """How many there are is said."""
    page = opened()
    facets = page.get_by_role("complementary", name="Facets")
    expect(facets.get_by_text("8 of 60")).to_be_visible()
    facets.get_by_role("button", name="Host: Show more").click()
    expect(facets.get_by_text("50 of 60")).to_be_visible()


def test_keys_walk_through_rows_and_entries(opened: Callable[..., Page]) -> None:
    """Arrows, pages, ends; Enter looks into a row, walking on keeps its tab, Escape ends it."""
    page = opened()
    grid = page.get_by_role("grid")
    grid.focus()
    for key, row in (("ArrowDown", 1), ("End", _COUNT - 1), ("ArrowUp", _COUNT - 2), ("Home", 0), ("ArrowDown", 1)):
        page.keyboard.press(key)
        expect(grid).to_have_attribute("aria-activedescendant", f"row-{row}")
        expect(_row(page, row)).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="https://h1.test/item/1")).to_be_visible()
    page.get_by_role("tab", name="Timings").click()
    page.keyboard.press("j")
    expect(page.get_by_role("heading", name="https://h2.test/item/2")).to_be_visible()
    expect(page.get_by_role("tab", name="Timings")).to_have_attribute("aria-selected", "true")
    expect(_row(page, 2)).to_have_attribute("aria-selected", "true")
    grid.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("heading", name="https://h3.test/item/3")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("tab", name="Timings")).to_have_count(0)
    expect(grid).to_be_focused()


def test_a_link_shows_the_same_view(server: Server, session: str, opened: Callable[..., Page]) -> None:
    """Filter, order, columns and the entry, whose row is gone to."""
    entry = _rows(server, session, "start=900&limit=1&fields=id")["columns"]["id"][0]
    page = opened(f"entry={entry}&columns=method,url,contentSize&zone=utc")
    expect(_row(page, 900)).to_have_attribute("aria-selected", "true")
    expect(_row(page, 900)).to_be_in_viewport()
    assert page.get_by_role("columnheader").all_inner_texts() == ["Method", "URL", "Content size"]
    page = opened("filter=status%3D404&sort=-ordinal")
    _total(page, 120)
    expect(_row(page, 0)).to_contain_text("item/1194")


def test_columns_are_chosen(opened: Callable[..., Page]) -> None:
    """Any of the index; the usual ones come back."""
    page = opened()
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("checkbox", name="Host", exact=True).check()
    page.get_by_role("checkbox", name="Method", exact=True).uncheck()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("columnheader", name="Host")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Method")).to_have_count(0)
    expect(_row(page, 3).locator(".cell-host")).to_have_text("h3.test")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Usual columns").click()
    page.get_by_role("button", name="Close").click()
    assert "columns" not in _query(page)


def test_the_overview_zooms_and_goes(server: Server, session: str, opened: Callable[..., Page]) -> None:
    """Dragging over it shows that time only, a click goes to it; the whole time comes back."""
    page = opened()
    strip = page.get_by_role("region", name="Overview").get_by_role("img")
    expect(strip).to_have_attribute("aria-label", re.compile(f"1,200 entries .* {_COUNT * 3 // 10} of them failed"))
    box = strip.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.click(box["x"] + box["width"] * 0.5, middle)
    expect(_row(page, 600)).to_be_in_viewport()
    page.mouse.move(box["x"] + box["width"] * 0.25, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=3)
    page.mouse.up()
    expect(page).to_have_url(re.compile("from="))
    zoom = _query(page)
    total = _rows(server, session, f"from={zoom['from'][0]}&to={zoom['to'][0]}&fields=id")["total"]
    assert 290 <= total <= 310
    _total(page, total)
    page.get_by_role("button", name="Zoom in").click()
    expect(page).not_to_have_url(re.compile(re.escape(zoom["from"][0])))
    page.get_by_role("button", name="Whole time").click()
    _total(page, _COUNT)


def test_the_waterfall_says_what_it_draws(opened: Callable[..., Page]) -> None:
    """Each bar has its words, and its canvas has something on it; sorted, bars begin at 0."""
    page = opened()
    bar = _row(page, 1).locator(".cell-waterfall")
    expect(bar).to_contain_text("starts +1 s, 920 ms in all: blocked 1 ms, DNS 2 ms, connect 30 ms, TLS 20 ms")
    assert page.evaluate(
        """() => { const bars = document.querySelector(".bars");
        return bars.getContext("2d").getImageData(0, 0, bars.width, bars.height).data.some((byte) => byte > 0); }"""
    )
    page.get_by_role("columnheader", name="Time", exact=True).get_by_role("button").click()
    expect(_row(page, 0).locator(".cell-waterfall")).not_to_contain_text("starts")
    expect(page.get_by_role("list", name="Phases")).to_contain_text("all bars begin at 0")


def test_nothing_that_passes_says_so(opened: Callable[..., Page]) -> None:
    """With a way back."""
    page = opened("filter=nowhere")
    _total(page, 0)
    page.get_by_role("button", name="Clear the filter").click()
    _total(page, _COUNT)


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["wide", "narrow"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_it_is_accessible(
    opened: Callable[..., Page], check_accessibility: Callable[..., None], size: tuple[int, int], colours: str
) -> None:
    """With rows, with a chosen row, with an error in the filter, in both colours and sizes."""
    page = opened(size=size, colours=colours)
    _total(page, _COUNT)
    expect(_row(page, 8)).to_contain_text("failed")
    check_accessibility(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("combobox", name="Filter").fill("x=")
    expect(page.get_by_role("alert")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("combobox", name="Filter").fill("")
    _row(page, 4).click()
    expect(page.get_by_role("heading", name="https://h4.test/item/4")).to_be_visible()
    check_accessibility(page, ".table-side")


def test_a_phone_has_all_of_it(opened: Callable[..., Page]) -> None:
    """Facets behind a button, the entry above the table."""
    page = opened(size=(390, 844))
    assert page.get_by_role("grid").evaluate("(grid) => grid.scrollWidth <= grid.clientWidth")
    page.get_by_role("button", name="Facets").click()
    page.get_by_role("complementary", name="Facets").get_by_role("button", name=re.compile("^404")).click()
    _total(page, 120)
    page.get_by_role("button", name="Facets").click()
    _row(page, 2).click()
    expect(page.get_by_role("heading", name="https://h24.test/item/24")).to_be_visible()


@pytest.mark.slow
def test_any_of_a_million_rows_is_reached(server: Server, tmp_path: Path, page_at: Callable[..., Page]) -> None:
    """By the thumb, the wheel and keys; rows are those that the API has there, and few are kept."""
    file = tmp_path / "many.har"
    with file.open("wb") as out:
        out.writelines(varied.chunks(_MANY))
    session = imported(server, file)["sessionId"]
    page = page_at(server, f"/s/{session}")
    _total(page, _MANY)
    grid = page.get_by_role("grid")
    for share in (0.5, 0.123, 0.999, 0.0, 1.0):
        grid.evaluate("(grid, share) => { grid.scrollTop = share * grid.scrollHeight }", share)
        expect(page.locator(".layer .row.absent:not([hidden])")).to_have_count(0)
        first = page.evaluate(
            """() => Math.min(...[...document.querySelectorAll(".layer .row:not([hidden])")]
            .map((row) => row.number))"""
        )
        assert abs(first - share * _MANY) < _MANY / 100
        expected = _rows(server, session, f"start={first}&limit=20&fields=url")["columns"]["url"]
        assert _cells(page, "url")[:20] == [re.sub("^https?://", "", url) for url in expected]
    # The bar rests, and is put where it belongs: whoever moves it in that very moment is not undone.
    place = grid.evaluate(
        """async (grid) => {
            grid.scrollTop = 0.3 * grid.scrollHeight;
            await new Promise((resolve) => grid.addEventListener("scroll", resolve, { once: true }));
            for (const began = performance.now(); performance.now() - began < 300; );
            grid.scrollTop = 0.7 * grid.scrollHeight;
            await new Promise((resolve) => setTimeout(resolve, 500));
            return grid.scrollTop / grid.scrollHeight;
        }"""
    )
    assert 0.69 < place < 0.71
    grid.focus()
    page.keyboard.press("End")
    expect(_row(page, _MANY - 1)).to_be_in_viewport()
    page.keyboard.press("Home")
    expect(_row(page, 0)).to_be_in_viewport()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.querySelectorAll('*').length") < 2_000
    server.curl("-X", "DELETE", f"/api/sessions/{session}")
