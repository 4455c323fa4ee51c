"""Pieces of text joined into chunks that are worth sending, and worth a zstd frame."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from typing import Final

from harlake.limits import KIB
from harlake.store.capture_object import compressor

#: Bytes that each chunk has at least, except for the last one; smaller ones cost more in the server than they hold.
_CHUNK_BYTES: Final = 128 * KIB


def chunked(pieces: Iterable[bytes]) -> Generator[bytes]:
    """Join small pieces, so that each chunk but the last has at least 128 KiB.

    An empty piece is a pause in long work: it is passed on by itself, so that the work can be stopped there.
    """
    pending: list[bytes] = []
    size = 0
    for piece in pieces:
        if not piece:
            yield piece
            continue
        pending.append(piece)
        size += len(piece)
        if size >= _CHUNK_BYTES:
            chunk = pending[0] if len(pending) == 1 else b"".join(pending)
            pending, size, piece = [], 0, b""  # whoever stops reading now has the chunk only
            yield chunk
    if pending:
        yield b"".join(pending)


def recompressed(text: Iterable[bytes]) -> Iterator[bytes]:
    """Yield text as zstd frames, one a chunk: a comma makes a poor frame."""
    compress = compressor().compress
    for chunk in chunked(text):
        yield compress(chunk) if chunk else chunk


def dropped(pieces: Iterable[bytes], count: int) -> Iterator[bytes]:
    """Yield pieces without their first bytes."""
    for piece in pieces:
        if count < len(piece) or not piece:
            yield piece[count:]
        count = max(0, count - len(piece))


def limited(pieces: Iterable[bytes], count: int) -> Iterator[bytes]:
    """Yield so many bytes of pieces, and ask for no more."""
    for piece in pieces:
        if count <= len(piece):
            yield piece[:count]
            return
        yield piece
        count -= len(piece)
