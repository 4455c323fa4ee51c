"""Data folders with everything in them that a copy has to keep, and all that can be said about a store."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from harlake.export.exporter import export_session
from harlake.store.backends import OpenBackend, open_local
from harlake.store.catalog_rows import catalog_rows
from harlake.store.copy_target import CopyTarget, FolderTarget
from harlake.store.data_dir import DataDir
from harlake.store.direct_store import DirectStore, opened_folder
from harlake.store.ids import new_id
from harlake.store.store_copy import StoreCopy
from harlake.store.timestamps import from_microseconds
from tests.support.folders import import_har
from tests.support.hars import entry, har, numbered
from tests.support.old_catalogs import write_earlier_catalog

#: So many pages that the catalog does not keep the rows of them, and more entries than it keeps.
_PAGES = b'"pages":[%b],' % b",".join(b'{"id":"p%d"}' % number for number in range(600))
_MANY = 600


def fill_folder(path: Path) -> None:
    """Make a data folder: a renamed session of a small, a large and an empty capture, a second, and one without any."""
    with closing(DataDir(path, keep_free=0)) as data_dir:
        session = import_har(data_dir, numbered(3))
        import_har(data_dir, har(*map(entry, range(_MANY)), head=_PAGES), session)
        import_har(data_dir, numbered(0), session)
        import_har(data_dir, numbered(2))
        data_dir.catalog.create_session(new_id(), "Empty")
        data_dir.catalog.rename_session(session.id, "Renamed")


def make_earlier(path: Path) -> None:
    """Let a data folder be as an earlier version would have left it."""
    with closing(DataDir(path, keep_free=0)) as data_dir, data_dir.catalog.database.reading() as cursor:
        sessions = cursor.execute("SELECT id, name, created_us FROM sessions").fetchall()
        captures = cursor.execute("SELECT id, session, created_us FROM captures").fetchall()
    (path / "catalog.duckdb").unlink()
    shutil.rmtree(path / "index")
    write_earlier_catalog(
        path / "catalog.duckdb",
        [(session, name, from_microseconds(created)) for session, name, created in sessions],
        [(capture, session, from_microseconds(created)) for capture, session, created in captures],
    )
    (path / "catalog.duckdb").chmod(0o600)


def contents(path: Path, open_backend: OpenBackend = open_local) -> dict[str, Any]:
    """Return all rows of a store's catalog, and the bytes of all exports, having opened it as a service does."""
    with closing(DataDir(path, keep_free=0, open_backend=open_backend)) as data_dir:
        sessions = data_dir.catalog.sessions()
        exports = {one.id: b"".join(export_session(data_dir, str(one.id)).text()) for one in sessions}
        return {"rows": sorted(catalog_rows(data_dir.catalog.database), key=repr), "exports": exports}


def files(path: Path) -> dict[str, bytes]:
    """Return the objects in a folder, and files of indexes, by their names."""
    found = [*(path / "captures").iterdir(), *(path / "index").iterdir()]
    return {one.name: one.read_bytes() for one in found}


def copy_of(store: DirectStore) -> StoreCopy:
    """Return what copies an open store."""
    database, index = store.catalog.database, store.index.objects
    return StoreCopy(catalog_rows(database), store.objects, index, store.catalog.session_names)


def backup(source: Path, target: Path) -> list[tuple[uuid.UUID, int]]:
    """Back a folder up, and return what was copied."""
    return copy_folder(source, lambda: FolderTarget(target, str(source), is_backup=True))


def copy_folder(source: Path, open_target: Callable[[], CopyTarget]) -> list[tuple[uuid.UUID, int]]:
    """Copy a folder, and return what was copied."""
    with opened_folder(source) as store, closing(open_target()) as target:
        return list(copy_of(store).run(target))
