"""What threads make, streamed to the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator
from contextlib import nullcontext, suppress
from typing import Final

from anyio import CapacityLimiter

from harlake.limits import KIB, MIB
from harlake.pipeline.channel import Channel, ChannelCancelled, ChannelClosed
from harlake.pipeline.fair_share import FairShare
from harlake.pipeline.interruption import Interrupted, interruptible
from harlake.pipeline.slices import Work, run_in_slices

#: Bytes that are made before anybody asks for them, and more of them where there is room: with 2 MiB, an export takes
#: three quarters of the time.
_IN_FLIGHT: Final = 256 * KIB
_MOST_IN_FLIGHT: Final = 2 * MIB
_TOTAL: Final = 16 * MIB

#: Seconds that a thread waits for a client that reads.
_PATIENCE: Final = 0.02

#: Streams that are being made: the event loop itself would forget them.
_producers: set[asyncio.Task[None]] = set()


def stream_memory() -> FairShare:
    """Return the memory of streams that share some: few of them run far ahead, many hold little each."""
    return FairShare(_TOTAL, _IN_FLIGHT, _MOST_IN_FLIGHT)


async def stream(
    chunks: Generator[bytes], limiter: CapacityLimiter, memory: FairShare | None = None
) -> AsyncIterator[bytes]:
    """Yield what a blocking generator yields; it runs ahead, in threads of the limiter, as far as ``memory`` allows.

    A generator that works for long without a result yields nothing at all now and then, to be stopped when it should.
    """
    with nullcontext(_IN_FLIGHT) if memory is None else memory.member() as capacity:
        channel: Channel[bytes] = Channel(capacity)
        with interruptible() as interruption:  # the task inherits it
            producer = asyncio.create_task(run_in_slices(_produce(chunks, channel, capacity), limiter, _PATIENCE))

        def end(_: asyncio.Task[None]) -> None:
            _producers.discard(producer)
            channel.close()
            if not producer.cancelled():
                producer.exception()  # where nobody waits for it any more, it is no news to anybody

        _producers.add(producer)
        producer.add_done_callback(end)
        try:
            while True:
                yield await channel.receive()
        except ChannelClosed:
            await producer
        finally:
            channel.cancel()
            interruption.happen()


def _produce(chunks: Generator[bytes], channel: Channel[bytes], capacity: int) -> Work[None]:
    with suppress(ChannelCancelled, Interrupted):
        try:
            for chunk in chunks:
                channel.check()
                for start in range(0, len(chunk), capacity):
                    piece = chunk[start : start + capacity]
                    while not channel.put(piece, len(piece)):
                        yield channel.drained
                yield None
        finally:
            chunks.close()
