"""The channel through which an uploaded file comes from the event loop to the thread that reads it."""

from __future__ import annotations

from typing import Final

from harlake.limits import MIB
from harlake.pipeline.channel import Channel, ChannelClosed
from harlake.pipeline.fair_semaphore import FairSemaphore
from harlake.upload.upload_reader import UploadReader, UploadReport

#: Bytes on their way between two stages: enough for neither to wait for the other's hiccups. Twice as much
#: is 2 % faster and takes 12 MiB more.
BYTES_IN_FLIGHT: Final = 2 * MIB
#: Bytes that the reader is woken for.
_BATCH: Final = MIB // 2


def file_channel() -> Channel[bytes]:
    """Return a channel for the chunks of an uploaded file."""
    return Channel(BYTES_IN_FLIGHT, _BATCH)


def read_file(chunks: Channel[bytes], reader: UploadReader, semaphore: FairSemaphore) -> UploadReport:
    """Read a file to its end, in a thread; the semaphore is held while there is something to be read."""
    try:
        while True:
            batch = chunks.receive()
            with semaphore:
                for data in batch:
                    reader.feed(data)
    except ChannelClosed:
        with semaphore:
            return reader.close()
