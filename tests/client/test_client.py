"""The Python client, on a service and on a folder."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import harlake
from tests.conftest import FIXTURES
from tests.support.server import start_server

#: Litestar's, of what it is going to change; outside of tests, Python does not show them.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"
_ENTRIES = json.loads(_SAMPLE.read_bytes())["log"]["entries"]


@pytest.fixture(params=["service", "folder"])
def client(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[harlake.Client]:
    """A client of a service, and one of a data folder."""
    where = request.getfixturevalue("server").url if request.param == "service" else tmp_path / "data"
    with harlake.Client(where) as client:
        yield client


def test_a_file_in_and_out(client: harlake.Client, tmp_path: Path) -> None:
    """What was imported is listed, read and exported; and removed again."""
    imported = client.import_file(_SAMPLE, name="In and out")
    assert (imported.imported, imported.errors, imported.session_name) == (30, [], "In and out")
    session = imported.session_id
    assert session in {one.id for one in client.sessions()}
    assert client.session(session).entry_count == 30
    rows = list(client.entries(session))
    assert [row["url"] for row in rows] == [entry["request"]["url"] for entry in _ENTRIES]
    assert client.entry(rows[3]["id"]) == _ENTRIES[3]
    assert json.loads(b"".join(client.export(session)))["log"]["entries"] == _ENTRIES
    path = client.export_file(session, tmp_path / "out.parquet", format="parquet")
    assert pq.read_table(path).num_rows == 30
    assert client.rename_session(session, "Renamed").name == client.session("Renamed").name == "Renamed"
    client.remove_session(session)
    assert session not in {one.id for one in client.sessions()}


def test_filters_and_orders(client: harlake.Client) -> None:
    """They are those of the API: one value, several, numbers and truth values."""
    session = client.import_file(_SAMPLE).session_id
    posts = [row["method"] for row in client.entries(session, method="POST")]
    assert posts
    assert set(posts) == {"POST"}
    found = list(client.entries(session, sort="-time", status=[200, 404], has_body=True))
    assert {row["status"] for row in found} <= {200, 404}
    assert [row["time"] for row in found] == sorted((row["time"] for row in found), reverse=True)
    assert len(b"".join(client.export(session, method="POST", format="ndjson")).splitlines()) == len(posts)
    client.remove_session(session)


@pytest.mark.slow
def test_statistics_comparison_search_and_bodies(client: harlake.Client) -> None:
    """They are what the API answers."""
    first, second = client.import_file(_SAMPLE), client.import_file(_SAMPLE, name="Second")
    assert client.stats(first.session_id)["total"] == 30
    assert client.diff(first.session_id, "Second")
    hit = next(client.search(first.session_id, "abc123"))
    assert hit["entry"] in {row["id"] for row in client.entries(first.session_id)}
    page = next(client.entries(first.session_id, type="document"))
    assert b"<html" in client.body(page["id"]).lower()
    for one in (first, second):
        client.remove_session(one.session_id)


@pytest.mark.slow
def test_sql(client: harlake.Client) -> None:
    """Rows as dictionaries, or as a table of Arrow's; of all sessions or of one."""
    session = client.import_file(_SAMPLE).session_id
    assert list(client.sql("select count(*) as n from entries", session=session)) == [{"n": 30}]
    table = client.sql_table("select name, value from headers where message = 'request'", session=session)
    assert table.num_rows == sum(len(entry["request"]["headers"]) for entry in _ENTRIES)
    nested = [len(list(client.sql("select 1"))) for _ in client.sql("from range(3)")]
    assert nested == [1, 1, 1]
    client.remove_session(session)


def test_into_a_session(client: harlake.Client) -> None:
    """Several files may go into one."""
    session = client.create_session("Several")
    for _ in range(2):
        assert client.import_file(_SAMPLE, session="Several").session_id == session.id
    assert client.session(session.id).capture_count == 2
    client.remove_session("Several")


def test_errors(client: harlake.Client, tmp_path: Path) -> None:
    """There is one kind; what the service said is in it."""
    with pytest.raises(harlake.ClientError, match="takes one statement") as raised:
        list(client.sql("drop table entries"))
    assert raised.value.answer["error"] == "Invalid query"
    with pytest.raises(harlake.ClientError, match="no session"):
        client.session("nowhere")
    with pytest.raises(harlake.ClientError, match="No such file"):
        client.import_file(tmp_path / "none.har")
    (tmp_path / "bad.har").write_bytes(b"[1]")
    with pytest.raises(harlake.ClientError) as raised:
        client.import_file(tmp_path / "bad.har")
    assert raised.value.answer["line"] == 1
    with pytest.raises(harlake.ClientError):
        list(client.entries(client.create_session("Errors").id, colour="red"))
    client.remove_session("Errors")


def test_a_damaged_file_is_taken_where_that_is_asked_for(client: harlake.Client, tmp_path: Path) -> None:
    """Its whole entries, and where there are gaps."""
    whole = _SAMPLE.read_bytes()
    damaged = tmp_path / "cut.har"
    damaged.write_bytes(whole[: whole.rindex(b'"request"')])
    with pytest.raises(harlake.ClientError):
        client.import_file(damaged)
    imported = client.import_file(damaged, salvage=True)
    assert (imported.salvaged, imported.truncated, imported.gap_count) == (True, True, len(imported.gaps))
    assert imported.imported == len(_ENTRIES) - 1
    client.remove_session(imported.session_id)


@pytest.mark.slow
def test_a_folder_that_a_service_has(tmp_path: Path) -> None:
    """It is used at the service's address; afterwards the folder is opened as it is."""
    server = start_server(tmp_path / "data")
    with harlake.Client(tmp_path / "data") as client:
        client.import_file(_SAMPLE, name="Shared")
        assert [one["name"] for one in server.json("/api/sessions")["sessions"]] == ["Shared"]
    assert server.stop() == 0
    with harlake.Client(str(tmp_path / "data")) as client:
        assert [one.name for one in client.sessions()] == ["Shared"]


@pytest.mark.parametrize("where", ["http://127.0.0.1:1", "http:nowhere", "unix:relative"])
def test_where_nobody_is(where: str) -> None:
    """It is said, at the latest when something is asked."""
    with pytest.raises(harlake.ClientError), harlake.Client(where) as client:
        list(client.sessions())


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    """To import harlake takes no time; what it does not have, it says."""
    code = "import sys, harlake; print(sorted(n for n in sys.modules if n in ('duckdb', 'click', 'harlake.client')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert set(harlake.__all__) <= set(dir(harlake))
    with pytest.raises(AttributeError):
        _ = harlake.Nothing


@pytest.mark.slow
def test_types(tmp_path: Path) -> None:
    """A program that uses it is checked by mypy in strict mode."""
    program = tmp_path / "program.py"
    program.write_text(
        "import harlake\n\n"
        "with harlake.Client('data') as client:\n"
        "    session: harlake.Session = next(client.sessions())\n"
        "    urls: list[str] = [str(row['url']) for row in client.entries(session.id, status='5xx')]\n"
        "    client.import_file('a.har').imported + 1\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file=", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
