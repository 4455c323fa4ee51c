"""Copies objects from one store to another: their bytes as they are, read back and compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from harlake.errors import DamagedCaptureError, StorageUnavailableError
from harlake.limits import KIB, MIB
from harlake.store.objects import ObjectStore

_PIECE: Final = MIB

#: Bytes that are fetched before they are read, where objects are not on this machine.
_AHEAD: Final = 8 * MIB

#: Bytes at the end of a file by which it is told from another of the same length: a Parquet file says there what is
#: in it.
_TAIL: Final = 4 * KIB


def copy_object(source: ObjectStore, target: ObjectStore, name: str, length: int | None = None) -> int:
    """Copy an object, and return its length once the copy has been read back as it was read here.

    Raises FileNotFoundError where there is none, DamagedCaptureError where it has not the given length, and what
    either store does; no part of a copy is left then.
    """
    digest, copied = hashlib.sha256(), 0
    sink = target.sink(name, lambda: None)
    try:
        for piece in read_object(source, name):
            sink.write(piece)
            digest.update(piece)
            copied += len(piece)
        if length not in (None, copied):
            raise DamagedCaptureError(f"{name} has {copied} bytes, and should have {length}")
        sink.close()
    except BaseException:
        sink.discard()
        raise
    written = hashlib.sha256()
    for piece in read_object(target, name):
        written.update(piece)
    if written.digest() != digest.digest():
        target.delete(name)
        raise StorageUnavailableError(f"{name} is not read as it was written")
    return copied


def read_object(objects: ObjectStore, name: str) -> Iterator[bytes]:
    """Yield an object, piece by piece. Raises OSError and StorageUnavailableError."""
    source, position = objects.open(name, _AHEAD), 0
    try:
        while piece := source.read(position, _PIECE):
            yield piece
            position += len(piece)
    finally:
        source.close()


def has_object(objects: ObjectStore, name: str, length: int) -> bool:
    """Return whether there is such an object: those that are there are complete."""
    try:
        return objects.length(name) == length
    except FileNotFoundError:
        return False


def is_same_file(source: ObjectStore, target: ObjectStore, name: str) -> bool:
    """Return whether the target has a file as the source has it. Raises FileNotFoundError where that has none."""
    length = source.length(name)
    if not has_object(target, name, length):
        return False
    start = max(0, length - _TAIL)
    return _range(source, name, start) == _range(target, name, start)


def _range(objects: ObjectStore, name: str, start: int) -> bytes:
    source = objects.open(name)
    try:
        return source.read(start, _TAIL)
    finally:
        source.close()
