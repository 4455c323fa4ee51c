"""What a thread makes, streamed to the event loop."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Generator
from typing import Final

from harlake.limits import MIB
from harlake.pipeline.channel import Channel, ChannelCancelled, ChannelClosed

#: Bytes that the thread may be ahead of whoever receives.
_IN_FLIGHT: Final = 2 * MIB


async def stream(chunks: Generator[bytes]) -> AsyncIterator[bytes]:
    """Yield what a blocking generator yields, from a thread of its own that runs a little ahead.

    A generator that works for long without a result yields nothing at all now and then, to be stopped when it should.
    """
    channel: Channel[bytes] = Channel(_IN_FLIGHT)
    errors: list[Exception] = []

    def produce() -> None:
        try:
            for chunk in chunks:
                if chunk:
                    channel.send(chunk, len(chunk))
                else:
                    channel.check()
        except ChannelCancelled:
            chunks.close()
        except Exception as error:  # raised again on the other side
            errors.append(error)
        channel.close()

    # Not from a pool: it lives as long as the client takes to download.
    threading.Thread(target=produce, name="export", daemon=True).start()
    try:
        while True:
            yield await channel.areceive()
    except ChannelClosed:
        if errors:
            raise errors[0] from None
    finally:
        channel.cancel()
