"""Objects: files that appear when they are complete, never change, and are read in ranges."""

from __future__ import annotations

from typing import Protocol


class ObjectSink(Protocol):
    """An object that is being written, by one thread at a time. Raises InsufficientStorageError."""

    def write(self, data: bytes) -> None:
        """Append some bytes."""

    def close(self) -> None:
        """Complete the object, and return when it will outlive a crash."""

    def discard(self) -> None:
        """Stop writing, and leave nothing behind; what is complete stays."""
