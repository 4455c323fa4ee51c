"""The search for a text, as hits come, and are too many."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.hars import har, imported, saved
from tests.support.server import Server


def _entry(number: int, body: str) -> bytes:
    content = {"size": len(body), "mimeType": "text/plain", "text": body}
    request = {"method": "GET", "url": f"http://a.test/{number}"}
    return json.dumps({"request": request, "response": {"status": 200, "content": content}}).encode()


def _session(server: Server, folder: Path, *bodies: str) -> str:
    text = har(*(_entry(number, body) for number, body in enumerate(bodies)))
    answer: Any = imported(server, saved(folder / "x.har", text))
    return str(answer["sessionId"])


def test_hits_are_those_of_the_api(
    server: Server, tmp_path: Path, page_at: Callable[..., Page], check_accessibility: Callable[..., None]
) -> None:
    """Each with its place, marked, and a link to its entry; case matters where one says so."""
    session = _session(server, tmp_path, "say Hello <b>", "hello hello", "good bye")
    page = page_at(server, f"/s/{session}/search")
    page.get_by_role("searchbox", name="Text").fill("hello")
    page.keyboard.press("Enter")
    expect(page.locator(".search-status")).to_have_text("2 hits, 3 entries searched")
    hits = page.locator(".hit")
    expect(hits.nth(0)).to_contain_text("say Hello <b>")
    expect(hits.nth(0).locator("mark")).to_have_text("Hello")
    expect(hits.nth(1)).to_contain_text("response.content.text 2 times")
    (entry, *_) = server.json(f"/api/sessions/{session}/entries")["entries"]
    expect(hits.nth(0).get_by_role("link")).to_have_attribute(
        "href", f"/s/{session}?entry={entry['id']}&tab=preview&text=hello"
    )
    check_accessibility(page)
    page.get_by_label("Upper and lower case differ").check()
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator(".search-status")).to_have_text("1 hit, 3 entries searched")
    page.reload()
    expect(page.locator(".search-status")).to_have_text("1 hit, 3 entries searched")


def test_a_filter_makes_it_fewer(server: Server, tmp_path: Path, page_at: Callable[..., Page]) -> None:
    """What is not searched is not counted; a refusal is said in the words of the API."""
    session = _session(server, tmp_path, "hello", "hello")
    page = page_at(server, f"/s/{session}/search?text=hello&filter=path%3D%2F1")
    expect(page.locator(".search-status")).to_have_text("1 hit, 1 entry searched")
    page = page_at(server, f"/s/{session}/search?text=nowhere")
    expect(page.get_by_text("Nothing is found.")).to_be_visible()
    page = page_at(server, f"/s/{session}/search?text=x&filter=status%3Dsix", allowed="400")
    expect(page.get_by_role("alert")).to_contain_text("status='six' is not allowed")


def test_what_is_too_much_is_said(server: Server, tmp_path: Path, page_at: Callable[..., Page]) -> None:
    """Only so many hits are held, a page of them is in the document, and all of them are a file."""
    session = _session(server, tmp_path, *["hello"] * 10_001)
    page = page_at(server, f"/s/{session}/search?text=hello")
    expect(page.get_by_text("The first 10,000 hits.")).to_be_visible()
    expect(page.locator(".hit")).to_have_count(100)
    page.get_by_role("button", name="Further").click()
    expect(page.locator(".pager")).to_contain_text("101–200 of 10,000")
    with page.expect_download() as download:
        page.get_by_role("link", name="all hits, as NDJSON").click()
    lines = Path(download.value.path()).read_text("utf-8").splitlines()
    assert len(lines) == 10_002


def test_a_search_can_be_stopped(server: Server, tmp_path: Path, page_at: Callable[..., Page]) -> None:
    """What has been found until then stays."""
    session = _session(server, tmp_path, "hello", "hello")
    page = page_at(server, f"/s/{session}/search")
    # Of an answer that never comes to its end, as that about many gigabytes for a while.
    page.evaluate("""() => {
      const asked = fetch;
      window.fetch = (url, options) => {
        if (!String(url).includes("/search?")) return asked(url, options);
        const line = JSON.stringify({ entry: "e", ordinal: 0, method: "GET", url: "http://a.test/", status: 200,
          where: "request.url", offset: 0, count: 1, snippet: "hello" }) + "\\n";
        const body = new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode(line));
            options.signal.addEventListener("abort", () => controller.error(options.signal.reason));
          },
        });
        return Promise.resolve(new Response(body));
      };
    }""")
    page.get_by_role("searchbox", name="Text").fill("hello")
    page.keyboard.press("Enter")
    expect(page.locator(".search-status")).to_contain_text("1 hit so far")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".search-status")).to_have_text("1 hit, stopped")
    expect(page.locator(".hit")).to_have_count(1)
