"""Queries of a client's own: what they can read, what they cannot, and what they may take."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harlake.store.index_columns import SCHEMA_VERSION
from tests.conftest import FIXTURES
from tests.support.hars import JSON, all_entries, generated, numbered, saved, upload_slowly, wait_for
from tests.support.processes import descendants, is_running
from tests.support.server import Server, start_server

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"
#: Runs for hours, unless it is stopped.
_ENDLESS = "select count(*) from range(100000000000)"


def _ask(server: Server, sql: str) -> tuple[int, list[Any]]:
    body, _, status = server.curl("-w", "\n%{http_code}", "/api/sql", *JSON, "-d", json.dumps({"sql": sql})).rpartition(
        b"\n"
    )
    return int(status), [json.loads(line) for line in body.splitlines()]


def _rows(server: Server, sql: str) -> list[Any]:
    status, rows = _ask(server, sql)
    assert status == 200, rows
    return rows


def _refusal(server: Server, sql: str) -> tuple[str, str]:
    status, (answer,) = _ask(server, sql)
    assert status == 400
    return answer["error"], answer["detail"]


@contextmanager
def _asked(server: Server, sql: str, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Ask from another process, which leaves at the end."""
    body = json.dumps({"sql": sql})
    command = ["curl", "-sS", "-o", "/dev/null", *options, f"{server.url}/api/sql", *JSON, "-d", body]
    client = subprocess.Popen(command)
    try:
        yield client
    finally:
        client.kill()
        client.wait()


def _queries(server: Server) -> list[int]:
    """Return the processes of queries that run: what has been forked by the one that the service has for them."""
    started = descendants(server.process.pid)
    return [one for one in started[1:] if is_running(one)]


@pytest.fixture
def session(server: Server) -> str:
    """A session with the sample, which others see as well."""
    return str(server.import_file(_SAMPLE)["sessionId"])


@pytest.mark.slow
def test_what_is_there(server: Server, session: str) -> None:
    """Entries have the ids that the API gives them, and their session; tables can be joined and described."""
    listed = all_entries(server, session, 1000)
    rows = _rows(server, f"select id, ordinal, url, bytes from entries where session = '{session}' order by ordinal")
    assert rows == [{name: one[name] for name in ("id", "ordinal", "url", "bytes")} for one in listed]
    joined = f"""
        select s.name, c.imported, count(*) as n, min(p.number) as page
        from sessions s join captures c on c.session = s.id join entries e on e.capture = c.id
        join pages p on p.capture = c.id and p.id = e.page_ref where s.id = '{session}' group by all
    """
    assert _rows(server, joined) == [{"name": "Imported: playwright-1.65_embed", "imported": 30, "n": 30, "page": 0}]
    for table in ("sessions", "captures", "pages", "entries"):
        described = [row["column_name"] for row in _rows(server, f"describe {table}")]
        assert len(described) == len(set(described)) > 2
        assert "state" not in described


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "sel",
        "select 1; select 2",
        "copy (select 1) to '/tmp/harlake-escaped'",
        "from frames",
        "from read_text('/etc/passwd')",
        "select nothing from entries",
    ],
)
def test_what_is_refused(server: Server, sql: str) -> None:
    """One SELECT over the views, and nothing that reaches further; the reason is one line."""
    error, detail = _refusal(server, sql)
    assert error == "Invalid query"
    assert detail
    assert "\n" not in detail
    assert not Path("/tmp/harlake-escaped").exists()


@pytest.mark.parametrize(
    "sql",
    [
        f"select 1{' + 1' * 4_000}",
        f"select {'not ' * 4_000}true",
        f"select {'[' * 8_000}1{']' * 8_000}",
        f"select {'(' * 8_000}1{')' * 8_000}",
        f"{'(select ' * 1_800}1{')' * 1_800}",
        f"select 1{' union all select 1' * 850}",
        f"select 1 where 1 in ({'1, ' * 5_000}1)",
        f"select * from entries{', entries' * 1_600} limit 0",
    ],
    ids=["sum", "not", "lists", "parentheses", "subqueries", "union", "list", "join"],
)
def test_large_queries(server: Server, sql: str, tmp_path: Path) -> None:
    """However deep or long a query is, it is answered."""
    body = saved(tmp_path / "query.json", json.dumps({"sql": sql}).encode())
    *lines, status = server.curl("-w", "\n%{http_code}", "/api/sql", *JSON, "-d", f"@{body}").splitlines()
    assert status == b"200" or json.loads(lines[0])["error"] in ("Invalid query", "Query too expensive")
    assert _rows(server, "select 1 as one") == [{"one": 1}]
    assert server.status("/api/sql", *JSON, "-d", json.dumps({"sql": sql.ljust(20_000)}))[0] == 413


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param(_ENDLESS, marks=pytest.mark.slow),
        pytest.param("from range(100000000000)", marks=pytest.mark.slow),
        pytest.param("with recursive t(n) as (select 1 union all select n + 1 from t) from t", marks=pytest.mark.slow),
        pytest.param("select list(range) from range(1000000000)", marks=pytest.mark.slow),
        "select string_agg(repeat('x', 1000), '') from range(10000000)",
    ],
)
def test_too_expensive(server: Server, session: str, sql: str) -> None:
    """A query that takes too much time or memory is stopped, and all that comes later is answered as ever."""
    error, detail = _refusal(server, sql)
    assert error == "Query too expensive"
    assert "stopped after 5 seconds" in detail or "Out of Memory" in detail or "MiB of memory" in detail
    assert len(all_entries(server, session, 1000)) == 30
    others = {path.name for path in server.data_dir.iterdir() if not path.name.startswith("catalog.duckdb")}
    kept = {f"cache-{SCHEMA_VERSION}"} if server.is_shared else {"captures", "index"}
    assert others - {"answers", "uploads"} == kept | {"lock", "reserve", "scratch", "serving.json"}
    assert {path.name for path in (server.data_dir / "scratch").iterdir()} <= {"kept", "orders"}
    assert _queries(server) == []


