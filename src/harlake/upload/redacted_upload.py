"""An upload without its secrets: read to its end, learned from, and handed on as another file.

What came in is in a file without a name for so long, which goes with the request, however that ends.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final, cast

from anyio import CapacityLimiter, to_thread

from harlake.errors import BadRequestError
from harlake.har.redact.config import Config, parse_redaction
from harlake.har.redact.redactor import Redactor
from harlake.limits import MIB, Limits
from harlake.upload.file_redaction import FileRedaction
from harlake.upload.multipart import FileChunk, FileStart, TextField, UploadEvent

#: Bytes that are read, or made, in a thread at a time.
_PIECE: Final = MIB // 2


async def without_secrets(
    events: AsyncIterator[UploadEvent], scratch: Path, threads: CapacityLimiter, limits: Limits
) -> AsyncGenerator[UploadEvent]:
    """Yield the events of an upload; of its file without secrets, where a field ``redact`` before it asks for that.

    Raises HarlakeError, with places in the file that came in.
    """
    config: Config | None = None
    salvage = file_seen = False
    spool: BinaryIO | None = None
    call = partial(to_thread.run_sync, limiter=threads)
    try:
        async for event in events:
            if isinstance(event, TextField) and event.name == "redact":
                config = parse_redaction(event.value)
                if file_seen or salvage:
                    raise BadRequestError("redact comes before the file, and without salvage")
                continue
            if isinstance(event, TextField) and event.name == "salvage":
                salvage = event.value.strip() == "true"
                if config is not None and salvage:
                    raise BadRequestError("redact and salvage exclude each other")
            file_seen = file_seen or isinstance(event, FileStart)
            if config is None or isinstance(event, TextField):
                yield event
            elif isinstance(event, FileStart):
                spool = cast("BinaryIO", await call(partial(TemporaryFile, dir=scratch)))
                yield event
            elif spool is not None:
                await call(spool.write, event.data)
        if spool is not None and config is not None:
            with cast("BinaryIO", await call(partial(TemporaryFile, dir=scratch))) as journal:
                pieces = redacted_pieces(spool, config, limits, journal)
                while (piece := await call(next, pieces, None)) is not None:
                    if piece:
                        yield FileChunk(piece)
    finally:
        if spool is not None:
            spool.close()


def redacted_pieces(file: BinaryIO, config: Config, limits: Limits, journal: BinaryIO) -> Iterator[bytes]:
    """Yield a HAR without its secrets, in pieces; empty ones while it is read for the first time."""
    redaction = FileRedaction(Redactor(config), journal, limits)
    for _ in redaction.learn(_pieces(file)):
        yield b""
    pieces: list[bytes] = []
    size = 0
    for piece in redaction.redacted(_pieces(file)):
        pieces.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield b"".join(pieces)
            pieces.clear()
            size = 0
    yield b"".join(pieces)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece
