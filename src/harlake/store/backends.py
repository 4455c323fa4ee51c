"""Where a store is: in its data folder, or in PostgreSQL and S3, which several nodes share."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from harlake.errors import DataDirError
from harlake.limits import GIB
from harlake.store.catalog_database import CatalogDatabase
from harlake.store.database import Database
from harlake.store.folder_lock import FolderLock
from harlake.store.index_columns import SCHEMA_VERSION
from harlake.store.index_files import IndexFiles
from harlake.store.local_objects import LocalObjects
from harlake.store.object_cache import ObjectCache
from harlake.store.objects import ObjectStore
from harlake.store.schema import store_id

CATALOG: Final = "catalog.duckdb"
CAPTURES: Final = "captures"
INDEX: Final = "index"
SCRATCH: Final = "scratch"
UPLOADS: Final = "uploads"
ANSWERS: Final = "answers"
#: Of index files, which have the same names in all versions.
_CACHE: Final = f"cache-{SCHEMA_VERSION}"
_EARLIER_CACHES: Final = ("cache", *(f"cache-{version}" for version in range(1, SCHEMA_VERSION)))

#: Bytes of index files that are kept on a node whose objects are in a bucket: 67 bytes an entry.
_CACHE_BYTES: Final = 4 * GIB


@dataclass(frozen=True, slots=True)
class Backend:
    """A catalog's database, and objects, for whoever opens a data folder. ``is_shared`` says that other nodes may too.

    The database is let go of by the catalog, the rest by :meth:`close`.
    """

    database: CatalogDatabase
    captures: ObjectStore
    index: IndexFiles
    is_shared: bool

    def close(self) -> None:
        """Let go of threads and connections."""
        self.captures.close()
        self.index.close()


#: Makes a backend for a data folder that is locked; what is also given makes room on a full disk, if there is some.
OpenBackend: TypeAlias = Callable[[Path, FolderLock, Callable[[], bool]], Backend]


def open_local(folder: Path, lock: FolderLock, make_room: Callable[[], bool]) -> Backend:
    """Open what is in a data folder."""
    index = LocalObjects(folder / INDEX)
    captures = LocalObjects(folder / CAPTURES)
    database = Database(folder / CATALOG, lock.check, make_room, read_only=lock.is_read_only)
    lock.watch(CATALOG, CAPTURES, INDEX)
    return Backend(database, captures, IndexFiles(index, index), is_shared=False)


def open_shared(catalog: str, objects: str, *, adopting: bool = False) -> Callable[..., Backend]:
    """Return what opens a catalog in PostgreSQL, and objects in S3, both given by their URLs.

    A data folder is scratch space then, and a cache. Objects of another catalog are refused, unless this one is
    ``adopting`` them: for whoever then brings them into it. Raises DataDirError where the packages for it are missing.
    """
    try:
        from harlake.store.bucket_mark import BucketMark
        from harlake.store.postgres import PostgresDatabase
        from harlake.store.s3_objects import S3Objects
    except ImportError as error:
        raise DataDirError("PostgreSQL and S3 need more packages: pip install 'harlake[cluster]'") from error

    def open_backend(folder: Path, *_: object) -> Backend:
        with ExitStack() as opened:
            captures, index = (S3Objects(objects, name, folder / SCRATCH) for name in (CAPTURES, INDEX))
            opened.callback(captures.close)
            opened.callback(index.close)
            captures.check()
            for name in _EARLIER_CACHES:
                shutil.rmtree(folder / name, ignore_errors=True)
            files = IndexFiles(index, ObjectCache(index, folder / _CACHE, _CACHE_BYTES))
            database = PostgresDatabase(catalog)
            opened.callback(database.close)
            with database.writing() as cursor:
                store = store_id(cursor, database)
            mark = BucketMark(objects)
            if adopting:
                mark.take_over(store)
            else:
                mark.claim(store, lambda: not any(captures.stored()) and not any(index.stored()))
            opened.pop_all()
        return Backend(database, captures, files, is_shared=True)

    return open_backend
