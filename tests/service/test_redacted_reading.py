"""A service that redacts: what those see who lack the scope ``raw``, at each of its routes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harlake.access.scopes import TokenScope
from harlake.api.redaction import COVER
from harlake.app import NoDataDir, create_app
from harlake.settings import Settings
from tests.support.server import Server, start_server

# Litestar's, of how handlers name what they are given.
pytestmark = pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")

_TOKEN = "qZ7xW2mK9pL4vN8tR3yB6cD1"
_COOKIE = "Hk3Jd92LsPq0ZxMv7TnB5wRy"


def _har() -> bytes:
    request: dict[str, Any] = {
        "method": "POST",
        "url": f"https://a.example/x?access_token={_TOKEN}",
        "headers": [{"name": "Authorization", "value": f"Bearer {_TOKEN}"}],
        "cookies": [{"name": "sid", "value": _COOKIE}],
        "queryString": [{"name": "access_token", "value": _TOKEN}],
        "postData": {"mimeType": "application/json", "text": json.dumps({"password": _TOKEN})},
    }
    content = {"size": 1, "mimeType": "text/html", "text": f"<p>{_TOKEN}</p><input name=csrf_token value='{_COOKIE}'>"}
    response = {"status": 500, "headers": [], "cookies": [], "content": content, "redirectURL": ""}
    messages = [{"type": "send", "time": 1, "opcode": 1, "data": json.dumps({"token": _TOKEN})}]
    entry = {"startedDateTime": "2026-01-01T00:00:00Z", "time": 1, "request": request, "response": response}
    log = {
        "version": "1.2",
        "creator": {"name": "x", "version": "1"},
        "entries": [entry | {"_webSocketMessages": messages}],
    }
    return json.dumps({"log": log}).encode()


@pytest.fixture
def redacting(tmp_path: Path) -> Iterator[Server]:
    """A service that redacts, and has one entry."""
    server = start_server(tmp_path / "data", "--redact", "secrets")
    try:
        (tmp_path / "x.har").write_bytes(_har())
        server.import_file(tmp_path / "x.har")
        yield server
    finally:
        server.stop()


def _paths(server: Server) -> Iterator[tuple[str, ...]]:
    """Yield a request to each route that answers GET, and those that are asked with POST."""
    session = server.json("/api/sessions")["sessions"][0]["id"]
    entry = server.json(f"/api/sessions/{session}/entries")["entries"][0]["id"]
    capture = server.json("/api/captures")["captures"][0]["id"]
    values = {
        "session_id": session,
        "a": session,
        "b": session,
        "entry_id": entry,
        "capture_id": capture,
        "number": "0",
        "upload_id": capture,
    }
    for route in create_app(Settings(), NoDataDir()).routes:
        methods = {method for handler in getattr(route, "route_handlers", ()) for method in handler.http_methods}
        path = re.sub(r"\{(\w+):\w+\}", lambda name: values.get(name[1], "x"), route.path)
        if "GET" in methods:
            yield (path,)
            yield (f"{path}?query={_TOKEN}",)
            yield (f"{path}?format=har",)
    posted = ("-H", "Content-Type: application/json", "-d")
    yield ("/api/har/export", *posted, json.dumps({"sessionId": session}))
    yield ("/api/sql", *posted, '{"sql": "SELECT * FROM entries"}')
    yield (f"/api/har/export/{session}?format=csv",)
    yield (f"/api/har/export/{session}?format=ndjson",)
    yield (f"/api/diff?a={session}&b={session}",)


@pytest.mark.slow
def test_no_route_shows_a_secret(redacting: Server) -> None:
    """Whatever is asked for, in any form: it is redacted or refused."""
    answered = 0
    for request in _paths(redacting):
        # Events are sent until the client has gone.
        until = ("-m", "2") if "/events" in request[0] else ()
        answer = redacting.try_curl("-H", "Accept-Encoding: identity", *until, redacting.url + request[0], *request[1:])
        text = answer.stdout
        assert _TOKEN.encode() not in text.replace(f"query={_TOKEN}".encode(), b""), request
        assert _COOKIE.encode() not in text, request
        answered += b"REDACTED" in text
    assert answered >= 8


def test_each_route_is_covered_or_refused() -> None:
    """What says nothing is refused: it is known which these are."""
    refused = set()
    for route in create_app(Settings(), NoDataDir()).routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.opt.get(COVER) is None and handler.http_methods != {"OPTIONS"}:
                refused.add(route.path)
    assert refused == {
        "/api/captures/{capture_id:str}/gaps",
        "/api/captures/{capture_id:str}/gaps/{number:str}",
        "/api/captures/{capture_id:str}/object",
        "/api/captures/{capture_id:str}/problems",
        "/api/catalog",
        "/api/check",
        "/api/diff",
        "/api/sessions/{a:str}/diff/{b:str}",
        "/api/sessions/{session_id:str}/search",
        "/api/sql",
    }


@pytest.mark.slow
def test_raw_and_asked_for(redacting: Server) -> None:
    """Who has the scope sees all; who asks for more redaction than the default gets it."""
    assert TokenScope.RAW in TokenScope
    session = redacting.json("/api/sessions")["sessions"][0]["id"]
    entry = redacting.json(f"/api/sessions/{session}/entries")["entries"][0]["id"]
    shown = redacting.json(f"/api/entries/{entry}?redact=strict")
    assert shown["request"]["headers"][0]["value"].startswith("Bearer REDACTED-token-")
    assert redacting.status(f"/api/entries/{entry}?redact=none")[0] == 400


@pytest.mark.slow
def test_import(own_server: Server, tmp_path: Path) -> None:
    """What is redacted on its way in is stored so: nobody can have it back, in a form or as a body."""
    (tmp_path / "x.har").write_bytes(_har())
    fields = ("-F", "redact=secrets", "-F", f"file=@{tmp_path / 'x.har'}")
    answers = [
        own_server.json("/api/har/import", *fields),
        own_server.json("-T", tmp_path / "x.har", "/api/har/import?redact=secrets"),
    ]
    for answer in answers:
        assert answer["imported"] == 1
        text = own_server.curl(f"/api/har/export/{answer['sessionId']}")
        assert _TOKEN.encode() not in text
        assert _COOKIE.encode() not in text
        assert b"REDACTED-token-" in text
    assert own_server.status("/api/har/import", "-F", "redact=some", "-F", f"file=@{tmp_path / 'x.har'}")[0] == 400
    assert not [
        path for path in own_server.data_dir.rglob("*") if path.is_file() and _TOKEN.encode() in path.read_bytes()
    ]
