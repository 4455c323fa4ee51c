"""Objects: files that appear when they are complete, never change, and are read in ranges.

They are local files, or in a bucket: whoever writes or reads them cannot tell.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

#: The names of captures and of their indexes. What has another name is somebody else's, and stays as it is.
OBJECT_NAME: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.(har\.zst|((pages|[1-9][0-9]*)\.)?parquet)"
)


def capture_of(name: str) -> uuid.UUID:
    """Return the capture that an object belongs to, by the object's name."""
    return uuid.UUID(name.partition(".")[0])


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A complete object: its length in bytes, and when it was written, in seconds since 1970."""

    name: str
    length: int
    modified_at: float


class ObjectSink(Protocol):
    """An object that is being written, by one thread at a time.

    Raises InsufficientStorageError and StorageUnavailableError.
    """

    def write(self, data: bytes) -> None:
        """Append some bytes."""

    def close(self) -> None:
        """Complete the object, and return when it will outlive a crash."""

    def discard(self) -> None:
        """Stop writing, and leave nothing behind; what is complete stays."""


class ObjectSource(Protocol):
    """An object that is being read, by one thread at a time.

    Raises OSError (FileNotFoundError where there is none) and StorageUnavailableError.
    """

    def read(self, start: int, length: int) -> bytes:
        """Return a range; less of it where the object ends."""

    def close(self) -> None:
        """Let go of the object."""


class ObjectStore(Protocol):
    """A folder of objects, without folders in it. Raises StorageUnavailableError."""

    def sink(self, name: str, check_room: Callable[[], None]) -> ObjectSink:
        """Return where an object is written to; ``check_room`` is called before anything is."""

    def open(self, name: str, ahead: int = 0) -> ObjectSource:
        """Open an object, which may hold ``ahead`` bytes of what will be read next.

        Raises FileNotFoundError where there is none: here, or when it is read.
        """

    def delete(self, name: str) -> int:
        """Remove an object, complete or not, and return the length of what was complete, as far as that is known."""

    def stored(self) -> Iterator[StoredObject]:
        """Yield all complete objects."""

    def remove_unfinished(self, is_abandoned: Callable[[str], bool]) -> Iterator[str]:
        """Remove what is left of objects that were being written, and yield their names.

        ``is_abandoned`` says of an object, by its name, whether nobody is writing it any more.
        """

    def check_free(self, keep_free: int) -> None:
        """Raise InsufficientStorageError when fewer bytes are free, as far as there is an end to them."""

    def check(self) -> None:
        """Raise OSError or StorageUnavailableError where objects can be neither read nor written."""

    def check_now(self) -> None:
        """Do so without patience: what fails for a moment fails."""

    def close(self) -> None:
        """Let go of threads and connections."""


class ObjectFiles(Protocol):
    """Objects as files that other programs read."""

    def files(self, names: Sequence[str]) -> AbstractContextManager[list[Path]]:
        """Give the paths of objects, which stay as long as the context lasts. Raises as :class:`ObjectSource`."""

    def forget(self, name: str) -> None:
        """Drop what is held of an object that has been removed."""

    def close(self) -> None:
        """Let go of threads."""
