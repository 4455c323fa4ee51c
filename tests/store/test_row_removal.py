"""Rows are removed a few row groups at a time, each capture's alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from harlake.store import row_removal
from harlake.store.database import Database
from harlake.store.row_removal import RowRemover

_CAPTURE, _OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database with the tables that have rows of captures, of two captures."""
    opened = Database(tmp_path / "catalog.duckdb", "16MB")
    with opened.writing() as cursor:
        for table, number in (("entries", "ordinal"), ("frames", "number"), ("pages", "number")):
            cursor.execute(f"CREATE TABLE {table} (capture UUID, {number} BIGINT)")
            for capture in (_CAPTURE, _OTHER):
                cursor.execute(f"INSERT INTO {table} SELECT ?, i FROM range(100) r(i)", [capture])
    yield opened
    opened.close()


@pytest.mark.parametrize("row_group", [1, 7, 99, 100, 1_000])
def test_all_rows_of_a_capture_go_and_no_others(
    database: Database, monkeypatch: pytest.MonkeyPatch, row_group: int
) -> None:
    """However many fit in a step."""
    monkeypatch.setattr(row_removal, "ROW_GROUP_SIZE", row_group)
    remover = RowRemover(database)
    remover.remove(_CAPTURE)
    remover.remove(_CAPTURE)
    for table in ("entries", "frames", "pages"):
        with database.reading() as cursor:
            rows = cursor.execute(f"SELECT capture, count(*) FROM {table} GROUP BY ALL").fetchall()
        assert rows == [(_OTHER, 100)]
