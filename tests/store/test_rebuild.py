"""The catalog, rebuilt from the capture objects: the same captures, sessions and rows."""

from __future__ import annotations

import logging
import os
import uuid
from pathlib import Path

import pytest

from harlake.errors import DamagedCaptureError, DataDirError
from harlake.store.capture_writer import Destination, UploadedFile, begin_capture
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id
from harlake.store.rebuild import rebuild_catalog
from harlake.upload.upload_reader import UploadReader
from tests.support.hars import entry, har
from tests.support.uploads import read_upload

#: Tables, and what is compared of their rows; of sessions that are taken over, times are in milliseconds.
_TABLES = {
    "sessions": "(id, name, date_trunc('milliseconds', created_at))",
    **{table: table for table in ("captures", "frames", "pages", "entries")},
}


def _import(data_dir: DataDir, session: uuid.UUID, name: str | None, count: int) -> uuid.UUID:
    writer = begin_capture(data_dir)
    reader = UploadReader()
    for block in read_upload(reader, har(*map(entry, range(count)), b"1", head=b'"pages":[{"id":"p"}],')):
        writer.append(block)
    report = reader.report()
    upload = UploadedFile("x.har", report.upload_bytes, report.har_bytes, report.sha256, report.total, report.envelope)
    writer.complete(upload, Destination(session, name), name or "Mine")
    return writer.id


def _rows(path: Path) -> dict[str, list[str]]:
    data_dir = DataDir(path, keep_free=0)
    try:
        return {
            table: sorted(row[0] for row in data_dir.catalog.rows(f"SELECT {columns}::VARCHAR FROM {table}"))
            for table, columns in _TABLES.items()
        }
    finally:
        data_dir.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed data folder of three captures in two sessions, and one session without any."""
    data_dir = DataDir(tmp_path, keep_free=0)
    session = new_id()
    _import(data_dir, session, "Mine", 3)
    _import(data_dir, session, None, 0)
    _import(data_dir, new_id(), "Other", 2)
    data_dir.catalog.create_session(new_id(), "Empty")
    data_dir.close()
    return tmp_path


def test_the_same_rows_come_back(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Those of the old catalog, to the letter; what an interrupted import left goes."""
    staged = folder / "captures" / f"{new_id()}.har.zst.part"
    staged.write_bytes(b"")
    before = _rows(folder)
    staged.write_bytes(b"")
    caplog.set_level(logging.WARNING)
    captures = dict(rebuild_catalog(folder, "16MB"))
    assert sorted(captures.values()) == [0, 2, 3]
    assert [str(capture) for capture in captures] == sorted(map(str, captures))
    assert f"removed {staged.name}, which nobody writes any more" in caplog.messages
    assert _rows(folder) == before


def test_without_the_old_catalog_the_objects_know_their_sessions(folder: Path) -> None:
    """A missing or broken catalog costs the sessions without captures, and names that were given later."""
    before = _rows(folder)
    (folder / "catalog.duckdb").write_bytes(os.urandom(20_000))
    list(rebuild_catalog(folder, "16MB"))
    after = _rows(folder)
    assert after == before | {"sessions": [row for row in before["sessions"] if "Empty" not in row]}
    (folder / "catalog.duckdb").unlink()
    list(rebuild_catalog(folder, "16MB"))
    assert _rows(folder) == after


@pytest.mark.parametrize("damage", ["cut", "no end"])
def test_a_damaged_object_leaves_the_old_catalog(folder: Path, damage: str) -> None:
    """Nothing is replaced unless all of it can be."""
    before = _rows(folder)
    path = max((folder / "captures").iterdir(), key=lambda one: one.stat().st_size)
    whole = path.read_bytes()
    catalog = (folder / "catalog.duckdb").read_bytes()
    end = whole.rindex(b"\x28\xb5\x2f\xfd")  # the magic number of the last frame
    path.write_bytes(whole[:-5] if damage == "cut" else whole[:end])
    with pytest.raises(DamagedCaptureError):
        list(rebuild_catalog(folder, "16MB"))
    assert (folder / "catalog.duckdb").read_bytes() == catalog
    assert sorted(one.name for one in folder.iterdir() if one.name.startswith("catalog")) == ["catalog.duckdb"]
    path.write_bytes(whole)
    assert _rows(folder) == before


def test_a_folder_without_captures_is_none(tmp_path: Path) -> None:
    """A wrong path is not made a data folder."""
    with pytest.raises(DataDirError, match="holds no captures"):
        list(rebuild_catalog(tmp_path / "nothing", "16MB"))
    assert list(tmp_path.iterdir()) == []
