"""Reading entries back: in any order, from frames that are decompressed a window at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from harlake.errors import DamagedCaptureError, EntryNotFoundError
from harlake.query.entry_reader import locate_entry, read_entries, read_entry_at
from harlake.query.locations import Location
from harlake.store.captures import CaptureStore
from harlake.store.ids import entry_id, new_id
from harlake.store.local_objects import LocalObjects
from tests.support.folders import folder_of
from tests.support.hars import numbered

_ENTRY = 1 << 16
_PER_FRAME = 16


def _stored(captures: CaptureStore, threads: ThreadPoolExecutor, random: Random) -> list[tuple[Location, bytes]]:
    """Store captures of 8 MiB together with one entry that is larger than any window; return all, located."""
    stored: list[tuple[Location, bytes]] = []
    for sizes in [[_ENTRY] * _PER_FRAME] * 8, [[_ENTRY] * _PER_FRAME] * 7 + [[10 << 20]]:
        capture = new_id()
        writer = captures.write(capture, threads)
        for lengths in sizes:
            entries = [random.randbytes(length // 2).hex().encode() for length in lengths]
            frame = writer.frame(b",".join(entries))
            start = 0
            for entry in entries:
                stored.append((Location(capture, len(stored), frame, start, len(entry), None, None), entry))
                start += len(entry) + 1
        writer.close()
    return stored


def test_entries_come_in_the_order_of_their_locations(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    """In stored order, reversed, and jumping between captures and frames, each location gives its entry."""
    random = Random(1)
    captures = CaptureStore(LocalObjects(tmp_path), 0)
    stored = _stored(captures, threads, random)
    shuffled = random.sample(stored, len(stored))
    for asked in (stored, stored[::-1], shuffled, stored[3::17], []):
        assert list(read_entries(captures, (location for location, _ in asked))) == asked


def test_frames_that_look_the_same_are_told_apart(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    """In two captures, frames may be at the same place and of the same length."""
    captures = CaptureStore(LocalObjects(tmp_path), 0)
    stored = []
    for entry in (b'{"a":1}', b'{"b":2}'):
        capture = new_id()
        writer = captures.write(capture, threads)
        stored.append((Location(capture, 0, writer.frame(entry), 0, len(entry), None, None), entry))
        writer.close()
    assert stored[0][0].frame == stored[1][0].frame
    assert list(read_entries(captures, (location for location, _ in stored))) == stored


def test_a_capture_that_has_gone_is_an_error(tmp_path: Path, threads: ThreadPoolExecutor) -> None:
    """What was removed meanwhile ends the reading with an error, not early."""
    captures = CaptureStore(LocalObjects(tmp_path), 0)
    stored = _stored(captures, threads, Random(2))
    entries = read_entries(captures, (location for location, _ in stored))
    assert next(entries) == stored[0]
    for location, _ in stored:
        captures.delete(location.capture)
    with pytest.raises(DamagedCaptureError):
        list(entries)


def test_an_entry_that_goes_while_it_is_read_is_not_found() -> None:
    """Whether its session was removed before it was looked up, or after."""
    with folder_of(numbered(1)) as folder:
        (capture,) = folder.captures
        read = locate_entry(folder.data_dir, str(entry_id(capture.id, 0)))
        assert read_entry_at(folder.data_dir, read).startswith(b"{")
        folder.data_dir.captures.delete(capture.id)
        with pytest.raises(DamagedCaptureError):
            read_entry_at(folder.data_dir, read)
        folder.data_dir.captures.is_removed = lambda _: True
        with pytest.raises(EntryNotFoundError):
            read_entry_at(folder.data_dir, read)
