"""What the validator says: of what is stored, and of a file that is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.complete_har import FULL_ENTRY, LOG, har_of
from tests.support.hars import imported, numbered, saved
from tests.support.server import Server


def test_each_problem_leads_to_its_entry(
    server: Server, tmp_path: Path, page_at: Callable[..., Page], check_accessibility: Callable[..., None]
) -> None:
    """With its place and what HAR 1.2 says; all are counted, and by code they are fewer."""
    entries = [FULL_ENTRY, FULL_ENTRY | {"startedDateTime": "soon"}, *[FULL_ENTRY | {"time": -5}] * 120]
    answer: Any = imported(server, saved(tmp_path / "x.har", har_of(LOG | {"entries": entries}, {})))
    session = answer["sessionId"]
    rows = server.json(f"/api/sessions/{session}/entries?limit=2")["entries"]
    page = page_at(server, f"/s/{session}/problems")
    expect(page.get_by_text("It is not HAR 1.2")).to_be_visible()
    expect(page.get_by_text("Firefox reads it")).to_be_visible()
    first = page.get_by_role("row", name="invalid-date")
    expect(first).to_contain_text("log.entries[1].startedDateTime")
    expect(first).to_contain_text("Dates are in ISO 8601")
    expect(first.get_by_role("link", name="entry 1")).to_have_attribute(
        "href", f"/s/{session}?entry={rows[1]['id']}&tab=raw"
    )
    check_accessibility(page)
    report = server.json(f"/api/captures/{answer['captureId']}/problems")
    for code, count in report["problemCounts"].items():
        expect(page.get_by_role("button", name=f"{code} {count}")).to_be_visible()
    expect(page.get_by_text(f"The first 100 of {sum(report['problemCounts'].values())} are listed.")).to_be_visible()
    page.get_by_role("button", name="invalid-date 1").click()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_file_is_checked_without_being_imported(server: Server, tmp_path: Path, page_at: Callable[..., Page]) -> None:
    """What cannot be imported is said with its place."""
    session = server.json("-X", "POST", "/api/sessions")["id"]
    before = server.json("/api/captures")
    page = page_at(server, f"/s/{session}/problems", allowed="400")
    chooser = page.locator("main input[type=file]")
    chooser.set_input_files(saved(tmp_path / "good.har", har_of(LOG, {})))
    expect(page.get_by_role("region", name="good.har")).to_contain_text("Nothing to complain about.")
    chooser.set_input_files(saved(tmp_path / "bad.har", b'{"log":{\n "entries":[{}x]}}'))
    expect(page.get_by_role("alert")).to_contain_text("(line 2, column 15)")
    assert server.json("/api/captures") == before


def test_several_files_are_checked_one_by_one(server: Server, tmp_path: Path, page_at: Callable[..., Page]) -> None:
    """When one says so: each may be gigabytes."""
    session = server.json("-X", "POST", "/api/sessions")["id"]
    for name in ("a.har", "b.har"):
        imported(server, saved(tmp_path / name, numbered(2)), "-F", f"sessionId={session}")
    page = page_at(server, f"/s/{session}/problems")
    expect(page.get_by_role("button", name="Check (")).to_have_count(2)
    page.get_by_role("region", name="b.har").get_by_role("button", name="Check (").click()
    expect(page.get_by_role("region", name="b.har").locator(".profiles")).to_be_visible()
    expect(page.get_by_role("region", name="a.har").locator(".profiles")).to_have_count(0)
