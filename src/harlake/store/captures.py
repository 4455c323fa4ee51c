"""The captures' objects: where they are, and what all who read and write them share."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Final

from harlake.errors import SessionNotFoundError
from harlake.limits import KIB, MIB
from harlake.pipeline.fair_share import FairShare
from harlake.store.capture_object import PIECE_BYTES, Frame, ObjectReader, ObjectWriter
from harlake.store.frame_cache import FrameCache
from harlake.store.objects import ObjectStore, StoredObject
from harlake.store.quota import Quota

_SUFFIX: Final = ".har.zst"
_NAME: Final = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.har\.zst")

#: Bytes of frames that are cached.
_CACHE_BYTES: Final = 8 * MIB

#: Bytes of a frame that is cached as a whole; a larger one is read in pieces.
_CACHED_BYTES: Final = 2 * MIB

_READING_BYTES: Final = 16 * MIB


class CaptureStore:
    """The objects of captures.

    ``keep_free`` is how many bytes of the disk an import leaves alone, so that a full disk is met while everything
    else, the catalog above all, can still be written. ``quota`` is told of each object, and bounds them.
    """

    def __init__(self, objects: ObjectStore, keep_free: int, quota: Quota | None = None) -> None:
        self._objects = objects
        self.keep_free = keep_free
        self._frames = FrameCache(_CACHE_BYTES)
        #: Memory for entries that have been read, and are waiting for somebody to take them.
        self.reading = FairShare(_READING_BYTES, KIB * 128, 4 * MIB)
        self._quota = quota or Quota(None)
        #: Whether a capture is known no more, which the catalog can tell: then its object is removed, and not lost.
        self.is_removed: Callable[[uuid.UUID], bool] = lambda _: False
        if self._quota.needs_lengths:
            self._quota.add(sum(stored.length for stored in objects.stored() if _NAME.fullmatch(stored.name)))

    def write(
        self,
        capture: uuid.UUID,
        threads: ThreadPoolExecutor,
        memory: int = 8 * MIB,
        announce: Callable[[], None] = lambda: None,
    ) -> ObjectWriter:
        """Begin the object of a capture, which is written in the given threads, and may hold so many bytes.

        ``announce`` is called before anything is written.
        """

        def check() -> None:
            self.check_free()
            announce()  # before it is counted: only what was announced is discarded
            self._quota.write(capture, writer.length)

        writer = ObjectWriter(self._objects.sink(_name(capture), check), threads, memory // 8)
        return writer

    def open(self, capture: uuid.UUID, ahead: int = 0) -> ObjectReader:
        """Open the object of a capture; of what will be read next, so many bytes may be held.

        It raises as the reader does, or SessionNotFoundError where the capture was removed just now.
        """
        name = _name(capture)

        def missing() -> SessionNotFoundError | None:
            is_removed = self.is_removed(capture)
            return SessionNotFoundError("the session was removed while it was being read") if is_removed else None

        return ObjectReader(name, lambda: self._objects.open(name, ahead), missing)

    def cached_text(self, capture: uuid.UUID, frame: Frame) -> bytes | None:
        """Return the text of a frame that was read not long ago, None of another."""
        return self._frames.get(capture, frame)

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
        self._objects.check_free(self.keep_free)

    def check_reachable(self) -> None:
        """Raise OSError or StorageUnavailableError where captures can be neither read nor written just now."""
        self._objects.check_now()

    def check_room(self) -> None:
        """Raise InsufficientStorageError when there is no room for one more capture."""
        self.check_free()
        self._quota.check_anew()

    def settle(self, capture: uuid.UUID) -> None:
        """Count a capture that is complete among those that stay."""
        self._quota.complete(capture)

    def ids(self) -> Iterator[uuid.UUID]:
        """Yield the ids of all complete objects; those of other names are not harlake's."""
        for stored in self._objects.stored():
            if match := _NAME.fullmatch(stored.name):
                yield uuid.UUID(match[1])

    def forget(self, capture: uuid.UUID) -> None:
        """Hold nothing of a capture that nobody sees, and count it no more if it was being written."""
        self._frames.forget(capture)
        self._quota.discard(capture)

    def stored(self) -> Iterator[StoredObject]:
        """Yield all complete objects."""
        return self._objects.stored()

    def delete(self, capture: uuid.UUID) -> None:
        """Remove a capture's object, complete or not; without one, do nothing."""
        self._frames.forget(capture)
        length = self._objects.delete(_name(capture))
        if not self._quota.discard(capture):
            self._quota.add(-length)

    def remove_unfinished(self, is_abandoned: Callable[[str], bool]) -> Iterator[str]:
        """Remove what is left of objects that nobody is writing any more, and yield their names; others' files stay."""
        return self._objects.remove_unfinished(is_abandoned)


def _name(capture: uuid.UUID) -> str:
    return f"{capture}{_SUFFIX}"
