"""Reading entries back: from locations to bytes, each frame decompressed as seldom as flat memory allows.

Strategy: locations are taken a *window* at a time, of a few MiB of entries. What a window needs of a frame is cut out
at once, so that entries which jump between many captures cost each frame once a window, not once an entry. The frames
that were read last are cached for the next window; in stored order, that is one.

A window is what a reader holds while its client reads nothing.
"""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from typing import Final

from harlake.errors import EntryNotFoundError, SessionNotFoundError
from harlake.limits import MIB
from harlake.query.locations import Location, locate_entries
from harlake.store.capture_object import Frame, ObjectReader
from harlake.store.captures import CaptureStore
from harlake.store.data_dir import DataDir

#: Bytes of entries in a window, or one entry, if that is larger.
_WINDOW_BYTES: Final = 4 * MIB


def read_entries(
    captures: CaptureStore, locations: Iterable[Location], window_bytes: int = _WINDOW_BYTES
) -> Iterator[tuple[Location, bytes]]:
    """Yield the entries at the given locations, in the same order. Raises as :meth:`CaptureStore.text`."""
    with closing(_FrameTexts(captures, window_bytes // 2)) as frames:
        for window in _windows(locations, window_bytes):
            entries = deque(_cut(frames, window))
            for location in window:
                yield location, entries.popleft()  # what has been read is not held any longer


def locate_entry(data_dir: DataDir, entry_id: str) -> Location:
    """Return where one entry is, given by its id or a short one. Raises EntryNotFoundError and BadRequestError."""
    for locations in locate_entries(data_dir.catalog, data_dir.index, [entry_id]).values():
        return locations[0]
    raise EntryNotFoundError(f"no entry {entry_id!r}")


def read_entry_at(data_dir: DataDir, location: Location) -> bytes:
    """Return one entry as it was captured. Raises DamagedCaptureError, and EntryNotFoundError where it was removed."""
    try:
        return location.cut(data_dir.captures.text(location.capture, location.frame))
    except SessionNotFoundError:
        raise EntryNotFoundError("the entry was removed") from None


def _windows(locations: Iterable[Location], most_bytes: int) -> Iterator[list[Location]]:
    """Yield windows of so many bytes, or of one entry, if that has more."""
    window: list[Location] = []
    size = 0
    for location in locations:
        if window and size + location.length > most_bytes:
            yield window
            window, size = [], 0
        window.append(location)
        size += location.length
    if window:
        yield window


class _FrameTexts:
    """The texts of frames, by a reader that stays as long as they are of the same capture: it may read ahead."""

    def __init__(self, captures: CaptureStore, ahead: int) -> None:
        self._captures = captures
        self._ahead = ahead
        self._open = ExitStack()
        self._capture: uuid.UUID | None = None
        self._reader: ObjectReader | None = None

    def text(self, capture: uuid.UUID, frame: Frame) -> bytes:
        text = self._captures.cached_text(capture, frame)
        if text is not None:
            return text
        if capture != self._capture:
            self.close()
            self._reader = self._open.enter_context(self._captures.open(capture, self._ahead))
            self._capture = capture
        return self._captures.text(capture, frame, self._reader)

    def close(self) -> None:
        self._capture = self._reader = None
        self._open.close()


def _cut(frames: _FrameTexts, locations: Sequence[Location]) -> list[bytes]:
    """Return entries, by reading each frame once."""
    entries = [b""] * len(locations)
    by_frame: dict[tuple[uuid.UUID, Frame], list[int]] = {}
    last: Frame | None = None
    for number, location in enumerate(locations):
        if location.frame is not last:  # looking it up takes longer than cutting an entry out
            last = location.frame
            numbers = by_frame.setdefault((location.capture, last), [])
        numbers.append(number)
    for (capture, frame), numbers in by_frame.items():
        text = frames.text(capture, frame)
        for number in numbers:
            entries[number] = locations[number].cut(text)
    return entries
