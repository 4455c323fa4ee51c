"""The channel through which an uploaded file comes from the event loop to what reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from harlake.har.parse.blocks import Block
from harlake.limits import MIB
from harlake.pipeline.channel import Channel, ChannelClosed
from harlake.pipeline.slices import Wait, Work
from harlake.upload.upload_reader import UploadReader, UploadReport

#: Bytes on their way between two stages: enough for neither to wait for the other's hiccups. Twice as much
#: is 2 % faster and takes 12 MiB more.
BYTES_IN_FLIGHT: Final = 2 * MIB
#: Bytes that the reader is woken for.
_BATCH: Final = MIB // 2


def file_channel() -> Channel[bytes]:
    """Return a channel for the chunks of an uploaded file."""
    return Channel(BYTES_IN_FLIGHT, _BATCH)


def read_file(
    chunks: Channel[bytes], reader: UploadReader, take: Callable[[list[Block]], Iterator[Wait | None]]
) -> Work[UploadReport]:
    """Read a file to its end, and ``take`` the blocks that come out of it."""
    try:
        while True:
            batch = chunks.take()
            if not batch:
                yield chunks.filled
            for data in batch:
                for blocks in reader.feed(data):
                    yield from take(blocks)
                    yield None
            del batch[:]
            data = b""  # while the client sends nothing, nothing of what it has sent is held here
            blocks = []
    except ChannelClosed:
        for blocks in reader.close():
            yield from take(blocks)
            yield None
        return reader.report()
