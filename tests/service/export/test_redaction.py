"""Exports without secrets, through HTTP: in each form, of a session and of a selection."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from harlake.export.forms import FORMS
from tests.conftest import FIXTURES
from tests.support import hars
from tests.support.hars import JSON, har, saved
from tests.support.server import Server

_TOKEN = b"qZ7xW2mK9pL4vN8tR3yB6cD1"
_ENTRIES = (
    b'{"request":{"method":"GET","url":"http://a.test/x/%b/y","headers":[]},"response":{"status":200,"headers":[]}}'
    % _TOKEN,
    b'{"request":{"method":"GET","url":"http://a.test/","headers":[{"name":"Cookie","value":"sid=%b"}]},'
    b'"response":{"status":200,"headers":[],"content":{"mimeType":"text/plain","text":"it is %b"}}}' % (_TOKEN, _TOKEN),
)


@pytest.fixture(scope="module")
def session(start: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server, and a session that has a secret in a cookie, and elsewhere before it."""
    folder = tmp_path_factory.mktemp("redaction")
    server = start(folder / "data")
    session = server.json("/api/sessions", *JSON, "-d", '{"name":"Secrets"}')["id"]
    server.import_file(saved(folder / "secret.har", har(*_ENTRIES)), "-F", f"sessionId={session}")
    yield server, session
    server.stop()


def _export(session: tuple[Server, str], *query: str) -> bytes:
    return hars.export(*session, "-G", *(part for one in query for part in ("-d", one)))


def test_har(session: tuple[Server, str]) -> None:
    """The secret is nowhere, and the log says so; without being asked for, all is there."""
    assert _TOKEN in _export(session)
    text = _export(session, "redact=secrets")
    assert _TOKEN not in text
    log = json.loads(text)["log"]
    assert "redacted by harlake" in log["comment"]
    assert len(log["entries"]) == 2
    assert "REDACTED-cookie-" in log["entries"][0]["request"]["url"]


def test_rewritten_entries(session: tuple[Server, str]) -> None:
    """Nor is it where entries are filled, or lose their bodies."""
    for more in ("fill=true", "bodies=none", "order=time"):
        text = _export(session, "redact=secrets", more)
        assert _TOKEN not in text
        assert len(json.loads(text)["log"]["entries"]) == 2


@pytest.mark.parametrize("form", ["format=ndjson", "format=csv"])
def test_texts(session: tuple[Server, str], form: str) -> None:
    """Nor in lines and rows."""
    text = _export(session, form, "redact=secrets")
    assert _TOKEN not in text
    assert b"REDACTED-cookie-" in text


def test_parquet(session: tuple[Server, str]) -> None:
    """Nor in bodies of a table."""
    table = pq.read_table(io.BytesIO(_export(session, "format=parquet", "bodies=true", "redact=secrets")))
    rows = str(table.to_pylist())
    assert _TOKEN.decode() not in rows
    assert "it is REDACTED-cookie-" in rows


def test_zip(session: tuple[Server, str]) -> None:
    """Nor in parts."""
    archive = zipfile.ZipFile(io.BytesIO(_export(session, "max_part=1MB", "redact=strict")))
    texts = [archive.read(name) for name in archive.namelist()]
    assert all(_TOKEN not in text for text in texts)
    assert b"redacted by harlake" in texts[0]


_QUERIES = (
    *("order=time", "fill=true", "bodies=none", "bodies=max:100", "bodies=max:9&fill=true", "max_part=1MB"),
    *(f"format={name}" for name in FORMS if name != "har"),
)


@pytest.mark.slow
def test_exports_of_all_fixtures_are_complete(server: Server) -> None:
    """Whatever is in a HAR, nothing of it ends its export early."""
    session = server.json("/api/sessions", *JSON, "-d", '{"name":"Fixtures"}')["id"]
    for file in FIXTURES.glob("*.har"):
        if not file.name.startswith("refused-"):
            server.import_file(file, "-F", f"sessionId={session}")
    for query in _QUERIES:
        url = f"/api/har/export/{session}?redact=strict&{query}"
        assert server.try_curl("--fail", "-o", "/dev/null", url).returncode == 0, query
    server.curl("-X", "DELETE", f"/api/sessions/{session}")


def test_dry_run(session: tuple[Server, str]) -> None:
    """In place of each form, there is a report of what would be done for it."""
    for form in FORMS:
        report = json.loads(_export(session, "redact=secrets", "dry_run=true", f"format={form}"))
        assert (report["level"], report["changed"], report["review"]) == ("secrets", report["entries"], []), form
        assert _TOKEN.decode() not in json.dumps(report)
    status, answer = session[0].status(f"/api/har/export/{session[1]}?dry_run=true")
    assert (status, answer["detail"]) == (400, "dry_run=true is for redact=LEVEL")


def test_configuration(session: tuple[Server, str]) -> None:
    """Names, values and patterns of one's own, and a key, with which exports are the same."""
    server, of = session
    config = {"values": {"redact": ["it is"]}, "patterns": ["a\\.t[e]st"], "key": "k" * 32}
    texts = [
        server.curl("/api/har/export", *JSON, "-d", json.dumps({"sessionId": of, "redact": form}))
        for form in (config, json.dumps(config))
    ]
    assert texts[0] == texts[1]
    assert _TOKEN not in texts[0]
    assert b"it is" not in texts[0]
    assert b"a.test" not in texts[0]
    status, answer = server.status(
        "/api/har/export", *JSON, "-d", json.dumps({"sessionId": of, "redact": {"patterns": ["(?=a)"]}})
    )
    assert status == 400
    assert "patterns[0] is no regular expression" in answer["detail"]


def test_selection(session: tuple[Server, str]) -> None:
    """By a body; a level that is none is refused."""
    server, session_id = session
    ask = {"sessionId": session_id, "redact": "secrets"}
    assert _TOKEN not in server.curl("/api/har/export", *JSON, "-d", json.dumps(ask))
    answer = server.json("/api/har/export", *JSON, "-d", json.dumps(ask | {"redact": "all"}))
    assert answer["error"] == "Invalid request"
    assert "secrets, personal, strict" in answer["detail"]


@pytest.mark.parametrize("form", [name for name, form in FORMS.items() if form.writer])
def test_forms_of_other_programs(session: tuple[Server, str], form: str) -> None:
    """By a body, too: the secret is in none of what is sent or packed; without being asked for, it is."""
    server, session_id = session
    texts = []
    for redact in ({}, {"redact": "secrets"}):
        ask = {"sessionId": session_id, "format": form} | redact
        data = server.curl("--fail", "/api/har/export", *JSON, "-d", json.dumps(ask))
        if data.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                data = b"\n".join(map(archive.read, archive.namelist()))
        texts.append(gzip.decompress(data) if form == "warc.gz" else data)
    # Identifiers in paths are none of a description's business.
    assert [_TOKEN in text for text in texts] == [form != "openapi", False]
    assert all(texts)
