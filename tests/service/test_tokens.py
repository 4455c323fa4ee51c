"""Tokens: what each scope allows, in both forms, as long as the token is there."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harlake.access.scopes import TokenScope
from harlake.access.token_file import TokenFile
from harlake.access.tokens import new_token
from tests.support import hars
from tests.support.commands import failure, json_lines, output
from tests.support.hars import JSON, numbered, saved
from tests.support.server import Server, start_server

_SCOPES = ("read", "write", "sql", "admin")


@dataclass(frozen=True)
class _Guarded:
    """A server that demands tokens, and a token for each scope."""

    server: Server
    tokens: dict[str, str]
    #: The id of each token.
    ids: dict[str, str]
    audit_log: Path

    def status(self, scope: str | None, *arguments: str) -> tuple[int, str]:
        """Return what a token is answered: the status, and the error if there is one."""
        header = () if scope is None else ("-H", f"Authorization: Bearer {self.tokens[scope]}")
        body, _, status = self.server.curl("-w", "\n%{http_code}", *arguments, *header).rpartition(b"\n")
        return int(status), json.loads(body)["error"] if int(status) >= 400 else ""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Guarded]:
    """A server that demands tokens on loopback, and tokens that have been made before it was started."""
    folder = tmp_path_factory.mktemp("guarded")
    tokens, ids = {}, {}
    for scope in _SCOPES:
        tokens[scope], kept = new_token([TokenScope(scope)], scope)
        ids[scope] = kept.id
        TokenFile(folder / "data" / "tokens.json").add(kept)
    audit_log = folder / "audit.log"
    server = start_server(folder / "data", "--require-token", "--audit-log", str(audit_log))
    yield _Guarded(server, tokens, ids, audit_log)
    assert server.stop() == 0


@pytest.mark.slow
def test_what_scopes_allow(guarded: _Guarded) -> None:
    """Each route takes the tokens of its scope and those that include it, and no other."""
    importing = ("/api/har/import", "-F", "file=@-;filename=x.har")
    querying = ("/api/sql", *JSON, "-d", '{"sql": "SELECT 1 AS one"}')
    for arguments, allowed, answered in (
        (("/api/sessions",), {"read", "write", "sql", "admin"}, 200),
        (("/api/health",), {"read", "write", "sql", "admin"}, 200),
        ((f"{guarded.server.url}/schema/openapi.json",), {"read", "write", "sql", "admin"}, 200),
        (("/api/har/validate", "-F", "file=@-;filename=x.har"), {"read", "write", "sql", "admin"}, 400),
        (("/api/sessions", "-X", "POST"), {"write", "admin"}, 201),
        (importing, {"write", "admin"}, 400),
        (("/api/sessions/x", "-X", "DELETE"), {"write", "admin"}, 404),
        (querying, {"sql", "admin"}, 200),
    ):
        assert guarded.status(None, *arguments) == (401, "Token required")
        for scope in _SCOPES:
            status, error = guarded.status(scope, *arguments)
            if scope in allowed:
                assert status == answered, (arguments, scope)
            else:
                assert (status, error) == (403, "Insufficient scope"), (arguments, scope)


@pytest.mark.slow
def test_forms(guarded: _Guarded) -> None:
    """As bearer, as password of any user, as user without password; anything else is wrong, and is said to be."""
    token = guarded.tokens["read"]
    right = (
        ("-H", f"Authorization: Bearer {token}"),
        ("-H", f"authorization: bearer {token}"),
        ("-u", f"anybody:{token}"),
        ("-u", f"{token}:"),
        ("--oauth2-bearer", token),
    )
    for form in right:
        assert guarded.server.status("/api/sessions", *form)[0] == 200, form
    wrong: tuple[tuple[str, ...], ...] = (
        ("-H", f"Authorization: Bearer {token}x"),
        ("-H", f"Authorization: Bearer {token[:-1]}"),
        ("-H", f"Authorization: {token}"),
        ("-H", "Authorization: Bearer"),
        ("-H", f"Authorization: Bearer {token}", "-H", f"Authorization: Bearer {token}"),
        ("-u", f"{token}:wrong"),
        ("-u", ":"),
        ("-u", "admin:admin"),
    )
    for arguments in wrong:
        status, answer = guarded.server.status("/api/sessions", *arguments)
        assert (status, answer["error"]) == (401, "Invalid token"), arguments
        assert token not in str(answer)


def test_what_is_demanded_is_said(guarded: _Guarded) -> None:
    """Both schemes are named, so that a browser asks for a password; not for what is forbidden anyhow."""
    found = hars.headers(guarded.server, "/api/sessions")
    assert found["www-authenticate"] == ['Bearer realm="harlake"', 'Basic realm="harlake", charset="UTF-8"']
    header = ("-H", f"Authorization: Bearer {guarded.tokens['read']}")
    assert "www-authenticate" not in hars.headers(guarded.server, "-X", "POST", "/api/sessions", *header)
    assert guarded.status("admin", "/api/sessions", "-H", "Host: attacker.example") == (403, "Host not allowed")
    assert guarded.status("admin", "/api/sessions", "-H", "Origin: null") == (403, "Origin not allowed")


def test_the_audit_log_says_whose_token_it_was(guarded: _Guarded) -> None:
    """By its id; of one that is wrong, and of what was not even looked at, there is none."""
    asked: tuple[tuple[str, str | None], ...] = (("list", "read"), ("denied", "read"), ("denied", None))
    for number, (action, scope) in enumerate(asked):
        method = "GET" if action == "list" else "POST"
        guarded.status(scope, "-X", method, "/api/sessions", "-H", f"X-Request-ID: audited-{number}")
    guarded.status("admin", "/api/sessions", "-H", "Origin: null", "-H", "X-Request-ID: audited-3")

    def lines() -> list[dict[str, object]]:
        written = map(json.loads, guarded.audit_log.read_text().splitlines())
        return [line for line in written if str(line["requestId"]).startswith("audited-")]

    hars.wait_for(lambda: len(lines()) == 4)
    assert [(line["action"], line.get("reason"), line.get("token")) for line in lines()] == [
        ("list", None, guarded.ids["read"]),
        ("denied", "Insufficient scope", guarded.ids["read"]),
        ("denied", "Token required", None),
        ("denied", "Origin not allowed", None),
    ]


@pytest.mark.slow
def test_a_token_comes_and_goes_while_the_service_runs(guarded: _Guarded) -> None:
    """A new one is taken, and a removed one refused, by the next request; so is one that has expired."""
    folder = guarded.server.data_dir.parent
    creating = "harlake token create --scope read --expires 1h --data-dir data"
    (made,) = json_lines(output(f"{creating} --json", folder))
    header = ("-H", f"Authorization: Bearer {made['token']}")
    assert guarded.server.status("/api/sessions", *header)[0] == 200
    output(f"harlake token remove {made['id']} --data-dir data", folder)
    assert guarded.server.status("/api/sessions", *header)[0] == 401
    file = guarded.server.data_dir / "tokens.json"
    kept = output(f"{creating} --name old", folder).strip()
    file.write_text(re.sub(r'"expires": "20\d\d', '"expires": "2001', file.read_text()))
    assert guarded.server.status("/api/sessions", "-u", f":{kept}")[0] == 401
    output("harlake token remove old --data-dir data", folder)


def test_listing_shows_no_token(guarded: _Guarded) -> None:
    """Ids, names, scopes and times; neither the token nor its digest. The file is its owner's only."""
    folder = guarded.server.data_dir.parent
    listed = json_lines(output("harlake token list --json --data-dir data", folder))
    assert [(one["name"], one["scopes"], one["expires"]) for one in listed] == [
        (scope, [scope], None) for scope in _SCOPES
    ]
    shown = output("harlake token list --data-dir data", folder) + str(listed)
    kept = (guarded.server.data_dir / "tokens.json").read_text()
    assert stat.S_IMODE((guarded.server.data_dir / "tokens.json").stat().st_mode) == 0o600
    for token in guarded.tokens.values():
        assert re.fullmatch("harlake_[0-9a-f]{64}", token)
        assert token not in shown
        assert token.removeprefix("harlake_") not in kept
    assert re.search("[0-9a-f]{64}", shown) is None