@pytest.mark.slow
def test_a_query_ends_with_its_client(server: Server) -> None:
    """A client that leaves takes its query along: the catalog is free again long before the time is over."""
    asked = ["-m", "0.2", "/api/sql", *JSON, "-d", json.dumps({"sql": _ENDLESS})]
    for _ in range(12):
        assert server.try_curl(*asked).returncode == 28
    # One after the other, they would take a minute, and then the answer would not come within half of one.
    body = json.dumps({"sql": "select 1 as one"})
    assert json.loads(server.curl("-m", "30", "/api/sql", *JSON, "-d", body)) == {"one": 1}


def test_a_slow_client_keeps_nobody_waiting(server: Server, session: str) -> None:
    """Rows wait in a file for whoever does not fetch them."""
    with _asked(server, "select repeat('x', 10000) from range(3000)", "--limit-rate", "100k") as slow:
        for _ in range(20):
            assert len(all_entries(server, session, 1000)) == 30
        assert slow.poll() is None


def test_requests_beside_a_query(server: Server, session: str) -> None:
    """They are answered while it runs, and it ends when its client leaves."""
    with _asked(server, _ENDLESS) as client:
        wait_for(lambda: _queries(server))
        for _ in range(5):
            assert len(all_entries(server, session, 1000)) == 30
        assert client.poll() is None
    wait_for(lambda: not _queries(server))


def test_a_query_is_killed(server: Server, session: str) -> None:
    """Its client is told so, and all that comes later is answered as ever."""
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(_refusal, server, _ENDLESS)
        wait_for(lambda: _queries(server))
        for query in _queries(server):
            os.kill(query, signal.SIGKILL)
        assert asked.result() == ("Query too expensive", "its process was ended by SIGKILL")
    assert _rows(server, f"select count(*) as n from entries where session = '{session}'") == [{"n": 30}]


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_no_process_is_left(tmp_path: Path, number: signal.Signals) -> None:
    """A service that ends takes its query along, however it ends."""
    running = start_server(tmp_path / "data")
    with _asked(running, _ENDLESS):
        wait_for(lambda: _queries(running))
        started = descendants(running.process.pid)
        running.process.send_signal(number)
        running.process.wait()
        wait_for(lambda: not any(map(is_running, started)))


@pytest.mark.slow
def test_only_what_is_complete(own_server: Server, tmp_path: Path) -> None:
    """An import that is under way is not seen."""
    own_server.import_file(saved(tmp_path / "a.har", numbered(7)))
    upload = upload_slowly(own_server, generated(tmp_path / "b.har", "mixed", 60_000_000), "4M")
    rows: list[Any] = []
    wait_for(lambda: rows.append(_rows(own_server, "select count(*) n from entries")) or len(rows) == 5)  # type: ignore[func-returns-value]
    counts = _rows(own_server, "select (select count(*) from captures) c, (select count(*) from entries) e")
    assert upload.poll() is None
    upload.kill()
    upload.wait()
    assert counts == [{"c": 1, "e": 7}]
    assert all(row == [{"n": 7}] for row in rows)


@pytest.mark.slow
def test_sql_can_be_turned_off(tmp_path: Path) -> None:
    """A service without it says so; the command line still asks a folder by itself."""
    running = start_server(tmp_path / "data", "--no-sql")
    try:
        status, (answer,) = _ask(running, "select 1 as one")
    finally:
        assert running.stop() == 0
    assert (status, answer["error"]) == (403, "SQL is turned off")
    command = [
        sys.executable,
        "-m",
        "harlake",
        "sql",
        "--json",
        "--data-dir",
        str(tmp_path / "data"),
        "select 1 as one",
    ]
    asked = subprocess.run(command, capture_output=True, check=True, env=os.environ | {"HARLAKE_SQL": "false"})
    assert json.loads(asked.stdout) == {"one": 1}


