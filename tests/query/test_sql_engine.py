"""A DuckDB that answers one query over the tables that it was handed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harlake.errors import ExpensiveQueryError, InsufficientStorageError
from harlake.query.sql_engine import FreeSpace, SqlEngine, UnreadableTablesError
from harlake.query.sql_views import SOURCES, VIEWS, sources_of
from harlake.store.ids import new_id
from harlake.store.index_writer import kept_rows

#: More than any disk has.
_EVERYTHING = 1 << 62


@pytest.fixture
def space(tmp_path: Path) -> Iterator[FreeSpace]:
    """The disk of the test's folder."""
    with (tmp_path / "rows").open("wb") as file:
        yield FreeSpace(file.fileno(), 0)


@pytest.fixture
def engine(tmp_path: Path, space: FreeSpace) -> SqlEngine:
    """An engine that has no tables yet."""
    (tmp_path / "scratch").mkdir()
    return SqlEngine(tmp_path / "scratch", space)


def _rows(source: str, *rows: dict[str, Any]) -> pa.Table:
    """Return rows of a source, in which what is not given is NULL."""
    schema = SOURCES[source]
    columns = {name: [row.get(name) for row in rows] for name in schema.names}
    return pa.table({name: pa.array(columns[name], schema.field(name).type) for name in schema.names}, schema)


def _answer(engine: SqlEngine, sql: str) -> list[Any]:
    views = engine.check(sql)
    return [json.loads(line) for piece in engine.run(sql, views) for line in piece.splitlines()]


def test_rows_from_files_and_from_the_catalog(engine: SqlEngine, tmp_path: Path) -> None:
    """They are one table, and joined by ids with others."""
    session, stored, kept = (new_id().bytes for _ in range(3))
    captures = _rows("catalog_captures", {"id": stored, "session": session}, {"id": kept, "session": session})
    engine.add_table("catalog_captures", [kept_rows(captures)])
    file = tmp_path / "it's.parquet"
    pq.write_table(_rows("index_pages", {"capture": stored, "number": 1}), file)
    rows = [kept_rows(_rows("index_pages", {"capture": kept, "number": number})) for number in (2, 3)]
    engine.add_table("index_pages", [rows[0], str(file), rows[1]])
    sql = "select p.number, c.session = p.session as same from pages p join captures c on c.id = p.capture order by 1"
    assert engine.check(sql) == {"captures", "pages"}
    assert _answer(engine, sql) == [{"number": number, "same": True} for number in (1, 2, 3)]


def test_tables_without_rows(engine: SqlEngine) -> None:
    """They have their columns."""
    for source in sources_of(VIEWS):
        engine.add_table(source, [])
    sql = "select (select count(*) from entries) + (select count(*) from pages) + (select count(*) from sessions) as n"
    assert _answer(engine, sql) == [{"n": 0}]


def test_nothing_else_can_be_read(engine: SqlEngine, tmp_path: Path) -> None:
    """Were a query not checked, DuckDB would refuse: files, extensions, settings."""
    (tmp_path / "secret.csv").write_text("secret")
    engine.add_table("catalog_sessions", [])
    assert _answer(engine, "select count(*) as n from sessions") == [{"n": 0}]
    for sql in (
        f"from read_csv('{tmp_path}/secret.csv')",
        f"from '{tmp_path}/secret.csv'",
        f"from glob('{tmp_path}/*')",
        f"copy (select 1) to '{tmp_path}/written'",
        f"attach '{tmp_path}/written'",
        "install httpfs",
        "load httpfs",
        "set memory_limit = '10GB'",
        "reset allowed_paths",
        "set enable_external_access = true",
    ):
        with pytest.raises(duckdb.Error, match=r"disabled|locked|not exist|not found"):
            engine._database.execute(sql)
    assert not (tmp_path / "written").exists()


def test_memory_is_limited(engine: SqlEngine) -> None:
    """What DuckDB counts, it limits itself; the rest is up to the process."""
    with pytest.raises(ExpensiveQueryError, match="Out of Memory"):
        _answer(engine, "select string_agg(repeat('x', 1000), '') from range(10000000)")


@pytest.mark.slow
def test_what_does_not_fit_in_memory_goes_to_its_folder(engine: SqlEngine, tmp_path: Path) -> None:
    """And nowhere else."""
    sql = (
        "select count(*) as n from (select repeat(range::varchar, 40) as x from range(600000) order by x limit 590000)"
    )
    pieces = engine.run(sql, engine.check(sql))
    assert b"".join(pieces) == b'{"n":590000}\n'
    assert {path.name for path in tmp_path.iterdir()} == {"rows", "scratch"}


def test_free_space_is_left(tmp_path: Path) -> None:
    """Where less would be free than is kept free, nothing is written."""
    file = os.open(tmp_path, os.O_RDONLY)
    try:
        assert FreeSpace(file, 0).left() > FreeSpace(file, 1_000).left() > 0
        with pytest.raises(InsufficientStorageError, match="are kept free"):
            SqlEngine(tmp_path, FreeSpace(file, _EVERYTHING))
    finally:
        os.close(file)


@pytest.mark.parametrize("content", [b"", b"no Parquet at all", None])
def test_files_that_cannot_be_read(engine: SqlEngine, tmp_path: Path, content: bytes | None) -> None:
    """They are no fault of the query."""
    path = tmp_path / "damaged.parquet"
    if content is not None:
        path.write_bytes(content)
    sessions = tmp_path / "sessions.parquet"
    pq.write_table(_rows("catalog_sessions", {"id": new_id().bytes, "name": "a"}), sessions)
    engine.add_table("catalog_sessions", [str(sessions), str(path)])
    sql = "select name from sessions"
    with pytest.raises(UnreadableTablesError):
        list(engine.run(sql, engine.check(sql)))
