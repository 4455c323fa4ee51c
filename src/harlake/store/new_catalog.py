"""A new catalog for a data folder, which is written beside the present one and takes its place in one step."""

from __future__ import annotations

import logging
import shutil
from contextlib import closing, suppress
from pathlib import Path

from harlake.errors import DataDirError, InsufficientStorageError
from harlake.store.backends import CATALOG
from harlake.store.catalog import Catalog
from harlake.store.database import Database
from harlake.store.private_files import sync_folder

_log = logging.getLogger(__name__)


class NewCatalog:
    """The catalog that is to be, open; :meth:`replace` the present one with it, or :meth:`close` or :meth:`remove` it.

    The folder must be locked. What an interrupted command has left of one is gone on with, unless it is of no use.
    """

    def __init__(self, folder: Path, *, afresh: bool = False) -> None:
        self._path = folder / CATALOG
        self._new_path = folder / f"{CATALOG}.new"
        if afresh:
            self._unlink()
        try:
            self.database = self._open()
        except DataDirError as error:
            _log.warning("what an interrupted command has left of a catalog is of no use: %s", error)
            self._unlink()
            self.database = self._open()
        self.catalog = Catalog(self.database)

    def close(self) -> None:
        """Leave it to be gone on with."""
        self.catalog.close()

    def remove(self) -> None:
        """Leave everything as it was."""
        self.catalog.close()
        self._unlink()

    def replace(self, *, keeping: bool = False) -> None:
        """Let it take the place of the present catalog, which is kept under another name if so asked.

        Raises InsufficientStorageError, and replaces nothing.
        """
        self.catalog.close()
        if _write_ahead_log(self._new_path).exists():  # DuckDB closes a database also where it cannot write to its file
            raise InsufficientStorageError("there is no room for the new catalog")
        log = _write_ahead_log(self._path)
        if not keeping and log.exists():  # it would become the new catalog's
            with suppress(DataDirError), closing(Database(self._path)):
                pass
        # Where there is no room, or nothing in the log can be read, as where it is cut off, DuckDB leaves it there.
        if keeping or log.exists():
            self._keep(log)
        self._new_path.rename(self._path)
        sync_folder(self._path.parent)

    def _open(self) -> Database:
        """Open it, with its tables."""
        try:
            database = Database(self._new_path)
            Catalog(database)  # which closes a database that is another version's
            return database
        except InsufficientStorageError:
            self._unlink()
            raise

    def _keep(self, log: Path) -> None:
        kept = self._path.with_name(f"{self._path.name}.{self._path.stat().st_mtime_ns}")
        with suppress(FileExistsError):
            kept.hardlink_to(self._path)
        if log.exists():
            log.rename(_write_ahead_log(kept))
        _log.warning("the old catalog, which could not be read as a whole, is kept as %s", kept.name)

    def _unlink(self) -> None:
        for path in (self._new_path, _write_ahead_log(self._new_path)):
            path.unlink(missing_ok=True)
        shutil.rmtree(self._new_path.with_name(f"{self._new_path.name}.tmp"), ignore_errors=True)


def _write_ahead_log(path: Path) -> Path:
    return path.with_name(f"{path.name}.wal")
