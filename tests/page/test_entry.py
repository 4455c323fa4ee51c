"""The panel of one entry, as a person looks into it: every part of it, walked through in Chromium."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.hars import ids_of, imported, saved
from tests.support.server import Server

_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
_BIG = 6_000_000


def _entry(name: str, mime_type: str, text: str, more: Any = None, **content: Any) -> dict[str, Any]:
    return {
        "startedDateTime": "2026-01-31T12:00:00.000Z",
        "time": 145.5,
        "request": {"method": "GET", "url": f"https://a.test/{name}", "headers": [{"name": "Accept", "value": "*/*"}]},
        "response": {
            "status": 200,
            "statusText": "OK",
            "headers": [{"name": "Content-Type", "value": mime_type}],
            "cookies": [{"name": "sid", "value": "s3cret", "httpOnly": True}],
            "content": {"mimeType": mime_type, "text": text, **content},
        },
        "timings": {"blocked": 1, "dns": 2, "connect": 30, "ssl": 20, "send": 0.5, "wait": 100, "receive": 12},
    } | (more or {})


def _posted(name: str, text: str) -> dict[str, Any]:
    made = _entry(name, "text/plain", "ok")
    made["request"] |= {"method": "POST", "postData": {"mimeType": "application/json", "text": text}}
    return made


def _entries() -> list[dict[str, Any]]:
    script = {"type": "script", "stack": {"callFrames": [{"functionName": "load", "url": "https://a.test/app.js"}]}}
    items = [{"id": number, "big": 12345678901234567890} for number in range(250)]
    return [
        _entry("page", "text/html", "<title>t</title><h1>Hello</h1><script>document.body.innerText = 'ran'</script>"),
        _entry(
            "app.js",
            "text/javascript",
            "let a = 1;\n",
            {"_initiator": {"type": "parser", "url": "https://a.test/page"}},
        ),
        _entry("api?x=1", "application/json", json.dumps({"data": items}), {"_initiator": script}),
        _entry("pixel", "image/png", _PIXEL, encoding="base64"),
        _entry(
            "bytes", "application/octet-stream", base64.b64encode(bytes(range(256)) * 300).decode(), encoding="base64"
        ),
        _entry("socket", "", "", {"_webSocketMessages": [{"type": "send", "data": f"m{n}"} for n in range(150)]}),
        _entry("big", "text/plain", "".join(f"line {n:08}\n" for n in range(_BIG // 14)) + "the end"),
        _entry("font", "font/woff2", "bm9uZQ==", encoding="base64"),
        _entry("broken", "application/json", '{"a": 1'),
        _posted("post?x=1&y=%C3%A4", '{"asked": true}'),
        {"request": {"method": "GET", "url": "https://a.test/failed"}, "response": {"_error": "net::ERR_FAILED"}},
    ]


@pytest.fixture(scope="module")
def entries(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Addresses of the page that show an entry, by the last part of its URL."""
    made = _entries()
    text = json.dumps({"log": {"version": "1.2", "creator": {"name": "test", "version": "1"}, "entries": made}})
    session = imported(server, saved(tmp_path_factory.mktemp("entry") / "a.har", text.encode()))["sessionId"]
    names = [one["request"]["url"].rpartition("/")[2] for one in made]
    return {name: f"/s/{session}?entry={found}" for name, found in zip(names, ids_of(server, session), strict=True)}


@pytest.fixture
def opened(server: Server, entries: dict[str, str], page_at: Callable[..., Page]) -> Callable[..., Page]:
    """Opens the panel of an entry with one of its tabs."""
    return lambda name, tab="headers", **how: page_at(server, f"{entries[name]}&tab={tab}", **how)


def test_headers_cookies_and_timings_are_listed(opened: Callable[..., Page]) -> None:
    """Each in its tab, which arrow keys walk through, and which is in the URL."""
    page = opened("page")
    panel = page.get_by_role("region", name="Entry", exact=True)
    expect(panel.get_by_role("heading")).to_have_text("https://a.test/page")
    expect(panel.get_by_text("Content-Type")).to_be_visible()
    page.get_by_role("tab", name="Headers").press("ArrowRight")
    expect(page.get_by_role("tab", name="Cookies")).to_be_focused()
    expect(page).to_have_url(re.compile("tab=cookies"))
    expect(page.get_by_role("row", name="sid s3cret yes")).to_be_visible()
    page.get_by_role("tab", name="Timings").click()
    expect(page.get_by_role("row", name="Connect 3 ms 10 ms")).to_be_visible()
    expect(page.get_by_role("row", name="In all 146 ms")).to_be_visible()


def test_json_is_a_tree_whose_paths_can_be_copied(opened: Callable[..., Page]) -> None:
    """Numbers keep their digits, and keys open what is closed."""
    page = opened("api?x=1", "preview", permissions=["clipboard-read", "clipboard-write"])
    tree = page.get_by_role("tree")
    tree.get_by_role("treeitem", name="100 … 199").click()
    tree.get_by_role("treeitem", name=re.compile(r'^100\W+"id": 100')).click()
    tree.press("ArrowDown")
    tree.press("ArrowDown")
    expect(tree.get_by_role("treeitem", selected=True)).to_contain_text("big12345678901234567890")
    page.get_by_role("button", name="Copy path").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "$.data[100].big"
    page.get_by_role("button", name="Formatted").click()
    expect(page.get_by_text('"big": 12345678901234567890').first).to_be_visible()


