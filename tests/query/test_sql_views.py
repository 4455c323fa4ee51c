"""The tables of a client's query."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from harlake.query.sql_views import SOURCES, VIEW_COLUMNS, VIEWS, sources_of


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    """A database with empty tables of the sources' names, and the views."""
    database = duckdb.connect(config={"threads": "1"})
    for source, schema in SOURCES.items():
        database.register("empty", pa.Table.from_pylist([], schema))
        database.execute(f"CREATE TABLE {source} AS FROM empty")
    for name, view in VIEWS.items():
        database.execute(f"CREATE VIEW {name} AS {view}")
    return database


@pytest.mark.parametrize("view", VIEWS)
def test_columns_and_which_are_texts(database: duckdb.DuckDBPyConnection, view: str) -> None:
    """What is said of them is what they are."""
    texts, others = (set(names.split()) for names in VIEW_COLUMNS[view])
    found = dict(database.execute(f"SELECT column_name, column_type FROM (DESCRIBE {view})").fetchall())
    assert set(found) == texts | others
    assert {name for name, kind in found.items() if kind == "VARCHAR"} == texts


def test_what_views_are_made_of() -> None:
    """Only that is handed to a query."""
    assert sources_of([]) == []
    assert sources_of(["sessions"]) == ["catalog_sessions"]
    assert sources_of(["pages", "captures"]) == ["catalog_captures", "index_pages"]
    assert set(sources_of(VIEWS)) == set(SOURCES)
