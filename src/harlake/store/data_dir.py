"""The data folder: catalog and capture objects together, and what keeps the two in step.

Order of writing: the catalog announces a capture, then its object is written, then, when that is on the disk, the
catalog shows it. Order of removing: the catalog shows it no more, then the object goes (which makes room for the rest,
should the disk be full), then the files of its index, then the last row. So whenever the process dies, or something
fails, the catalog knows of what is to be cleaned up, and the collector does it. Nothing else is ever removed, but what
only harlake can have left: objects that were being written.
"""

from __future__ import annotations

import logging
import shutil
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

from harlake.errors import DamagedCaptureError, DataDirError, InsufficientStorageError, SessionNotFoundError
from harlake.har.envelope import BEFORE_ENTRIES, OWN_MEMBER, Envelope
from harlake.limits import MIB
from harlake.store import address_file, private_files
from harlake.store.backends import (
    ANSWERS,
    CAPTURES,
    CATALOG,
    INDEX,
    SCRATCH,
    UPLOADS,
    Backend,
    OpenBackend,
    open_local,
)
from harlake.store.captures import CaptureStore
from harlake.store.catalog import Capture, Catalog
from harlake.store.collector import Collector
from harlake.store.copy_mark import check_is_whole
from harlake.store.database import READ_ONLY
from harlake.store.folder_lock import FolderLock
from harlake.store.ids import new_id, parse_id
from harlake.store.index import Index
from harlake.store.index_rows import RowConverter
from harlake.store.local_objects import LocalObjects
from harlake.store.quota import Quota
from harlake.store.reserve import RESERVE, Reserve
from harlake.store.sessions import Session

#: Threads that write: two for a capture, of which one waits for the disk and one makes rows of the index.
_THREADS: Final = 4

#: Seconds that closing a folder waits for the captures that are being written to it; the next start removes the others.
_PATIENCE: Final = 3

#: Captures without an object that a start names: of a folder that is not mounted, all have none.
_MOST_NAMED: Final = 10

_log = logging.getLogger(__name__)


def make_private(path: Path) -> None:
    """Make a data folder, or narrow one that is there: nobody but its owner gets to what is harlake's in it.

    The folder may be given by a symbolic link; inside of it there must be none. Raises DataDirError.
    """
    folder = path.resolve()
    if not folder.is_dir():
        private_files.make_folder(folder)
    private_files.check_owner(folder)  # before anything is changed
    names = ("", CAPTURES, INDEX, SCRATCH, RESERVE, UPLOADS, ANSWERS)
    ours = (*(folder / name for name in names), *folder.glob(f"{CATALOG}*"))
    count = sum(map(private_files.narrow, ours))
    objects = (folder / name for name in (CAPTURES, INDEX))
    count += sum(LocalObjects(one).narrow() for one in objects if one.is_dir())
    if count:
        _log.warning("other users could read %s: %d files and folders are their owner's only now", path, count)


