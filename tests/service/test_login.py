"""Signing in: a token in a cookie counts as the token, for the service's own pages only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harlake.access.scopes import TokenScope
from harlake.access.token_file import TokenFile
from harlake.access.tokens import new_token
from tests.support.hars import JSON
from tests.support.server import Server, start_server


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server that demands tokens, and one that may read and write."""
    folder = tmp_path_factory.mktemp("guarded")
    token, kept = new_token([TokenScope.WRITE])
    TokenFile(folder / "data" / "tokens.json").add(kept)
    server = start_server(folder / "data", "--require-token")
    yield server, token
    assert server.stop() == 0


def _sign_in(server: Server, token: str, *more: str) -> str:
    return server.curl("-i", "/api/login", *JSON, "-d", f'{{"token": "{token}"}}', *more).decode().lower()


def test_a_cookie_counts_as_its_token(guarded: tuple[Server, str], tmp_path: Path) -> None:
    """Reading needs no more; what changes something must come from a page of the service. Signing out ends it."""
    server, token = guarded
    jar = str(tmp_path / "cookies")
    answered = _sign_in(server, token, "-c", jar)
    assert answered.startswith("http/1.1 204")
    (cookie,) = (line for line in answered.splitlines() if line.startswith("set-cookie:"))
    assert {"httponly", "samesite=strict"} <= {part.strip() for part in cookie.split(";")}
    assert "secure" not in cookie
    assert "max-age" not in cookie
    assert "path" not in cookie  # that of the API
    assert server.status("/api/sessions")[0] == 401
    assert server.status("/api/sessions", "-b", jar)[0] == 200
    create = ("/api/sessions", "-X", "POST", "-b", jar)
    assert server.status(*create)[1]["error"] == "Origin not allowed"
    assert server.status(*create, "-H", "Origin: http://attacker.example")[0] == 403
    assert server.status(*create, "-H", f"Origin: {server.url}")[0] == 201
    assert server.status(*create, "-H", "Sec-Fetch-Site: same-origin")[0] == 201
    assert server.status(*create, "-H", "Sec-Fetch-Site: same-site")[0] == 403
    assert server.status("/api/sql", "-b", jar, "-H", f"Origin: {server.url}", *JSON, "-d", "{}")[0] == 403
    # A wrong header is not mended by a right cookie.
    assert server.status("/api/sessions", "-b", jar, "-H", "Authorization: Bearer x")[0] == 401
    server.curl("-X", "DELETE", "/api/login", "-b", jar, "-c", jar, "-H", f"Origin: {server.url}")
    assert server.status("/api/sessions", "-b", jar)[0] == 401


def test_behind_tls_the_cookie_is_for_tls(guarded: tuple[Server, str]) -> None:
    """A proxy may have ended it: the browser says what it sees."""
    server, token = guarded
    answered = _sign_in(server, token, "-H", f"Origin: {server.url.replace('http:', 'https:')}")
    assert "; secure" in answered


@pytest.mark.parametrize("wrong", ["", "x", "harlake_" + "0" * 64, "é\\u0000"])
def test_a_wrong_token_is_refused(guarded: tuple[Server, str], wrong: str) -> None:
    """And no cookie is set; the browser is not told to ask for a password itself."""
    server, _ = guarded
    answered = _sign_in(server, wrong, "-H", "Accept: application/json")
    assert answered.startswith("http/1.1 401")
    assert "set-cookie" not in answered
    assert "bearer" in answered
    assert "basic" not in answered


def test_cookies_that_are_none(guarded: tuple[Server, str]) -> None:
    """Of another service, of a token that is no more, or there twice: the page is served, and the API wants a token."""
    server, token = guarded
    port = server.url.rpartition(":")[2]
    for cookie in (
        f"harlake={token}",
        f"harlake-{port}=x",
        f"harlake-{port}={token}; harlake-{port}={token}",
        "=;;",
        "é",
    ):
        assert server.status("/api/sessions", "-H", f"Cookie: {cookie}")[1]["error"] == "Token required"
        page = server.curl("-o", "/dev/null", "-w", "%{http_code}", f"{server.url}/", "-H", f"Cookie: {cookie}")
        assert page == b"200"


def test_nothing_is_needed_on_loopback(server: Server) -> None:
    """There, a token that is none is refused all the same, and signing out is no error."""
    assert _sign_in(server, "x").startswith("http/1.1 401")
    assert server.curl("-X", "DELETE", "/api/login", "-w", "%{http_code}") == b"204"
