"""An upload without its secrets: read to its end, learned from, and handed on as another file.

What came in is in a file without a name for so long, which goes with the request, however that ends.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final, cast

from anyio import CapacityLimiter, to_thread

from harlake.errors import BadRequestError
from harlake.har.envelope import Envelope
from harlake.har.parse.blocks import Block
from harlake.har.parse.gaps import Part
from harlake.har.raw_json import joined
from harlake.har.redact.config import Config, Level, parse_level
from harlake.har.redact.edit_journal import EditJournal
from harlake.har.redact.leak_check import checked
from harlake.har.redact.redactor import Redactor, learnable
from harlake.limits import MIB, Limits
from harlake.upload.multipart import FileChunk, FileStart, TextField, UploadEvent
from harlake.upload.upload_reader import UploadReader

_KEY_BYTES: Final = 32
#: Bytes that are read, or made, in a thread at a time.
_PIECE: Final = MIB // 2


async def without_secrets(
    events: AsyncIterator[UploadEvent], scratch: Path, threads: CapacityLimiter, limits: Limits
) -> AsyncGenerator[UploadEvent]:
    """Yield the events of an upload; of its file without secrets, where a field ``redact`` before it asks for that.

    Raises HarlakeError, with places in the file that came in.
    """
    level: Level | None = None
    salvage = file_seen = False
    spool: BinaryIO | None = None
    call = partial(to_thread.run_sync, limiter=threads)
    try:
        async for event in events:
            if isinstance(event, TextField) and event.name == "redact":
                level = parse_level(event.value.strip())
                if file_seen or salvage:
                    raise BadRequestError("redact comes before the file, and without salvage")
                continue
            if isinstance(event, TextField) and event.name == "salvage":
                salvage = event.value.strip() == "true"
                if level is not None and salvage:
                    raise BadRequestError("redact and salvage exclude each other")
            file_seen = file_seen or isinstance(event, FileStart)
            if level is None or isinstance(event, TextField):
                yield event
            elif isinstance(event, FileStart):
                spool = cast("BinaryIO", await call(partial(TemporaryFile, dir=scratch)))
                yield event
            elif spool is not None:
                await call(spool.write, event.data)
        if spool is not None and level is not None:
            with cast("BinaryIO", await call(partial(TemporaryFile, dir=scratch))) as journal:
                pieces = redacted_pieces(spool, level, limits, journal)
                while (piece := await call(next, pieces, None)) is not None:
                    if piece:
                        yield FileChunk(piece)
    finally:
        if spool is not None:
            spool.close()


def redacted_pieces(file: BinaryIO, level: Level, limits: Limits, journal_file: BinaryIO) -> Iterator[bytes]:
    """Yield a HAR without its secrets, in pieces; empty ones while it is read for the first time."""
    redactor, journal = Redactor(Config(level), secrets.token_bytes(_KEY_BYTES)), EditJournal(journal_file)
    reader = UploadReader(limits)
    for parts in _read(file, reader):
        for text in _texts(parts):
            journal.write(text, redactor.learn(text))
        yield b""
    envelope = reader.report().envelope
    redactor.learn(learnable(envelope.log))
    redactor.learn(learnable(envelope.rest))
    redactor.seal()
    yield b""
    pieces: list[bytes] = []
    size = 0
    for piece in checked(_har(file, redactor, envelope, journal, limits), redactor.seal()):
        pieces.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield b"".join(pieces)
            pieces.clear()
            size = 0
    yield b"".join(pieces)


def _har(
    file: BinaryIO, redactor: Redactor, envelope: Envelope, journal: EditJournal, limits: Limits
) -> Iterator[bytes]:
    yield b'{"log":' + joined(redactor.redacted_log(envelope.log).items())[:-1] + b',"entries":['
    journal.rewind()
    separator = b""
    for parts in _read(file, UploadReader(limits)):
        for text in _texts(parts):
            yield separator + redactor.entry(text, journal.read(text))
            separator = b","
    rest = redactor.redacted(joined(envelope.rest.items()))[1:-1]
    yield b"]}" + (b"," + rest if rest else b"") + b"}"


def _read(file: BinaryIO, reader: UploadReader) -> Iterator[list[Part]]:
    file.seek(0)
    while data := file.read(_PIECE):
        yield from reader.feed(data)
    yield from reader.close()


def _texts(parts: list[Part]) -> Iterator[bytes]:
    return (text for part in parts if isinstance(part, Block) for text in part.texts())