@pytest.mark.slow
def test_the_command_line_presents_tokens(guarded: _Guarded, tmp_path: Path) -> None:
    """By option, by variable, and in the URL; errors say where one comes from, and never what was given."""
    saved(tmp_path / "a.har", numbered(3))
    url, token = guarded.server.url, guarded.tokens["write"]
    here = url.removeprefix("http://")
    assert "a.har: 3 entries" in output(f"harlake import a.har --server {url} --token {token}", tmp_path)
    for command, environment in (
        (f"harlake sessions --json --server {url}", {"HARLAKE_TOKEN": f"{token}\n"}),
        (f"harlake sessions --json --server http://anybody:{token}@{here}", {"HARLAKE_TOKEN": "harlake_0"}),
        (f"harlake sessions --json --server http://{token}@{here}", {}),
    ):
        assert len(json_lines(output(command, tmp_path, **environment))) >= 1
    hint = "--token or HARLAKE_TOKEN gives one"
    assert failure(f"harlake sessions --server {url}", tmp_path).startswith(f"Error: Token required: {hint}")
    for wrong in (f"--server {url} --token harlake_0s3cret", f"--server http://a:s3cret@{here}"):
        said = failure(f"harlake sessions {wrong}", tmp_path)
        assert said.startswith(f"Error: Invalid token: {hint}")
        assert "s3cret" not in said
    said = failure("harlake sessions --server http://a:s3cret@127.0.0.1:1", tmp_path)
    assert "refused" in said
    assert "s3cret" not in said


@pytest.mark.slow
def test_a_folder_in_use_needs_the_token_of_its_service(guarded: _Guarded, tmp_path: Path) -> None:
    """The variable that the error names works; on a folder of one's own, it does nothing."""
    folder = guarded.server.data_dir.parent
    assert "Token required: --token or HARLAKE_TOKEN gives one" in failure("harlake sessions --data-dir data", folder)
    command = "harlake sessions --json --data-dir data"
    assert output(command, folder, HARLAKE_TOKEN=guarded.tokens["read"]) is not None
    variable = {"HARLAKE_TOKEN": "harlake_0"}
    assert "Invalid token" in failure(command, folder, **variable)
    saved(tmp_path / "a.har", numbered(3))
    assert "a.har: 3 entries" in output("harlake import a.har", tmp_path, **variable)


def test_a_wrong_token_is_wrong_where_none_is_needed(server: Server) -> None:
    """On loopback nobody has to present one; who does is told that it is wrong."""
    assert server.status("/api/sessions")[0] == 200
    status, answer = server.status("/api/sessions", "-u", "a:b")
    assert (status, answer["error"]) == (401, "Invalid token")