@pytest.mark.parametrize(
    "sql",
    [
        "select levenshtein(repeat('a', 50000), repeat('b', 50000))",
        "select length(lpad('x', 400000000, 'y'))",
        "select json_serialize_plan('from read_csv(''/etc/passwd'')') as p",
        "select (with pg_settings as (select 1) select 1), name from pg_settings",
        f"select {'case ' * 20}1{' when 1 then 2 when 2 then 3 end' * 20}",
        "select '127.0.0.1'::inet",
    ],
)
def test_attacks(server: Server, sql: str) -> None:
    """What has once worked is refused before it runs, with a reason."""
    error, detail = _refusal(server, sql)
    assert error == "Invalid query"
    assert detail


def _file(server: Server, sql: str, **more: str) -> tuple[bytes, str]:
    """Return what a query answers, and its media type."""
    body = json.dumps({"sql": sql, **more})
    answer, _, media_type = server.curl("-w", "\n%{content_type}", "/api/sql", *JSON, "-d", body).rpartition(b"\n")
    return answer, media_type.decode()


def test_headers_cookies_and_query_parameters(server: Server, session: str) -> None:
    """They are what the entries have, and joined with these."""
    entries = json.loads(_SAMPLE.read_bytes())["log"]["entries"]
    for table, messages, member in (
        ("headers", ("request", "response"), "headers"),
        ("cookies", ("request", "response"), "cookies"),
        ("query_parameters", ("request",), "queryString"),
    ):
        expected = [
            (ordinal, number, one["name"], one["value"])
            for ordinal, entry in enumerate(entries)
            for message in messages
            for number, one in enumerate(entry[message][member])
        ]
        rows = _rows(server, f"select ordinal, number, name, value from {table} where session = '{session}'")
        assert [tuple(row.values()) for row in rows] == expected
    joined = f"""
        select e.ordinal, h.value from entries e join headers h on h.entry = e.id
        where e.session = '{session}' and h.message = 'response' and lower(h.name) = 'location' order by all
    """
    assert len(_rows(server, joined)) == sum(bool(entry["response"]["redirectURL"]) for entry in entries)


def test_one_session(server: Server, session: str) -> None:
    """With a session, all tables are of that; of one that is not there, it is said."""
    server.import_file(_SAMPLE)
    for table, column in (("sessions", "id"), ("captures", "session"), ("entries", "session"), ("headers", "session")):
        body = json.dumps({"sql": f"select distinct {column} as s from {table}", "session": session})
        assert json.loads(server.curl("/api/sql", *JSON, "-d", body)) == {"s": session}
    body = json.dumps({"sql": "from entries", "session": "00000000-0000-4000-8000-000000000000"})
    status, answer = server.status("/api/sql", *JSON, "-d", body)
    assert (status, answer["error"]) == (404, "Session not found")


def test_forms_of_rows(server: Server, session: str) -> None:
    """The same rows as lines, JSON, CSV, Arrow and Parquet; other forms are refused."""
    sql = f"select method, count(*) as n from entries where session = '{session}' group by 1 order by 1"
    expected = _rows(server, sql)
    files = {form: _file(server, sql, format=form) for form in ("ndjson", "json", "csv", "arrow", "parquet")}
    assert json.loads(files["json"][0]) == expected
    assert files["csv"][0].decode().splitlines() == ["method,n", *(f"{row['method']},{row['n']}" for row in expected)]
    assert pa.ipc.open_stream(files["arrow"][0]).read_all().to_pylist() == expected
    assert pq.read_table(io.BytesIO(files["parquet"][0])).to_pylist() == expected
    assert {form: media_type.partition(";")[0] for form, (_, media_type) in files.items()} == {
        "ndjson": "application/x-ndjson",
        "json": "application/json",
        "csv": "text/csv",
        "arrow": "application/vnd.apache.arrow.stream",
        "parquet": "application/vnd.apache.parquet",
    }
    assert server.status("/api/sql", *JSON, "-d", json.dumps({"sql": sql, "format": "xlsx"}))[0] == 400


def test_pivot_and_explain(server: Server, session: str) -> None:
    """Columns are the values that are there; a plan is drawn, and tells no path outside of the data folder."""
    (row,) = _rows(server, f"pivot (from entries where session = '{session}') on method using count(*) group by host")
    found = _rows(server, f"select method, count(*) n from entries where session = '{session}' group by 1")
    assert {name: count for name, count in row.items() if name != "host"} == {one["method"]: one["n"] for one in found}
    for query in ("explain from entries", "explain analyze select count(*) from headers"):
        (plan,) = _rows(server, query)
        assert "READ_PARQUET" in plan["explain_value"]
        assert str(server.data_dir) not in plan["explain_value"]


@pytest.mark.slow
def test_a_session_that_is_removed_while_its_entries_are_read(own_server: Server, tmp_path: Path) -> None:
    """The query answers with what is left."""
    own_server.import_file(saved(tmp_path / "kept.har", numbered(3)))
    gone = own_server.import_file(saved(tmp_path / "gone.har", numbered(20_000)))["sessionId"]
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(_ask, own_server, "select count(distinct capture) as n from headers")
        own_server.curl("-X", "DELETE", f"/api/sessions/{gone}")
        status, rows = asked.result()
    assert status == 200, rows
    assert rows in ([{"n": 0}], [{"n": 1}], [{"n": 2}])
