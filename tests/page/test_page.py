"""The page as somebody uses it who has a question: across views, and always with the API's answers on the screen."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Page, expect

from benchmarks.varied import chunks
from tests.support.entries_page import scroll_to, set_filter, visible_rows, wait_for_rows
from tests.support.hars import imported
from tests.support.server import Server

_MANY = 5_000


def _session(server: Server, folder: Path, entries: int, seed: int = 1) -> str:
    file = folder / f"varied-{entries}-{seed}.har"
    with file.open("wb") as out:
        out.writelines(chunks(entries, seed))
    answer = imported(server, file)
    file.unlink()
    return str(answer["sessionId"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for files that are imported."""
    return tmp_path_factory.mktemp("page")


@pytest.fixture(scope="module")
def session(server: Server, folder: Path) -> str:
    """A session of some thousand entries."""
    return _session(server, folder, _MANY)


@pytest.fixture(scope="module", params=[_MANY, pytest.param(1_000_000, marks=pytest.mark.long)])
def sized(request: pytest.FixtureRequest, server: Server, folder: Path) -> Iterator[tuple[str, int]]:
    """A session, and how many entries it has: a few thousand, or a million."""
    made = _session(server, folder, request.param, 2)
    yield made, request.param
    server.curl("-X", "DELETE", f"/api/sessions/{made}")


def _listed(server: Server, session: str, query: str = "") -> Any:
    return server.json("-g", f"/api/sessions/{session}/entries?{query}")


def _check_rows(server: Server, page: Page, session: str, query: str) -> None:
    """Each visible row is what the API has at its place in a filter and an order."""
    shown = visible_rows(page)
    assert len(shown) > 5
    first = shown[0][0]
    assert [number for number, _ in shown] == list(range(first, first + len(shown)))
    answer = server.json("-g", f"/api/sessions/{session}/rows?start={first}&limit={len(shown)}&{query}")
    columns = answer["columns"]
    for place, (_, cells) in enumerate(shown):
        url = re.sub("^https?://", "", columns["url"][place])
        found = (cells["ordinal"].replace(",", ""), cells["method"], cells["status"].removeprefix("✕ "), cells["url"])
        expected = (str(columns["ordinal"][place]), columns["method"][place], str(columns["status"][place]), url)
        assert found == expected


@pytest.mark.parametrize(
    ("filter_text", "order"),
    [("", ""), ("status=4xx,5xx", ""), ("", "-time"), ("type=xhr items", "url")],
)
def test_rows_anywhere_are_those_of_the_api(
    server: Server, sized: tuple[str, int], page_at: Callable[..., Page], filter_text: str, order: str
) -> None:
    """At the beginning, the end, and places between, under any filter and in any order."""
    session, _ = sized
    query = urlencode({"filter": filter_text, "sort": order})
    page = page_at(server, f"/s/{session}?{query}")
    api = "&".join(
        [part if "=" in part else f"q={part}" for part in filter_text.split()] + ([f"sort={order}"] if order else [])
    )
    total = _listed(server, session, f"{api}&limit=1")["total"]
    wait_for_rows(page, total)
    for share in (0, 0.31, 0.77, 1):
        scroll_to(page, share)
        _check_rows(server, page, session, api)
    assert visible_rows(page)[-1][0] == total - 1


