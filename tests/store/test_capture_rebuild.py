"""What is made of an object is what its import has made."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from harlake.errors import DamagedCaptureError
from harlake.store.capture_rebuild import capture_rebuilder
from harlake.store.catalog_rows import CaptureRow, catalog_rows
from harlake.store.data_dir import DataDir
from tests.support.folders import import_har
from tests.support.hars import entry, har, numbered


def test_rows_and_files_are_those_of_the_import(tmp_path: Path) -> None:
    """Of small captures and large ones, to the byte; an object that is damaged leaves nothing."""
    with closing(DataDir(tmp_path, keep_free=0)) as data_dir:
        for text in (numbered(600), har(entry(1), b"1", head=b'"pages":[{"id":"p"}],'), numbered(0)):
            session = import_har(data_dir, text)
        files = {path: path.read_bytes() for path in (tmp_path / "index").iterdir()}
        rows = [row for row in catalog_rows(data_dir.catalog.database) if isinstance(row, CaptureRow)]
        for path in files:
            path.unlink()
        with capture_rebuilder(data_dir.captures, data_dir.index_files) as rebuilder:
            rebuilt = [rebuilder.rebuild(row.record.id) for row in rows]
            assert [(one.record, one.session) for one in rebuilt] == [(row.record, row.session) for row in rows]
            assert (rebuilt[-1].session, rebuilt[-1].session_name) == (session.id, "Session")
            assert {path: path.read_bytes() for path in (tmp_path / "index").iterdir()} == files
            for path in files:
                path.unlink()
            for path in (tmp_path / "captures").iterdir():
                path.write_bytes(path.read_bytes()[:-1])
            for row in rows:
                with pytest.raises(DamagedCaptureError):
                    rebuilder.rebuild(row.record.id)
        assert list((tmp_path / "index").iterdir()) == []
