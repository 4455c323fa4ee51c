"""The folder of capture objects."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Final

from harlake.errors import DamagedCaptureError, InsufficientStorageError, SessionNotFoundError
from harlake.limits import KIB, MIB
from harlake.pipeline.fair_share import FairShare
from harlake.store import private_files
from harlake.store.capture_object import PIECE_BYTES, Frame, ObjectReader, ObjectWriter
from harlake.store.frame_cache import FrameCache
from harlake.store.local_objects import STAGED, LocalSink, staged_path
from harlake.store.quota import Quota

_SUFFIX: Final = ".har.zst"
_NAME: Final = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.har\.zst")

#: Bytes of frames that are cached.
_CACHE_BYTES: Final = 8 * MIB

#: Bytes of a frame that is cached as a whole; a larger one is read in pieces.
_CACHED_BYTES: Final = 2 * MIB

_READING_BYTES: Final = 16 * MIB


class CaptureStore:
    """The folder of capture objects.

    ``keep_free`` is how many bytes of the disk an import leaves alone, so that a full disk is met while everything
    else, the catalog above all, can still be written. ``quota`` is told of each object, and bounds them.
    """

    def __init__(self, folder: Path, keep_free: int, quota: Quota | None = None) -> None:
        private_files.make_folder(folder)
        self._folder = folder
        self.keep_free = keep_free
        self._frames = FrameCache(_CACHE_BYTES)
        #: Memory for entries that have been read, and are waiting for somebody to take them.
        self.reading = FairShare(_READING_BYTES, KIB * 128, 4 * MIB)
        self._quota = quota or Quota(None)
        #: Whether a capture is known no more, which the catalog can tell: then its object is removed, and not lost.
        self.is_removed: Callable[[uuid.UUID], bool] = lambda _: False
        for capture in self.ids():
            self._quota.add(self._path(capture).lstat().st_size)

    def write(self, capture: uuid.UUID, threads: ThreadPoolExecutor, memory: int = 8 * MIB) -> ObjectWriter:
        """Begin the object of a capture, which is written in the given threads, and may hold so many bytes."""

        def check() -> None:
            self.check_free()
            self._quota.write(capture, writer.length)

        writer = ObjectWriter(LocalSink(self._path(capture), check), threads, memory // 8)
        return writer

    def open(self, capture: uuid.UUID) -> ObjectReader:
        """Open the object of a capture.

        Raises DamagedCaptureError, or SessionNotFoundError where the capture was removed just now.
        """
        try:
            return ObjectReader(self._path(capture))
        except DamagedCaptureError as error:
            if isinstance(error.__cause__, FileNotFoundError) and self.is_removed(capture):
                raise SessionNotFoundError("the session was removed while it was being read") from None
            raise

    def text(self, capture: uuid.UUID, frame: Frame, reader: ObjectReader | None = None) -> bytes:
        """Return the text of a frame, which may have been read before; by ``reader``, if the capture is open already.

        Raises DamagedCaptureError.
        """
        text = self._frames.get(capture, frame)
        if text is None:
            with self.open(capture) if reader is None else nullcontext(reader) as stored:
                text = stored.text(frame)
            if frame.text_length <= _CACHED_BYTES:
                self._frames.put(capture, frame, text)
        return text

    def pieces(self, capture: uuid.UUID, frame: Frame, reader: ObjectReader, memory: int) -> Iterator[bytes]:
        """Yield the text of a frame in pieces. Raises as :meth:`text`.

        Where ``memory`` is less than the frame, whoever takes them slowly holds one piece, and no decompressor: in a
        frame that may be cached, the next is found anew.
        """
        if frame.text_length <= memory or frame.text_length > _CACHED_BYTES:
            yield from reader.pieces(frame, memory)
            return
        size = min(PIECE_BYTES, memory)
        for start in range(0, frame.text_length, size):
            yield self.text(capture, frame, reader)[start : start + size]

    def check_free(self) -> None:
        """Raise InsufficientStorageError when the disk is as good as full."""
        free = shutil.disk_usage(self._folder).free
        if free < self.keep_free:
            raise InsufficientStorageError(f"{free} bytes are free, {self.keep_free} are kept free")

    def narrow(self) -> int:
        """Take objects away from all but their owner, and return how many somebody else could use.

        A link is none, and stays as it is: it is not followed.
        """
        objects = (path for path in self._folder.iterdir() if _NAME.fullmatch(path.name) and not path.is_symlink())
        return sum(map(private_files.narrow, objects))

    def check_room(self) -> None:
        """Raise InsufficientStorageError when there is no room for one more capture."""
        self.check_free()
        self._quota.check()

    def settle(self, capture: uuid.UUID) -> None:
        """Count a capture that is complete among those that stay."""
        self._quota.complete(capture)

    def ids(self) -> Iterator[uuid.UUID]:
        """Yield the ids of all complete objects; files of other names are not harlake's."""
        for path in self._folder.iterdir():
            if match := _NAME.fullmatch(path.name):
                yield uuid.UUID(match[1])

    def delete(self, capture: uuid.UUID) -> None:
        """Remove a capture's object, complete or not; without one, do nothing."""
        self._frames.forget(capture)
        path = self._path(capture)
        if not self._quota.discard(capture) and path.exists():
            self._quota.add(-path.stat().st_size)
        path.unlink(missing_ok=True)
        staged_path(path).unlink(missing_ok=True)

    def remove_staged(self) -> Iterator[str]:
        """Remove what was left of objects that were being written, and yield the names; files of others stay."""
        for path in sorted(self._folder.iterdir()):
            if path.suffix == STAGED and _NAME.fullmatch(path.stem):
                path.unlink()
                yield path.name

    def _path(self, capture: uuid.UUID) -> Path:
        return self._folder / f"{capture}{_SUFFIX}"
