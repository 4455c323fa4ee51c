"""Queries of a client's own: what they can read, what they cannot, and what they may take."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import ExpensiveQueryError, InsufficientStorageError, InvalidQueryError
from harlake.query.sql import SqlQuery
from harlake.store.capture_writer import begin_capture
from harlake.store.ids import entry_id
from harlake.upload.upload_reader import UploadReader
from tests.support.folders import Folder, folder_of
from tests.support.hars import numbered, wait_for

#: Runs for hours, unless it is stopped.
_ENDLESS = "select count(*) from range(100000000000)"


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A session of a capture, and a capture that is still being written."""
    with folder_of(numbered(7)) as folder:
        writer = begin_capture(folder.data_dir)
        for blocks in UploadReader().feed(numbered(3_000)):
            for block in blocks:
                writer.append(block)
        yield folder
        writer.discard()


def _rows(folder: Folder, sql: str, seconds: float | None = None) -> list[Any]:
    with SqlQuery(folder.data_dir, sql, seconds).run() as rows:
        return [json.loads(line) for line in rows]


def _assert_well(folder: Folder) -> None:
    """Check that the catalog goes on, and that no file is left beside it."""
    assert folder.data_dir.session(str(folder.session.id)).entry_count == 7
    others = {path.name for path in folder.data_dir.path.iterdir() if not path.name.startswith("catalog.duckdb")}
    assert others == {"captures", "scratch"}


def test_what_is_there(folder: Folder) -> None:
    """Views have what is complete, entries with their ids, and nothing of how it is stored."""
    (capture,) = folder.captures
    entries = _rows(folder, "select id, ordinal, session, bytes > 0 as has_bytes from entries order by ordinal")
    assert entries == [
        {"id": str(entry_id(capture.id, ordinal)), "ordinal": ordinal, "session": str(folder.session.id),
         "has_bytes": True}
        for ordinal in range(7)
    ]  # fmt: skip
    assert _rows(folder, "from captures select id, imported") == [{"id": str(capture.id), "imported": 7}]
    assert _rows(folder, "SELECT count(*) AS n FROM Sessions") == [{"n": 1}]
    columns = {row["column_name"] for row in _rows(folder, "describe entries")}
    assert {"session", "url", "bytes"} <= columns
    assert not columns & {"frame", "start", "length", "state"}
    recursive = "with recursive t(n) as (select 1 union all select n + 1 from t where n < 3) select sum(n) s from t"
    assert _rows(folder, recursive) == [{"s": 6}]


def test_values_as_json(folder: Folder) -> None:
    """Every type can be written in JSON."""
    query = """
        select 170141183460469231731687303715884105727 a, 'nan'::double b, 1.50::decimal(9, 2) c, true d, null e,
            timestamptz '2026-01-31 12:00:00+01' f, timestamp '2026-01-31 12:00:00' g, date '2026-01-31' h,
            uuid '8aefbc0b-bd4c-4d5c-8a0c-04f6086d8363' i, [1, 2] j, {'x': 'y'} k, '\\xAA'::blob l, 'é"' m, 1 m, 2 m_2
    """
    assert _rows(folder, query) == [
        {
            "a": 2**127 - 1,
            "b": None,
            "c": 1.5,
            "d": True,
            "e": None,
            "f": "2026-01-31T11:00:00Z",
            "g": "2026-01-31T12:00:00",
            "h": "2026-01-31",
            "i": "8aefbc0b-bd4c-4d5c-8a0c-04f6086d8363",
            "j": [1, 2],
            "k": {"x": "y"},
            "l": "qg==",
            "m": 'é"',
            "m_2": 1,
            "m_2_2": 2,
        }
    ]


def test_many_rows(folder: Folder) -> None:
    """An answer is as long as it is, and complete."""
    assert _rows(folder, "select range as n from range(100000)") == [{"n": n} for n in range(100_000)]
    assert _rows(folder, "select 1 where false") == []


