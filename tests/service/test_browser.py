"""A real browser: what pages of strangers can do, and that the service's own page works under its policy."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.attacker import attacker_of, browser_at, chromium, needs_chromium
from tests.support.server import PATIENCE, Server, start_server

pytestmark = [needs_chromium, pytest.mark.slow]  # some seconds for each browser


def test_pages_of_strangers_can_neither_read_nor_write(own_server: Server, tmp_path: Path) -> None:
    """A page of another origin, of another port, and one whose name is re-bound; the same page as one's own can."""
    victim = own_server.json("-X", "POST", "/api/sessions")
    before = own_server.json("/api/sessions")
    port = own_server.url.rpartition(":")[2]
    with attacker_of(own_server.url) as attacker:
        own_page = attacker.page("localhost", "", victim["id"])
        rebound = attacker.page("attacker.example", "", victim["id"], f"http://localhost:{attacker.port}/attack")
        other_port = attacker.page("localhost", f"http://localhost:{port}", victim["id"], rebound)
        other_site = attacker.page("attacker.example", own_server.url, victim["id"], other_port)
        with browser_at(other_site, tmp_path / "profile"):
            foreign = attacker.wait_for(3)[:3]
            assert own_server.json("/api/sessions") == before
        with browser_at(own_page, tmp_path / "profile"):
            own = attacker.wait_for(4)[3]
    for report in foreign[:2]:
        assert {name: found for name, found in report.items() if not found.startswith("refused: ")} == {}
    # The re-bound page is of the same origin, for the browser: it reads that it is refused, and nothing else.
    assert {found.partition(" ")[2][:26] for found in foreign[2].values() if not found.startswith("refused: ")} == {
        '{"error":"Host not allowed'
    }
    assert own["list"].startswith('200 {"sessions":[')
    assert own["query"].startswith('200 {"one":1}')
    assert own["import"].startswith('200 {"success":true')
    assert own["create"].startswith("201 ")
    names = [session["name"] for session in own_server.json("/api/sessions")["sessions"]]
    assert {"forged", "forged by multipart", "renamed"} <= set(names)


@pytest.mark.parametrize("root_path", ["", "/lake"])
def test_the_page_works_under_its_policy(tmp_path: Path, root_path: str) -> None:
    """Swagger UI shows every route; nothing that it needs is refused by the policy."""
    server = start_server(tmp_path / "data", *(["--root-path", root_path] if root_path else []))
    command = chromium(
        tmp_path / "profile", "--enable-logging=stderr", "--v=0", "--virtual-time-budget=20000", "--dump-dom",
        f"{server.url}{root_path}/schema",
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, timeout=PATIENCE)
    paths = server.json(f"{server.url}/schema/openapi.json")["paths"]
    server.stop()
    for path in paths:
        assert f'data-path="{path}"' in done.stdout
    assert "Content Security Policy" not in done.stderr
