"""What is exported of a view: the same as the API gives."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.support.hars import har, imported, numbered, saved
from tests.support.server import Server


@pytest.fixture(scope="module")
def session(server: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A session of 50 entries."""
    file = saved(tmp_path_factory.mktemp("take") / "fifty.har", numbered(50))
    answer: Any = imported(server, file)
    return str(answer["sessionId"])


def _opened(page: Page) -> None:
    page.get_by_role("button", name="Export …").click()
    expect(page.locator(".file-size")).to_have_attribute("aria-busy", "false")


@pytest.mark.parametrize(
    ("form", "query"),
    [
        ("har", ""),
        ("ndjson", "&format=ndjson"),
        ("csv", "&format=csv"),
        ("parquet", "&format=parquet"),
        ("zip", "&max_part=500MB"),
        ("playwright", "&format=playwright"),
        ("embed", "&format=playwright&content=embed"),
        *((form, f"&format={form}") for form in ("postman", "openapi", "k6", "warc", "warc.gz")),
    ],
)
def test_exactly_what_is_filtered_is_downloaded(
    server: Server, session: str, page_at: Callable[..., Page], form: str, query: str
) -> None:
    """In every form, with its size said before where that is known, by the page and by its curl line."""
    page = page_at(server, f"/s/{session}/statistics?filter=url%3D*%2F1*")
    _opened(page)
    page.get_by_label("Form").select_option(form)
    expect(page.locator(".file-size")).to_contain_text("11 entries that pass the filter")
    expect(page.locator(".file-size")).to_have_attribute("aria-busy", "false")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    got = Path(download.value.path()).read_bytes()
    expected = server.curl(f"/api/har/export/{session}?url=*/1*{query}")
    assert download.value.suggested_filename.startswith("Imported_fifty")
    if form not in ("zip", "parquet"):  # which say when they were made
        assert got == expected
    line = shlex.split(page.get_by_label("The same from a shell", exact=True).input_value())
    assert line[:2] == ["curl", "-OJ"]
    by_line = server.curl(line[2])
    assert form in ("zip", "parquet") or by_line == expected
    if form == "har":
        expect(page.locator(".file-size")).to_contain_text(f"({len(expected):,} bytes)")


def test_secrets_are_taken_out(server: Server, tmp_path: Path, page_at: Callable[..., Page]) -> None:
    """As far as is chosen: of the file, and in the line for a shell."""
    token = "qZ7xW2mK9pL4vN8tR3yB6cD1"
    entry = f'{{"request":{{"method":"GET","url":"http://a.test/?token={token}"}},"_by":"ann@example.org"}}'
    session = imported(server, saved(tmp_path / "secret.har", har(entry.encode())))["sessionId"]
    page = page_at(server, f"/s/{session}/statistics")
    _opened(page)
    for level, has_address in (("secrets", True), ("personal", False)):
        page.get_by_label("Secrets").select_option(level)
        expect(page.locator(".file-size")).to_have_attribute("aria-busy", "false")
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()
        got = Path(download.value.path()).read_text()
        assert "REDACTED-token-" in got
        assert token not in got
        assert ("ann@example.org" in got) == has_address
        expect(page.get_by_label("The same from a shell", exact=True)).to_have_value(re.compile(f"redact={level}"))


def test_the_choices_are_those_of_the_api(server: Server, session: str, page_at: Callable[..., Page]) -> None:
    """Order, bodies and filling are in the line, where they go with the form."""
    page = page_at(server, f"/s/{session}/statistics")
    _opened(page)
    page.get_by_label("Order").select_option("time")
    page.get_by_label("Bodies").select_option("none")
    page.get_by_label("Fill in").check()
    line = page.get_by_label("The same from a shell", exact=True)
    expect(line).to_have_value(f"curl -OJ '{server.url}/api/har/export/{session}?order=time&bodies=none&fill=true'")
    page.get_by_label("Form").select_option("csv")
    expect(line).to_have_value(f"curl -OJ '{server.url}/api/har/export/{session}?format=csv&order=time'")


def test_the_link_and_the_rows(
    server: Server, session: str, page_at: Callable[..., Page], check_accessibility: Callable[..., None]
) -> None:
    """The link shows the same view; the line lists the same entries, in the same order."""
    path = f"/s/{session}/statistics?filter=url%3D*%2F1*&sort=-time"
    page = page_at(server, path, permissions=["clipboard-read", "clipboard-write"])
    _opened(page)
    check_accessibility(page)
    page.get_by_role("button", name="Copy: Link to this view").click()
    expect(page.get_by_role("button", name="Copy: Link to this view")).to_have_text("Copied")
    assert (
        page.evaluate("navigator.clipboard.readText()")
        == f"{server.url}/s/{session}/statistics?filter=url%3D*%2F1*&sort=-time"
    )
    line = shlex.split(page.get_by_label("Its rows from a shell", exact=True).input_value())
    assert json.loads(server.curl(line[1])) == server.json(f"/api/sessions/{session}/entries?url=*/1*&sort=-time")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_filter_that_is_refused_is_said(server: Server, session: str, page_at: Callable[..., Page]) -> None:
    """In the words of the API."""
    page = page_at(server, f"/s/{session}/statistics?filter=status%3Dsix", allowed="400")
    page.get_by_role("button", name="Export …").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("status='six' is not allowed")
