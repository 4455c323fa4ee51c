"""Queries of a client's own: what they can read, what they cannot, and what they may take."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import ExpensiveQueryError, HarlakeError, InsufficientStorageError, InvalidQueryError
from harlake.pipeline.interruption import Interrupted, interruptible
from harlake.query.sql import SqlQuery
from harlake.query.sql_process import SqlProcess
from harlake.store.capture_writer import begin_capture
from harlake.store.catalog import Capture
from harlake.store.ids import entry_id
from harlake.store.index_files import IndexFiles
from harlake.upload.upload_reader import UploadReader
from tests.support.folders import Folder, folder_of, import_har
from tests.support.hars import numbered


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


class _Asker:
    """Asks a folder, in one process for all queries of these tests."""

    def __init__(self, process: SqlProcess) -> None:
        self._process = process

    def rows(self, folder: Folder, sql: str, seconds: float | None = None) -> list[Any]:
        """Return the rows of a query, and check that no file of it is left."""
        before = _names(folder)
        try:
            with SqlQuery(folder.data_dir, self._process, sql, seconds).run() as rows:
                return [json.loads(line) for line in rows]
        finally:
            assert _names(folder) <= before


def _names(folder: Folder) -> set[str]:
    """Return the names of the files of a folder, but for those that DuckDB makes for the catalog."""
    path = folder.data_dir.path
    return {str(one.relative_to(path)) for one in path.rglob("*") if not one.name.startswith("catalog.duckdb")}


@pytest.fixture(scope="module")
def asker() -> Iterator[_Asker]:
    """What asks for these tests."""
    process = SqlProcess()
    yield _Asker(process)
    process.close()


def test_what_is_there(asker: _Asker, folder: Folder) -> None:
    """Views have what is complete, entries with their ids, and nothing of how it is stored."""
    (capture,) = folder.captures
    entries = asker.rows(folder, "select id, ordinal, session, bytes > 0 as has_bytes from entries order by ordinal")
    assert entries == [
        {"id": str(entry_id(capture.id, ordinal)), "ordinal": ordinal, "session": str(folder.session.id),
         "has_bytes": True}
        for ordinal in range(7)
    ]  # fmt: skip
    assert asker.rows(folder, "from captures select id, imported") == [{"id": str(capture.id), "imported": 7}]
    assert asker.rows(folder, "SELECT count(*) AS n FROM Sessions") == [{"n": 1}]
    columns = {row["column_name"] for row in asker.rows(folder, "describe entries")}
    assert {"session", "url", "bytes"} <= columns
    assert not columns & {"frame", "start", "length", "state"}
    recursive = "with recursive t(n) as (select 1 union all select n + 1 from t where n < 3) select sum(n) s from t"
    assert asker.rows(folder, recursive) == [{"s": 6}]


def test_values_as_json(asker: _Asker, folder: Folder) -> None:
    """Every type can be written in JSON."""
    query = """
        select 170141183460469231731687303715884105727 a, 'nan'::double b, 1.50::decimal(9, 2) c, true d, null e,
            timestamptz '2026-01-31 12:00:00+01' f, timestamp '2026-01-31 12:00:00' g, date '2026-01-31' h,
            uuid '8aefbc0b-bd4c-4d5c-8a0c-04f6086d8363' i, [1, 2] j, {'x': 'y'} k, '\\xAA'::blob l, 'é"' m, 1 m, 2 m_2
    """
    assert asker.rows(folder, query) == [
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


def test_many_rows(asker: _Asker, folder: Folder) -> None:
    """An answer is as long as it is, and complete."""
    assert asker.rows(folder, "select range as n from range(100000)") == [{"n": n} for n in range(100_000)]
    assert asker.rows(folder, "select 1 where false") == []


@pytest.mark.parametrize("sql", ["", "delete from entries", "select nothing from entries", "select 'x'::integer"])
def test_what_is_refused(asker: _Asker, folder: Folder, sql: str) -> None:
    """The reason is one line, whether it is found before the query runs or not."""
    with pytest.raises(InvalidQueryError) as raised:
        asker.rows(folder, sql)
    assert str(raised.value)
    assert "\n" not in str(raised.value)


@given(
    sql=st.text(max_size=80) | st.from_regex(r"(select|from|with|\*|,|\(|\)|entries|'a'|x as|1| |;)+", fullmatch=True)
)
def test_anything(asker: _Asker, folder: Folder, sql: str) -> None:
    """Whatever is asked is answered with rows or a reason."""
    try:
        rows = asker.rows(folder, sql, 5)
    except (InvalidQueryError, ExpensiveQueryError) as error:
        assert str(error)  # noqa: PT017 - it may be raised, or not
    else:
        assert all(isinstance(row, dict) for row in rows)


def test_time_and_memory_are_limited(asker: _Asker, folder: Folder) -> None:
    """A query that takes more than it may ends with that, and the next one is answered."""
    with pytest.raises(ExpensiveQueryError, match=r"it was stopped after 0\.05 seconds"):
        asker.rows(folder, "select count(*) from range(100000000000)", 0.05)
    with pytest.raises(ExpensiveQueryError, match="Out of Memory"):
        asker.rows(folder, "select string_agg(repeat('x', 1000), '') from range(10000000)")
    assert asker.rows(folder, "select count(*) as n from entries") == [{"n": 7}]


def test_a_query_ends_with_its_client(asker: _Asker, folder: Folder) -> None:
    """Whatever it does just then."""
    with interruptible() as interruption, ThreadPoolExecutor(1) as pool:
        running = pool.submit(
            copy_context().run, asker.rows, folder, "select count(*) from entries, range(100000000000)"
        )
        while not running.done():
            interruption.happen()
            wait([running], 0.01)
        with pytest.raises(Interrupted):
            running.result()


def test_what_the_disk_keeps_free_is_not_for_rows(asker: _Asker, tmp_path: Path) -> None:
    """Nor for what a query needs meanwhile."""
    with folder_of(numbered(7), path=tmp_path) as folder:
        folder.data_dir.captures.keep_free = 1 << 60
        with pytest.raises(InsufficientStorageError, match="are kept free"):
            asker.rows(folder, "select 1")


@pytest.mark.parametrize("name", ["plain", "it's [1]* é", "%s {0}; --"])
def test_small_and_large_captures(asker: _Asker, tmp_path: Path, name: str) -> None:
    """Rows are the same whether they are in files or in the catalog, in a folder of any name."""
    with folder_of(numbered(7), numbered(600), path=tmp_path / name) as folder:
        import_har(folder.data_dir, numbered(5))
        assert sorted(capture.keeps_entries for capture in folder.captures) == [False, True]
        sql = """
            select s.id as session, count(*) as n, count(distinct e.id) as ids from sessions s
            join captures c on c.session = s.id join entries e on e.capture = c.id and e.session = s.id
            where e.url like 'http://example.test/%' group by all order by n
        """
        (small, large) = asker.rows(folder, sql)
        assert (small["n"], small["ids"], large["n"], large["ids"]) == (5, 5, 607, 607)
        assert large["session"] == str(folder.session.id)


def test_a_capture_is_removed_meanwhile(asker: _Asker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query whose files have gone is run again without them."""
    with folder_of(numbered(3_000), numbered(700)) as folder:
        data_dir, files = folder.data_dir, folder.data_dir.index_files
        asked: list[int] = []

        @contextmanager
        def opened(captures: Sequence[Capture], tables: Sequence[str]) -> Iterator[dict[str, list[Path]]]:
            with IndexFiles.opened(files, captures, tables) as found:
                asked.append(len(found["entries"]))
                if len(asked) == 1:
                    data_dir.discard(captures[-1].id)
                yield found

        monkeypatch.setattr(files, "opened", opened)
        rows = asker.rows(folder, "select ordinal from entries")
        assert [row["ordinal"] for row in rows] == list(range(3_000))
        assert asked == [2, 1]


def test_files_that_are_missing(asker: _Asker, caplog: pytest.LogCaptureFixture) -> None:
    """It is the service's fault: the log says so, and nobody is told of paths."""
    with folder_of(numbered(600)) as folder:
        (path,) = (folder.data_dir.path / "index").glob("*.parquet")
        path.unlink()
        with pytest.raises(HarlakeError) as raised:
            asker.rows(folder, "select count(*) as n from entries")
        assert raised.value.status == 500
        assert path.name not in str(raised.value)
        assert "cannot be read" in caplog.text
        assert asker.rows(folder, "select 1 as one") == [{"one": 1}]
