"""The channel through which an uploaded file comes from the event loop to what reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from harlake.har.parse.gaps import Part
from harlake.limits import MIB
from harlake.pipeline.channel import Channel, ChannelClosed
from harlake.pipeline.slices import Wait, WaitAtMost, Work
from harlake.upload.resources import BYTES_IN_FLIGHT
from harlake.upload.salvage_upload_reader import SalvageUploadReader
from harlake.upload.upload_reader import UploadReader, UploadReport

#: Seconds for which more is awaited of a file that is refused.
_PATIENCE: Final = 0.5
#: Bytes that the reader is woken for.
_BATCH: Final = MIB // 2


def file_channel(capacity: int = BYTES_IN_FLIGHT) -> Channel[bytes]:
    """Return a channel for the chunks of an uploaded file."""
    return Channel(capacity, min(_BATCH, capacity // 2))


def read_file(
    chunks: Channel[bytes],
    reader: UploadReader | SalvageUploadReader,
    take: Callable[[list[Part]], Iterator[Wait | None]],
    recount: Callable[[], None] = lambda: None,
) -> Work[UploadReport]:
    """Read a file to its end, and ``take`` what comes out of it.

    ``recount`` is called after each step, when the reader holds more or less than before.
    """
    try:
        while True:
            batch = chunks.take()
            if not batch and reader.is_refused:
                yield WaitAtMost(chunks.filled, _PATIENCE)
                batch = chunks.take()
                if not batch:
                    reader.give_up()
            elif not batch:
                yield chunks.filled
            for data in batch:
                for blocks in reader.feed(data):
                    yield from take(blocks)
                    blocks.clear()
                    recount()
                    yield None
                recount()
            del batch[:]
            data = b""  # while the client sends nothing, nothing of what it has sent is held here
    except ChannelClosed:
        for blocks in reader.close():
            yield from take(blocks)
            yield None
        return reader.report()
