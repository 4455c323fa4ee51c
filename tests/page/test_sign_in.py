"""Signing in, as a person does it: what a link has led to is there afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from harlake.access.scopes import TokenScope
from harlake.access.token_file import TokenFile
from harlake.access.tokens import new_token
from tests.support.server import Server, start_server


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """A server that demands tokens, and one."""
    token, kept = new_token([TokenScope.ADMIN])
    TokenFile(tmp_path / "data" / "tokens.json").add(kept)
    server = start_server(tmp_path / "data", "--require-token")
    yield server, token
    server.stop()


def test_a_person_signs_in_and_out(
    guarded: tuple[Server, str], page_at: Callable[..., Page], check_accessibility: Callable[..., None]
) -> None:
    """A wrong token is said to be one. Signing out leads back to the form, and a reload does not lead past it."""
    server, token = guarded
    page = page_at(server, "/?filter=x", allowed="401")
    ask = "fetch('api/sessions', {headers: {accept: 'application/json'}}).then((answer) => answer.status)"
    assert page.evaluate(ask) == 401
    # The first view to ask the API shows the form; this is what each of them does.
    page.evaluate("import('/page/api.js').then((api) => api.getJson('/api/sessions')).catch(() => 0)")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    check_accessibility(page)
    field = page.get_by_label("Token")
    field.fill("harlake_wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("There is no such token, or it has expired.")
    field.fill(f" {token} ")
    field.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert page.url == f"{server.url}/?filter=x"
    assert page.evaluate(ask) == 200
    assert page.evaluate("document.cookie") == ""
    assert token not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    assert page.evaluate(ask) == 401