@pytest.mark.parametrize(
    "sql",
    [
        "",
        ";",
        "sel",
        "select",
        "select 1; select 2",
        "select 1; drop table sessions",
        "delete from entries",
        "drop table entries",
        "insert into sessions values (uuid(), 'x', now())",
        "create table t as select 1",
        "create temp view sessions as select 1",
        "copy (select 1) to '/tmp/harlake-escaped'",
        "copy sessions from '/etc/passwd'",
        "export database '/tmp/harlake-escaped'",
        "attach '/tmp/harlake-escaped'",
        "use memory",
        "set memory_limit = '10GB'",
        "reset memory_limit",
        "pragma database_list",
        "install httpfs",
        "load httpfs",
        "call checkpoint()",
        "checkpoint",
        "begin",
        "explain select 1",
        "prepare p as select 1",
        "execute p",
        "show tables",
        "show databases",
        "from frames",
        "from catalog.entries",
        "from catalog.main.captures",
        "from main.entries",
        "from temp.entries",
        "from information_schema.tables",
        "from sqlite_master",
        "from pg_catalog.pg_tables",
        "from '/etc/passwd'",
        "from '/etc/passwd.csv'",
        "from 'https://example.test/a.parquet'",
        "describe '/etc/passwd.csv'",
        "summarize '/etc/passwd.csv'",
        "from read_text('/etc/passwd')",
        "from READ_BLOB('/etc/passwd')",
        "from main.read_csv('/etc/passwd')",
        "from glob('/etc/*')",
        "from duckdb_settings()",
        "from duckdb_secrets()",
        "from pragma_database_list()",
        "from query('select 1')",
        "from query_table('entries')",
        "from checkpoint()",
        "from json_execute_serialized_sql(json_serialize_sql('select 1'))",
        "from arrow_scan(1, 2, 3)",
        "from pandas_scan(1)",
        "select (select count(*) from read_text('/etc/passwd'))",
        "select 1 where exists (from read_text('/etc/passwd'))",
        "select 1 order by (select count(*) from read_text('/etc/passwd'))",
        "select * from entries, lateral (from read_text(url))",
        "select * from (values ((select count(*) from glob('*'))))",
        "with a as (from read_text('/etc/passwd')) from a",
        'with "/etc/passwd" as (select 1) from "/etc/passwd"',
        'select * from (with "/etc/passwd.csv" as (select 1) select 1), "/etc/passwd.csv"',
        "select * from (with frames as (select 1) from frames), frames",
        "select * from (with cursor as (select 1) from cursor), cursor",
        "select current_setting('temp_directory')",
        "select getenv('HOME')",
        "select sleep_ms(100000)",
        "select main.sleep_ms(100000)",
        "select (100000).sleep_ms()",
        "select list_transform([1], lambda x: sleep_ms(x))",
        "select write_log('x')",
        "select ?",
        "select $a",
        "select nothing from entries",
        "select 'x'::integer",
        "select error('x')",
    ],
)
def test_what_is_refused(folder: Folder, sql: str) -> None:
    """One SELECT over the views, and nothing that reaches further; the reason is one line."""
    with pytest.raises(InvalidQueryError) as raised:
        _rows(folder, sql)
    assert str(raised.value)
    assert "\n" not in str(raised.value)
    assert not Path("/tmp/harlake-escaped").exists()


@given(
    sql=st.text(max_size=80) | st.from_regex(r"(select|from|with|\*|,|\(|\)|entries|'a'|x as|1| |;)+", fullmatch=True)
)
def test_anything(folder: Folder, sql: str) -> None:
    """Whatever is asked is answered with rows or a reason."""
    try:
        rows = _rows(folder, sql, 5)
    except (InvalidQueryError, ExpensiveQueryError) as error:
        assert str(error)  # noqa: PT017 - it may be raised, or not
    else:
        assert all(isinstance(row, dict) for row in rows)


def test_time_is_limited(folder: Folder) -> None:
    """A query that takes longer than it may is stopped."""
    with pytest.raises(ExpensiveQueryError, match=r"it was stopped after 0\.05 seconds"):
        _rows(folder, _ENDLESS, 0.05)
    _assert_well(folder)


def test_memory_is_limited(folder: Folder) -> None:
    """A query that takes more than it may ends with that."""
    with pytest.raises(ExpensiveQueryError, match="Out of Memory"):
        _rows(folder, "select string_agg(repeat('x', 1000), '') from range(10000000)")
    _assert_well(folder)


def test_a_query_can_be_cancelled(folder: Folder) -> None:
    """Before it begins it never does; while it runs it ends."""
    query = SqlQuery(folder.data_dir, "select 1", None)
    query.cancel()
    with pytest.raises(ExpensiveQueryError, match="cancelled before it began"):
        query.run()
    query = SqlQuery(folder.data_dir, _ENDLESS, None)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(query.run)
        wait_for(lambda: any(thread.name == "query watch" for thread in threading.enumerate()))
        while not running.done():  # what comes between two statements interrupts neither
            query.cancel()
            wait([running], 0.05)
        with pytest.raises(ExpensiveQueryError, match="it was stopped"):
            running.result()
    query.cancel()
    _assert_well(folder)


def test_rows_are_not_written_to_a_full_disk(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the disk keeps free is not for rows either."""

    def fail() -> None:
        raise InsufficientStorageError("full")

    monkeypatch.setattr(folder.data_dir.captures, "check_free", fail)
    with pytest.raises(InsufficientStorageError):
        _rows(folder, "select 1")
    _assert_well(folder)


def test_errors_have_no_paths() -> None:
    """Where DuckDB cannot write what does not fit into memory, a client is not told where that would be."""
    with folder_of(numbered(7)) as folder:
        (folder.data_dir.path / "catalog.duckdb.tmp").write_bytes(b"no folder")
        sql = "SELECT repeat(url, 30) || range AS x FROM entries, range(100000) ORDER BY x DESC"
        with pytest.raises((InvalidQueryError, ExpensiveQueryError)) as caught:
            _rows(folder, sql)
    assert "the catalog" in str(caught.value)
    assert str(folder.data_dir.path) not in str(caught.value)
