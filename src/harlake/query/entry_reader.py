"""Reading entries back: from locations to bytes, each frame decompressed as seldom as flat memory allows.

Strategy: locations are taken a *window* at a time, of a few MiB of entries. What a window needs of a frame is cut out
at once, so that entries which jump between many captures cost each frame once a window, not once an entry. The frames
that were read last are cached for the next window; in stored order, that is one.

A window is what a reader holds while its client reads nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from harlake.errors import EntryNotFoundError, SessionNotFoundError
from harlake.limits import MIB
from harlake.query.locations import Location, locate_entries
from harlake.store.capture_object import Frame
from harlake.store.captures import CaptureStore
from harlake.store.data_dir import DataDir

#: Bytes of entries in a window, or one entry, if that is larger.
_WINDOW_BYTES: Final = 4 * MIB


def read_entries(
    captures: CaptureStore, locations: Iterable[Location], window_bytes: int = _WINDOW_BYTES
) -> Iterator[tuple[Location, bytes]]:
    """Yield the entries at the given locations, in the same order. Raises as :meth:`CaptureStore.text`."""
    for window in _windows(locations, window_bytes):
        yield from zip(window, _cut(captures, window), strict=True)


def read_entry_text(data_dir: DataDir, entry_id: str) -> bytes:
    """Return one entry as it was captured. Raises EntryNotFoundError and DamagedCaptureError."""
    with suppress(SessionNotFoundError):  # it was removed after it was found
        for locations in locate_entries(data_dir.catalog, [entry_id]).values():
            for _, text in read_entries(data_dir.captures, locations):
                return text
    raise EntryNotFoundError(f"no entry {entry_id!r}")


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


def _cut(captures: CaptureStore, locations: Sequence[Location]) -> list[bytes]:
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
        text = captures.text(capture, frame)
        for number in numbers:
            entries[number] = locations[number].cut(text)
    return entries
