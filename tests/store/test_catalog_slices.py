"""Tables of the catalog, some rows at a time."""

from __future__ import annotations

import pyarrow as pa
import pytest

from harlake.store import catalog, catalog_slices
from harlake.store.catalog_slices import COPIED_TABLES
from harlake.store.ids import new_id
from tests.support.folders import folder_of, import_har
from tests.support.hars import numbered


def test_all_rows_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the size of a slice, each row comes once."""
    monkeypatch.setattr(catalog_slices, "_SLICE_ROWS", 2)
    monkeypatch.setattr(catalog, "_SLICE_CAPTURES", 2)
    with folder_of(*map(numbered, (1, 2, 3, 600))) as folder:
        store = folder.data_dir.catalog
        sessions = {folder.session.id} | {store.create_session(new_id(), "é").id for _ in range(3)}
        tables = list(store.table("sessions"))
        assert [len(table) for table in tables] == [2, 2]
        assert {row["id"] for row in pa.concat_tables(tables).to_pylist()} == sessions
        captures = pa.concat_tables(store.table("captures"))
        assert captures.schema == COPIED_TABLES["captures"]
        assert captures["imported"].to_pylist() == [1, 2, 3, 600]
        slices = list(store.captures_with_rows("entry_rows"))
        assert [len(captures) for captures in slices] == [2, 2]
        found = [one for captures in slices for one in captures]
        assert [capture for capture, _ in found] == list(folder.captures)
        assert [rows is None for _, rows in found] == [False, False, False, True]
        # What comes while they are read is there, or not; nothing comes twice.
        reading = store.captures_with_rows("page_rows")
        first = next(reading)
        import_har(folder.data_dir, numbered(1), folder.session)
        rest = [one for captures in reading for one in captures]
        assert [capture for capture, _ in (*first, *rest)] == list(folder.captures)


def test_no_rows() -> None:
    """Nothing is nothing."""
    with folder_of(numbered(1)) as folder:
        folder.data_dir.delete_session(folder.session.id)
        assert list(folder.data_dir.catalog.table("captures")) == []
        assert list(folder.data_dir.catalog.captures_with_rows("entry_rows")) == []
