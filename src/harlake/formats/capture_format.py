"""What a format is to the import: a way to tell it by its first bytes, and a way to make a HAR of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Protocol

from harlake.formats.notes import Notes
from harlake.formats.source import Source
from harlake.limits import Limits


class AttachedFiles(Protocol):
    """Files that entries name in place of a body."""

    def size(self, name: str) -> int | None:
        """Return how many bytes a file has, None where it is not there."""

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file that is there. Raises InvalidHarError."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A HAR that is being made of a file.

    ``texts`` are its text in pieces, and an empty one now and then where making it takes long. ``notes`` are what is to
    be said when it is there. ``files`` are those that its entries may name; ``member`` is the file of an archive that
    the text is, byte for byte, so that errors can be located in it.
    """

    texts: Iterator[bytes]
    notes: Notes
    files: AttachedFiles | None = None
    member: str | None = None


@dataclass(frozen=True, slots=True)
class CaptureFormat:
    """A format: its ``name`` in answers, and what it is in words.

    ``matches`` tells it by the first bytes of a file (:data:`~harlake.har.parse.file_kinds.FIRST_BYTES` of them);
    ``convert`` yields where it may be interrupted, and returns the HAR that is made of the file; it raises
    InvalidHarError with the byte where that is not as it should be.
    """

    name: str
    title: str
    matches: Callable[[bytes], bool]
    convert: Callable[[Source, Limits], Generator[None, None, Conversion]]
