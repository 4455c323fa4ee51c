"""The tools of assistants, asked by the official client, in an environment of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.measuring import FailedError
from benchmarks.peers.environments import environment
from harlake.access.scopes import TokenScope
from harlake.mcp.fitting import MOST_BYTES
from tests.support.commands import output
from tests.support.hars import JSON, har, saved
from tests.support.server import Server, start_server

_PROGRAM = Path(__file__).parent.parent / "support" / "consumers" / "mcp_asks.py"
_TOKEN = "qZ7xW2mK9pL4vN8tR3yB6cD1"
_TOOLS = ["diff", "get_body", "get_entry", "list_entries", "list_sessions", "search", "sql", "summarize"]

Ask = Callable[..., list[tuple[bool, Any]]]


def _entry(number: int) -> bytes:
    """Return an entry with a long URL, a secret in a cookie, and again in its body."""
    return json.dumps(
        {
            "startedDateTime": "2024-02-28T16:00:00.000Z",
            "time": number,
            "request": {
                "method": "GET",
                "url": f"http://a.test/{number}/{'x' * 400}",
                "headers": [{"name": "Cookie", "value": f"sid={_TOKEN}"}],
            },
            "response": {
                "status": 200,
                "headers": [],
                "content": {"mimeType": "text/plain", "text": f"it is {_TOKEN} of {number}, " + "é" * 6_000},
            },
        }
    ).encode()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A HAR of 250 entries."""
    return saved(tmp_path_factory.mktemp("mcp") / "a.har", har(*map(_entry, range(250))))


@pytest.fixture(scope="module")
def ask() -> Ask:
    """Ask tools of a server, and return whether each answer is an error, and what it is."""
    try:
        python = environment("mcp") / "python"
    except FailedError as error:
        pytest.skip(f"cannot be installed: {error}")

    def ask(server: Server, *calls: tuple[str, dict[str, Any]], token: str = "") -> list[tuple[bool, Any]]:
        command = [str(python), str(_PROGRAM), f"{server.url}/mcp", token, json.dumps(calls)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr[-2_000:]
        names, *answers = map(json.loads, done.stdout.splitlines())
        assert sorted(names) == _TOOLS
        assert all(len(text.encode()) <= MOST_BYTES for _, text in answers)
        return [(is_error, json.loads(text)) for is_error, text in answers]

    return ask


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start a service with options."""
    servers: list[Server] = []

    def start(*options: str) -> Server:
        servers.append(start_server(tmp_path / "data", *options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.mark.consumers
def test_each_tool(ask: Ask, served: Callable[..., Server], file: Path) -> None:
    """Everything can be found, in answers that fit, and without the secret."""
    server = served("--mcp", "secrets")
    session = server.import_file(file)["sessionId"]
    ((_, sessions),) = ask(server, ("list_sessions", {}))
    assert [(one["id"], one["entryCount"]) for one in sessions["sessions"]] == [(session, 250)]

    seen: list[dict[str, Any]] = []
    cursor = None
    while not seen or cursor:
        asked = {"session": session, "sort": "-time"} | ({"cursor": cursor} if cursor else {})
        ((_, page),) = ask(server, ("list_entries", asked))
        seen, cursor = [*seen, *page["entries"]], page["next"]
    assert [one["time"] for one in seen] == list(range(249, -1, -1))

    answers = ask(
        server,
        ("summarize", {"session": session, "entries": "status=2xx&host=a.test"}),
        ("get_entry", {"entry": seen[0]["id"]}),
        ("get_body", {"entry": seen[0]["id"]}),
        ("get_body", {"entry": seen[0]["id"], "offset": 4_096}),
        ("search", {"session": session, "text": "of 249,"}),
        ("search", {"session": session, "text": _TOKEN}),
        ("diff", {"a": session, "b": session}),
    )
    assert not any(is_error for is_error, _ in answers)
    assert _TOKEN not in json.dumps([answer for _, answer in answers])
    summary, entry, body, rest, found, nothing, difference = (answer for _, answer in answers)
    assert summary["total"] == 250
    assert entry["request"]["headers"][0]["value"].startswith("sid=REDACTED-")
    assert body["text"].startswith("it is REDACTED-")
    assert (body["next"], rest["offset"]) == (4_096, 4_096)
    assert "of 249," in found["hits"][0]["snippet"]
    assert (nothing["hits"], nothing["withheld"]) == ([], 20)
    assert difference["counts"]["same"] > 0


@pytest.mark.consumers
def test_what_is_refused_says_why(ask: Ask, served: Callable[..., Server], file: Path) -> None:
    """As the API does; SQL is answered where all is to be shown."""
    sql = ("sql", {"statement": "SELECT count(*) AS n FROM entries"})
    server = served("--mcp", "secrets")
    (is_error, refused), (_, unknown), (_, wrong) = ask(
        server, sql, ("get_entry", {"entry": "x"}), ("list_entries", {"session": "a/b"})
    )
    assert is_error
    assert "--mcp raw" in refused["detail"]
    assert unknown["error"] == "Entry not found"
    assert wrong["error"] == "Invalid request"
    server.stop()
    server = served("--mcp", "raw")
    session = server.import_file(file)["sessionId"]
    rows, (_, found) = ask(server, sql, ("search", {"session": session, "text": "of 249,"}))
    assert rows == (False, {"rows": [{"n": 250}], "complete": True})
    assert [_TOKEN in hit["snippet"] for hit in found["hits"]] == [True]


@pytest.mark.consumers
def test_tokens_are_needed_as_everywhere(ask: Ask, served: Callable[..., Server], tmp_path: Path) -> None:
    """One that may read may list; what it may not do, its tools may not."""
    tokens = {
        scope: output(f"harlake token create --scope {scope} --data-dir data", tmp_path).strip()
        for scope in (TokenScope.READ, TokenScope.WRITE)
    }
    server = served("--mcp", "raw", "--require-token")
    assert server.status(f"{server.url}/mcp", *JSON, "-d", "{}")[0] == 401
    query = ("sql", {"statement": "SELECT 1"})
    (_, listed), (is_error, refused) = ask(server, ("list_sessions", {}), query, token=tokens[TokenScope.READ])
    assert listed["sessions"] == []
    assert is_error
    assert refused["error"] == "Insufficient scope"


def test_without_the_option_there_is_none(server: Server) -> None:
    """No route, and nothing that is loaded."""
    assert server.status(f"{server.url}/mcp", *JSON, "-d", "{}")[0] == 404
