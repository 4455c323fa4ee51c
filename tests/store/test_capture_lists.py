"""Lists of captures: read again when they have changed, whoever changed them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pytest

from harlake.store import capture_lists as capture_lists_module
from harlake.store.capture_lists import CaptureLists
from harlake.store.catalog import Catalog
from harlake.store.catalog_database import CatalogCursor, CatalogDatabase
from tests.support.capture_records import CREATED, capture_record

_SESSION = uuid.UUID(int=10)


class _Counted:
    """A cursor that counts statements."""

    def __init__(self, cursor: CatalogCursor) -> None:
        self._cursor = cursor
        self.count = 0

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> CatalogCursor:
        self.count += 1
        return self._cursor.execute(statement, parameters)

    def fetchall(self) -> list[object]:
        return self._cursor.fetchall()


def _import(catalog: Catalog) -> uuid.UUID:
    capture = uuid.uuid4()
    catalog.announce(capture)
    catalog.complete(capture_record(capture), _SESSION, None)
    return capture


def _read(database: CatalogDatabase, lists: CaptureLists) -> tuple[list[uuid.UUID], int]:
    """Return the ids of the session's captures, and how many statements that took."""
    with database.reading() as cursor:
        counted = _Counted(cursor)
        captures = lists.captures(counted, _SESSION)
        ids = [capture.id for capture in captures]
        captures.clear()  # the list is the caller's
        return ids, counted.count


def test_a_list_is_read_again_when_it_has_changed(
    catalog_database: CatalogDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Captures come, one goes while another comes, all go; until then, one statement says that they are the same."""
    monkeypatch.setattr(capture_lists_module, "_LEAST", 2)
    monkeypatch.setattr(capture_lists_module, "_MOST", 3)
    catalog, lists = Catalog(catalog_database), CaptureLists()
    catalog.create_session(_SESSION, "Mine", CREATED)
    ids = [_import(catalog)]
    assert [_read(catalog_database, lists) for _ in range(2)] == [(ids, 1)] * 2
    ids.append(_import(catalog))
    assert [_read(catalog_database, lists) for _ in range(3)] == [(ids, 1)] * 3
    ids.append(_import(catalog))
    assert [_read(catalog_database, lists) for _ in range(3)] == [(ids, 2), (ids, 1), (ids, 1)]
    catalog.remove(ids.pop(0))
    ids.append(_import(catalog))
    assert [_read(catalog_database, lists) for _ in range(2)] == [(ids, 2), (ids, 1)]
    ids.append(_import(catalog))
    assert [_read(catalog_database, lists) for _ in range(2)] == [(ids, 2)] * 2
    catalog.remove_session(_SESSION)
    assert _read(catalog_database, lists) == ([], 2)


def test_catalogs_keep_lists(catalog_database: CatalogDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """As they are."""
    monkeypatch.setattr(capture_lists_module, "_LEAST", 1)
    catalog = Catalog(catalog_database)
    catalog.create_session(_SESSION, "Mine", CREATED)
    ids = [_import(catalog) for _ in range(2)]
    for _ in range(2):
        assert [capture.id for capture in catalog.captures(_SESSION)] == ids
    numbers = [capture.number for capture in catalog.captures(_SESSION)]
    assert numbers == sorted(set(numbers))