def test_a_page_is_shown_in_a_sandbox(opened: Callable[..., Page]) -> None:
    """As it was captured, and none of its scripts runs; its source can be read."""
    page = opened("page", "preview", allowed="Blocked script execution")
    expect(page.frame_locator("iframe").get_by_role("heading", name="Hello")).to_be_visible()
    page.get_by_role("button", name="Text").click()
    expect(page.locator(".cm-content")).to_contain_text("<h1>Hello</h1>")


def test_what_cannot_be_shown_says_so(opened: Callable[..., Page]) -> None:
    """A font that is none, and JSON that is none, which is shown as text."""
    page = opened("font", "preview", allowed="font|OTS")
    expect(page.locator(".entry").get_by_role("alert")).to_contain_text("The browser cannot show this font")
    page = opened("broken", "preview")
    expect(page.get_by_text("This is not JSON")).to_be_visible()
    expect(page.locator(".cm-content")).to_have_text('{"a": 1')


def test_a_body_that_was_sent_is_the_payload(opened: Callable[..., Page]) -> None:
    """Beside the parameters of the URL."""
    page = opened("post?x=1&y=%C3%A4", "payload")
    expect(page.get_by_text("ä", exact=True)).to_be_visible()
    expect(page.get_by_role("treeitem", name=re.compile("asked"))).to_be_visible()


def test_an_image_is_shown(opened: Callable[..., Page]) -> None:
    """With its size; and the bytes of it as well."""
    page = opened("pixel", "preview")
    expect(page.get_by_text("1 × 1")).to_be_visible()
    page.get_by_role("button", name="Hex").click()
    expect(page.get_by_text("89 50 4e 47 0d 0a 1a 0a")).to_be_visible()


def test_bytes_are_shown_a_piece_at_a_time(opened: Callable[..., Page]) -> None:
    """All can be reached, and few are in the document."""
    page = opened("bytes", "preview")
    expect(page.get_by_text("00000000")).to_be_visible()
    page.get_by_role("button", name="Last").click()
    expect(page.get_by_text("00010000")).to_be_visible()
    assert page.locator(".hex-row").count() < 100


def test_a_large_text_is_shown_when_it_is_asked_for(opened: Callable[..., Page]) -> None:
    """In pieces, of which one is held."""
    page = opened("big", "preview")
    page.get_by_role("button", name="Show 6 MB, a piece at a time").click()
    expect(page.get_by_text("line 00000000")).to_be_visible()
    page.get_by_role("button", name="Last").click()
    expect(page.get_by_text("bytes 5,242,880 to")).to_be_visible()
    page.locator(".cm-content").press("Control+End")
    expect(page.get_by_text("line 00000000")).to_have_count(0)


def test_raw_is_the_entry_as_it_was_captured(
    server: Server, entries: dict[str, str], opened: Callable[..., Page]
) -> None:
    """Byte for byte, as the API has it."""
    page = opened("failed", "raw")
    text = server.curl(f"/api/entries/{entries['failed'].rpartition('=')[2]}").decode()
    expect(page.locator(".cm-content")).to_have_text(text)


def test_messages_are_a_table(opened: Callable[..., Page]) -> None:
    """A page of them at a time."""
    page = opened("socket", "messages")
    expect(page.get_by_role("row", name="m99")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("row", name="m149")).to_be_visible()
    expect(page.get_by_text("101 to 150 of 150")).to_be_visible()


def test_initiators_are_a_chain_to_walk(opened: Callable[..., Page]) -> None:
    """To the first cause; the tab stays."""
    page = opened("api?x=1", "initiator")
    chain = page.get_by_role("list", name="Chain of initiators")
    expect(chain.get_by_role("listitem")).to_have_count(3)
    chain.get_by_role("button", name="https://a.test/page").click()
    expect(page.get_by_role("heading", name="https://a.test/page")).to_be_visible()
    expect(page.get_by_role("tab", name="Initiator")).to_have_attribute("aria-selected", "true")


def test_a_command_that_asks_again_can_be_copied(
    server: Server, entries: dict[str, str], opened: Callable[..., Page]
) -> None:
    """It is the API's."""
    page = opened("page", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="cURL").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    expected = server.curl(f"/api/entries/{entries['page'].rpartition('=')[2]}/curl").decode()
    assert page.evaluate("navigator.clipboard.readText()") == expected


def test_an_entry_that_is_not_there_says_so(
    server: Server, entries: dict[str, str], page_at: Callable[..., Page]
) -> None:
    """In the API's words."""
    page = page_at(server, entries["page"][:-4] + "ffff", allowed="404")
    expect(page.locator(".entry").get_by_role("alert")).to_contain_text("Entry not found")


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["wide", "narrow"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_tab_is_accessible(
    opened: Callable[..., Page], check_accessibility: Callable[..., None], size: tuple[int, int], colours: str
) -> None:
    """In both colours, and on a phone, where nothing is wider than it."""
    page = opened("api?x=1", size=size, colours=colours)
    for tab in page.get_by_role("tab").all():
        tab.click()
        expect(page.locator(".entry [aria-busy=true]")).to_have_count(0)
        expect(page.get_by_text("Loading …")).to_have_count(0)
        check_accessibility(page, ".entry")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_arrow_keys_walk_through_entries(opened: Callable[..., Page]) -> None:
    """From the table, with the tab kept; Escape in the panel closes it."""
    page = opened("page", "timings")
    expect(page.get_by_role("row", selected=True)).to_be_visible()
    page.get_by_role("grid").press("ArrowDown")
    expect(page.get_by_role("heading", name="https://a.test/app.js")).to_be_visible()
    expect(page.get_by_role("tab", name="Timings")).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Timings").press("Escape")
    expect(page.get_by_role("region", name="Entry", exact=True)).to_have_count(0)
