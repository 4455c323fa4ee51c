"""A store that a command opens for itself, without a service: nothing in it is changed by that."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from harlake.errors import DamagedCatalogError, DataDirError
from harlake.store import address_file
from harlake.store.backends import CAPTURES, CATALOG, SCRATCH, Backend, OpenBackend, open_local
from harlake.store.captures import CaptureStore
from harlake.store.catalog import Catalog
from harlake.store.copy_mark import check_is_whole
from harlake.store.data_dir import make_private
from harlake.store.folder_lock import FolderLock
from harlake.store.index_files import IndexFiles
from harlake.store.objects import ObjectStore
from harlake.store.old_catalog import is_open
from harlake.store.reserve import Reserve


@dataclass(frozen=True, slots=True)
class DirectStore:
    """An open store; ``name`` is its folder, or the URL of its objects. Nodes may be running where it ``is_shared``."""

    name: str
    catalog: Catalog
    objects: ObjectStore
    index: IndexFiles
    is_shared: bool

    @property
    def captures(self) -> CaptureStore:
        """The objects of captures, as they are read."""
        captures = CaptureStore(self.objects, keep_free=0)
        captures.is_removed = self.is_removed
        return captures

    def is_removed(self, capture: uuid.UUID) -> bool:
        """Return whether the catalog has a capture no more."""
        with self.catalog.database.reading() as cursor:
            return not cursor.execute("SELECT 1 FROM captures WHERE id = ?", [capture]).fetchall()


@contextmanager
def opened_folder(folder: Path) -> Iterator[DirectStore]:
    """Open a data folder. Raises DataDirError, and DataDirInUseError."""
    with locked_folder(folder) as lock:
        if not (folder / CATALOG).exists():
            raise DamagedCatalogError(f"{folder} has no catalog; `harlake reindex` makes one")
        if is_open(folder / CATALOG):
            raise address_file.in_use_error(folder)
        backend = open_local(lock.folder, lock, Reserve(lock.folder).release)
        with _opened(str(folder.resolve()), backend) as store:
            yield store


@contextmanager
def locked_folder(folder: Path) -> Iterator[FolderLock]:
    """Have a data folder to oneself. Raises DataDirError where it is none, and DataDirInUseError."""
    if not (folder / CAPTURES).is_dir():
        raise DataDirError(f"{folder} holds no captures")
    make_private(folder)
    with closing(FolderLock(folder)) as lock:
        check_is_whole(lock.folder)
        yield lock


@contextmanager
def opened_cluster(objects: str, open_backend: OpenBackend) -> Iterator[DirectStore]:
    """Open what nodes share, who may be running. Raises HarlakeError."""
    with opened_backend(open_backend) as backend, _opened(objects, backend) as store:
        yield store


@contextmanager
def opened_backend(open_backend: OpenBackend) -> Iterator[Backend]:
    """Open what nodes share, with a folder for the time that it is needed."""
    with TemporaryDirectory(prefix="harlake-") as folder, closing(FolderLock(Path(folder))) as lock:
        (Path(folder) / SCRATCH).mkdir()
        backend = open_backend(Path(folder), lock, lambda: False)
        try:
            yield backend
        finally:
            backend.database.close()
            backend.close()


@contextmanager
def _opened(name: str, backend: Backend) -> Iterator[DirectStore]:
    with ExitStack() as opened:
        opened.callback(backend.close)
        catalog = Catalog(backend.database)
        opened.callback(catalog.close)
        yield DirectStore(name, catalog, backend.captures, backend.index, backend.is_shared)
