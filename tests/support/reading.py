"""Reads HARs in every way that must make no difference: fast path on or off, whole, byte by byte, cut anywhere."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from harlake.errors import InvalidHarError
from harlake.har.envelope import Envelope
from harlake.har.parse.blocks import Block, EntryError
from harlake.har.parse.reader import HarReader
from harlake.har.parse.reader_state import ReaderState
from harlake.limits import Limits
from tests.conftest import FIXTURES, SHARED_HARS

_Result = TypeVar("_Result")


def returned(work: Generator[None, None, _Result]) -> _Result:
    """Return what work returns that pauses."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: _Result = done.value
            return result


def read_on(read: Callable[[], ReaderState | None], own: ReaderState) -> ReaderState | None:
    """Let the reader of a state read until there is another state, or it has read all that there is."""
    while (state := read()) is own:
        pass
    return state


@dataclass(frozen=True)
class Accepted:
    """What a reader made of a HAR."""

    entries: list[bytes]
    indexed: list[Any]
    total: int
    entry_errors: list[EntryError]
    envelope: Envelope


@dataclass(frozen=True)
class Refused:
    """Why a reader refused a document, and where."""

    kind: type[InvalidHarError]
    byte: int | None
    line: int | None
    column: int | None
    entry: int | None
    detail: str | None


def read(
    text: bytes, cuts: Iterable[int] = (), *, fast_path: bool = True, limits: Limits | None = None
) -> Accepted | Refused:
    """Read a document in pieces that end at the given offsets."""
    reader = HarReader(limits or Limits(), fast_path=fast_path)
    entries: list[bytes] = []
    indexed: list[Any] = []

    def take(blocks: list[Block]) -> None:
        for block in blocks:
            entries.extend(block.texts())
            indexed.extend(block.entries)

    try:
        start = 0
        for cut in [*sorted(cuts), len(text)]:
            take(reader.feed(text[start:cut]))
            start = cut
        blocks, envelope = reader.close()
        take(blocks)
    except InvalidHarError as error:
        return Refused(type(error), error.byte, error.line, error.column, error.entry, error.detail)
    return Accepted(entries, indexed, reader.total, reader.entry_errors, envelope)


@cache
def real_entries() -> list[bytes]:
    """Return the entries of the fixtures, and of the real HARs where those are beside the repository."""
    paths = sorted([*FIXTURES.glob("*.har"), *SHARED_HARS.glob("*/*.har")])
    return [text for path in paths if isinstance(har := read(path.read_bytes()), Accepted) for text in har.entries]