def test_a_person_finds_the_slowest_failed_request(
    server: Server, session: str, page_at: Callable[..., Page], check_accessibility: Callable[..., None]
) -> None:
    """From the list of sessions: what failed, sorted by time, opened and looked into; with four clicks."""
    failed = _listed(server, session, "error=true&sort=-time&limit=2")
    name = server.json(f"/api/sessions/{session}")["name"]
    page = page_at(server)
    page.get_by_role("link", name=name).first.click()
    wait_for_rows(page, _MANY)
    page.get_by_role("complementary").get_by_role("button", name="Failed").click()
    wait_for_rows(page, failed["total"])
    time = page.get_by_role("columnheader").get_by_role("button", name="Time", exact=True)
    time.click()
    expect(page.get_by_role("columnheader", name="Time")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("columnheader", name="Time").get_by_role("button").click()
    expect(page.get_by_role("columnheader", name="Time")).to_have_attribute("aria-sort", "descending")
    wait_for_rows(page, failed["total"])
    page.locator(".row:not([hidden])[aria-rowindex='2']").click(position={"x": 20, "y": 10})
    panel = page.get_by_role("region", name="Entry")
    slowest, second = failed["entries"]
    expect(panel.get_by_role("heading", level=2)).to_have_text(slowest["url"])
    expect(panel).to_contain_text(str(slowest["status"]))
    check_accessibility(page)
    page.keyboard.press("j")
    expect(panel.get_by_role("heading", level=2)).to_have_text(second["url"])


def test_the_same_with_keys_alone(server: Server, session: str, page_at: Callable[..., Page]) -> None:
    """The filter has a key, rows are walked through, and Escape closes what Enter has opened."""
    rows = _listed(server, session, "status=5xx&limit=3")
    page = page_at(server, f"/s/{session}")
    wait_for_rows(page, _MANY)
    page.keyboard.press("/")
    page.keyboard.type("status=5xx")
    page.keyboard.press("Enter")
    wait_for_rows(page, rows["total"])
    page.get_by_role("grid").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    heading = page.get_by_role("region", name="Entry").get_by_role("heading", level=2)
    expect(heading).to_have_text(rows["entries"][2]["url"])
    page.keyboard.press("ArrowUp")
    expect(heading).to_have_text(rows["entries"][1]["url"])
    page.keyboard.press("Escape")
    expect(heading).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()


def test_counts_are_those_of_the_api(server: Server, session: str, page_at: Callable[..., Page]) -> None:
    """The total and the facets, before and after a filter of each kind."""
    page = page_at(server, f"/s/{session}")
    for text, query in [("", ""), ("method=POST", "method=POST"), ("min_time=200 users", "min_time=200&q=users")]:
        facets = server.json("-g", f"/api/sessions/{session}/facets?{query}")
        set_filter(page, text, facets["total"])
        expect(page.get_by_role("status").first).to_contain_text(f"{facets['total']:,}")
        aside = page.get_by_role("complementary")
        for one in facets["type"][:5]:
            value = aside.get_by_role(
                "button", name=re.compile(rf"^✓?\s*{re.escape(one['value'])}\s*{one['count']:,}$")
            )
            expect(value).to_be_visible()


def test_a_link_shows_the_same_to_somebody_else(server: Server, session: str, page_at: Callable[..., Page]) -> None:
    """Filter, order, columns, entry and its part are in the URL, which the page of another person understands."""
    page = page_at(server, f"/s/{session}")
    wait_for_rows(page, _MANY)
    total = _listed(server, session, "type=xhr&limit=1")["total"]
    set_filter(page, "type=xhr", total)
    page.get_by_role("columnheader").get_by_role("button", name="Time", exact=True).click()
    wait_for_rows(page, total)
    page.locator(".row:not([hidden])[aria-rowindex='4']").click(position={"x": 20, "y": 10})
    page.get_by_role("tab", name="Timings").click()
    expect(page.get_by_role("tabpanel", name="Timings")).not_to_be_empty()
    other = page_at(server, page.url.removeprefix(server.url), colours="dark")
    wait_for_rows(other, total)
    assert visible_rows(other)[:5] == visible_rows(page)[:5]
    assert other.get_by_role("combobox", name="Filter").input_value() == "type=xhr"
    expect(other.get_by_role("tab", name="Timings")).to_have_attribute("aria-selected", "true")
    expect(other.get_by_role("tabpanel")).to_have_text(page.get_by_role("tabpanel").inner_text(), use_inner_text=True)


def test_statistics_and_comparison_say_what_the_api_says(
    server: Server, session: str, folder: Path, page_at: Callable[..., Page]
) -> None:
    """Requests and failures of a session under a filter; and the difference to another one."""
    stats = server.json("-g", f"/api/sessions/{session}/stats?type=xhr")
    page = page_at(server, f"/s/{session}/statistics?filter={quote('type=xhr')}")
    sums = page.locator(".sums")
    expect(sums).to_contain_text(f"{stats['total']:,}")
    expect(sums).to_contain_text(f"{stats['errors']:,}")
    other = _session(server, folder, 300, 3)
    page = page_at(server, f"/compare?session={session}&other={other}")
    diff = server.json(f"/api/diff?a={session}&b={other}")
    requests = page.get_by_role("row", name="Requests")
    for side in ("a", "b"):
        expect(requests).to_contain_text(f"{diff[side]['entryCount']:,}")
    for name in ("added", "removed"):
        expect(
            page.get_by_role("button", name=re.compile(f"^{name} {diff['counts'][name]:,}$", re.IGNORECASE))
        ).to_be_visible()


@pytest.mark.parametrize(
    ("colours", "size"), [("light", (1280, 800)), ("dark", (390, 844))], ids=["wide and light", "narrow and dark"]
)
@pytest.mark.parametrize(
    "view", ["entries", "entry", "filtered", "statistics", "problems", "search", "compare", "sessions"]
)
def test_every_view_with_something_in_it_is_accessible(
    server: Server,
    session: str,
    page_at: Callable[..., Page],
    check_accessibility: Callable[..., None],
    view: str,
    colours: str,
    size: tuple[int, int],
) -> None:
    """As axe-core sees it; and nothing is wider than the screen."""
    entry = _listed(server, session, "limit=1")["entries"][0]["id"]
    paths = {
        "entries": f"/s/{session}",
        "entry": f"/s/{session}?entry={entry}",
        "filtered": f"/s/{session}?filter=status%3D4xx&sort=-time",
        "compare": f"/compare?session={session}&other={session}",
        "sessions": "/",
    }
    page = page_at(server, paths.get(view, f"/s/{session}/{view}"), colours=colours, size=size)
    page.wait_for_load_state("networkidle")
    if view in ("entries", "filtered") or (view == "entry" and size[0] > 1000):
        wait_for_rows(page)
    check_accessibility(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
