"""Rows of a catalog that are read as a whole, and put into another one."""

from __future__ import annotations

import uuid

import msgspec
import pytest

from harlake.store import catalog_rows as module
from harlake.store.catalog import Catalog
from harlake.store.catalog_database import CatalogDatabase
from harlake.store.catalog_rows import (
    CaptureRow,
    CatalogRow,
    SessionRow,
    catalog_rows,
    continue_numbers,
    insert_captures,
    insert_sessions,
    names_of_files,
)
from tests.support.capture_records import CREATED, capture_record

_SESSION = uuid.UUID(int=10)
_CAPTURES = [uuid.UUID(int=number) for number in (3, 1, 2)]


def _fill(catalog: Catalog) -> None:
    catalog.create_session(_SESSION, "Größe \0", CREATED)
    catalog.create_session(uuid.UUID(int=11), "Empty", CREATED)
    for capture in _CAPTURES:
        catalog.announce(capture)
        catalog.complete(capture_record(capture), _SESSION, None)


def test_rows_are_the_same_in_another_catalog(
    catalog_database: CatalogDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever database it is in, and however few are read at a time; the next capture comes behind them."""
    monkeypatch.setattr(module, "_SLICE_SESSIONS", 1)
    monkeypatch.setattr(module, "_SLICE_CAPTURES", 2)
    catalog = Catalog(catalog_database)
    _fill(catalog)
    rows = list(catalog_rows(catalog_database))
    sessions = [row for row in rows if isinstance(row, SessionRow)]
    captures = [row for row in rows if isinstance(row, CaptureRow)]
    assert rows == [*sessions, *captures]
    assert ([row.record.id for row in captures], len(sessions)) == (_CAPTURES, 2)
    assert captures[0].record == capture_record(_CAPTURES[0])
    with catalog_database.writing() as cursor:
        cursor.execute("DELETE FROM captures")
        cursor.execute("DELETE FROM sessions")
    with catalog_database.writing() as cursor:
        insert_sessions(cursor, sessions)
        insert_captures(cursor, [*captures[1:], CaptureRow(_SESSION, 70, capture_record(_CAPTURES[0]))])
        continue_numbers(cursor)
    catalog.announce(last := uuid.UUID(int=99))
    catalog.complete(capture_record(last), _SESSION, None)
    again = [row for row in catalog_rows(catalog_database) if isinstance(row, CaptureRow)]
    assert [(row.record.id, row.number) for row in again] == [
        (_CAPTURES[1], captures[1].number),
        (_CAPTURES[2], captures[2].number),
        (_CAPTURES[0], 70),
        (last, 71),
    ]


def test_rows_are_json(catalog_database: CatalogDatabase) -> None:
    """As the API sends them, with all bytes of what the catalog keeps of indexes."""
    catalog = Catalog(catalog_database)
    _fill(catalog)
    for row in catalog_rows(catalog_database):
        assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(row)), CatalogRow) == row


def test_names_of_files(catalog_database: CatalogDatabase) -> None:
    """What the catalog does not keep, of captures that it knows."""
    catalog = Catalog(catalog_database)
    _fill(catalog)
    with catalog_database.reading() as cursor:
        assert names_of_files(cursor, [_CAPTURES[0], uuid.UUID(int=77)]) == {
            _CAPTURES[0]: [f"{_CAPTURES[0]}.pages.parquet"]
        }