class DataDir:
    """An open data folder. Sizes are in bytes."""

    def __init__(
        self,
        path: Path,
        *,
        keep_free: int = 64 * MIB,
        quota: int | None = None,
        grace: float = 0,
        open_backend: OpenBackend = open_local,
    ) -> None:
        """``grace`` is for how many seconds the objects of a removed capture stay where other nodes may read them."""
        make_private(path)
        lock = FolderLock(path)
        self.path = path = lock.folder
        self._is_read_only = lock.is_read_only
        self._reserve = Reserve(path)
        with ExitStack() as opened:
            opened.callback(lock.close)
            check_is_whole(path)
            #: What is needed for the time of a request, and worth nothing after a crash.
            self.scratch = Path(mkdtemp(prefix="harlake-")) if self._is_read_only else self._clear(path)
            opened.callback(shutil.rmtree, self.scratch, ignore_errors=True)
            backend = open_backend(path, lock, self._reserve.release)
            opened.callback(backend.close)
            self.catalog = Catalog(backend.database)
            opened.callback(self.catalog.close)
            counted = Quota(quota, self.catalog.stored_bytes if backend.is_shared else None)
            self.captures = CaptureStore(backend.captures, keep_free, counted)
            self._open(backend, grace)
            private_files.sync_folder(path)  # in which folders and the catalog may be new
            self._opened = opened.pop_all()
        self._check = lock.check

    def _clear(self, path: Path) -> Path:
        """Remove what was true, or of use, while an earlier service ran; return the folder for such things."""
        address_file.remove(path)
        scratch = path / SCRATCH
        shutil.rmtree(scratch, ignore_errors=True)
        self._reserve.use_if_full(lambda: private_files.make_folder(scratch))
        return scratch

    def _open(self, backend: Backend, grace: float) -> None:
        #: In which captures are written, however many there are.
        self.threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="writer")
        self.captures.is_removed = lambda capture: not self.catalog.captures_by_id([capture])
        self.index_files = backend.index
        self.index = Index(self.index_files, self.scratch, self.catalog)
        #: Makes rows of the index out of what is read.
        self.converter = RowConverter()
        self._unfinished: set[uuid.UUID] = set()
        self._changed = threading.Condition()
        self._is_shared = backend.is_shared
        self._collector = Collector(
            self.catalog,
            self.captures,
            self.index_files,
            grace=grace if backend.is_shared else 0,  # this process has all its readers, who keep what they have open
            is_written=self._unfinished.__contains__,
        )
        if self._is_read_only:
            return
        if not backend.is_shared:
            self._reserve.use_if_full(self._collector.collect)
            private_files.narrow(self.path / CATALOG)  # which DuckDB has made as the umask says
            self._compare()
        self._collector.start()

    def close(self) -> None:
        """Let go of the folder, when the captures that are being written have been completed or discarded."""
        with self._changed:
            if not self._changed.wait_for(lambda: not self._unfinished, _PATIENCE):
                _log.warning("%d captures are still being written; the next start removes them", len(self._unfinished))
        self._collector.stop()
        if not self._is_read_only:
            address_file.remove(self.path)
        self.threads.shutdown(wait=False)
        self.index.close()
        self.converter.close()
        self._opened.close()

    def announce(self, address: str) -> None:
        """Let other processes that find the folder in use know where it is served."""
        if self._is_read_only:
            return
        try:
            self._reserve.use_if_full(lambda: address_file.write(self.path, address))
        except InsufficientStorageError:
            _log.warning("the disk is full: other processes are not told where this folder is served")

    def reserve_capture(self) -> uuid.UUID:
        """Return the id of a capture that is to be written; :meth:`close` waits until it is released.

        Raises InsufficientStorageError and DataDirError.
        """
        self._check()
        self.check_writable()
        self._reserve.keep()
        self.captures.check_room()
        capture = new_id()
        with self._changed:
            self._unfinished.add(capture)
        return capture

    def check_writable(self) -> None:
        """Raise DataDirError where nothing can be written."""
        if self._is_read_only:
            raise DataDirError(READ_ONLY)

    def release(self, capture: uuid.UUID) -> None:
        """Wait no more for a capture, which is complete or discarded."""
        self.captures.settle(capture)
        with self._changed:
            self._unfinished.discard(capture)
            self._changed.notify_all()

    def session(self, session_id: str) -> Session:
        """Return the session that a client names by its id. Raises SessionNotFoundError."""
        parsed = parse_id(session_id)
        session = None if parsed is None else self.catalog.session(parsed)
        if session is None:
            raise SessionNotFoundError(f"no session {session_id!r}")
        return session

    def envelope(self, capture: Capture) -> Envelope:
        """Return a capture's HAR without its entries. Raises DamagedCaptureError."""
        with self.captures.open(capture.id) as reader:
            text = reader.text(capture.envelope)
        try:
            return Envelope.parse(BEFORE_ENTRIES + text).without(OWN_MEMBER)
        except (ValueError, LookupError, StopIteration) as error:  # it is no JSON, or that of something else
            raise DamagedCaptureError(f"capture {capture.id} has no end where the catalog says") from error

    def delete_session(self, session: uuid.UUID) -> None:
        """Remove a session and its captures. Raises SessionNotFoundError."""
        captures = self.catalog.captures(session)
        removed = self._reserve.use_if_full(lambda: self.catalog.remove_session(session))
        self.index.forget(captures)
        for capture in removed:
            self._clean_up(capture)
        self._reserve.keep()

    def delete_capture(self, capture: uuid.UUID) -> None:
        """Remove a capture; its session stays. Raises CaptureNotFoundError."""
        captures = self.catalog.captures_by_id([capture])
        self._reserve.use_if_full(lambda: self.catalog.remove_capture(capture))
        self.index.forget(captures)
        self._clean_up(capture)
        self._reserve.keep()

    def discard(self, capture: uuid.UUID, new_session: uuid.UUID | None = None) -> None:
        """Remove a capture in whatever state it is, and a session that was created for it."""
        try:
            self._reserve.use_if_full(lambda: self.catalog.remove(capture, new_session))
        except Exception as error:
            _log.warning("capture %s is left to be collected: %s", capture, error)
        else:
            self._clean_up(capture)

    def _clean_up(self, capture: uuid.UUID) -> None:
        """Remove the objects of a capture that nobody sees; where nodes share them, that is the collector's."""
        if self._is_shared:
            self.captures.forget(capture)
        else:
            self._collector.remove(capture)

    def _compare(self) -> None:
        """Report captures that are not both in the catalog and in the folder."""
        known, stored = self.catalog.complete_ids(), set(self.captures.ids())
        if missing := sorted(known - stored):
            some = ", ".join(map(str, missing[:_MOST_NAMED])) + (", …" if len(missing) > _MOST_NAMED else "")
            _log.error("the objects of %d captures are missing from %s: %s", len(missing), CAPTURES, some)
        if unknown := stored - known:
            remedy = "`harlake reindex` brings them back, or says what is wrong with them"
            _log.error("%d captures are not in the catalog; %s", len(unknown), remedy)
