"""The channel between the event loop and threads."""

from __future__ import annotations

import anyio
from anyio import to_thread
from hypothesis import given
from hypothesis import strategies as st

from harlake.pipeline.channel import Channel, ChannelCancelled, ChannelClosed


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(1, 60), st.integers(0, 40))
def test_everything_sent_is_received_in_order(weights: list[int], capacity: int, batch: int) -> None:
    """From the loop to a thread and back, nothing is lost, doubled or reordered, however tight the room."""
    received: list[int] = []

    async def run() -> None:
        there: Channel[int] = Channel(capacity, batch)
        back: Channel[int] = Channel(capacity)

        def echo() -> None:
            try:
                while True:
                    for item in there.receive():
                        back.send(item, weights[item])
            except ChannelClosed:
                back.close()

        async def send() -> None:
            for item, weight in enumerate(weights):
                await there.asend(item, weight)
            there.close()

        async with anyio.create_task_group() as group:
            group.start_soon(to_thread.run_sync, echo)
            group.start_soon(send)
            try:
                while True:
                    received.append(await back.areceive())
            except ChannelClosed:
                pass

    anyio.run(run)
    assert received == list(range(len(weights)))


def test_a_full_channel_makes_its_sender_wait() -> None:
    """No more than its capacity is ever in a channel, unless one item alone is heavier."""

    async def run() -> None:
        channel: Channel[str] = Channel(10)
        await channel.asend("heavy", 100)
        with anyio.move_on_after(0.05) as scope:
            await channel.asend("next", 1)
        assert scope.cancelled_caught
        assert await to_thread.run_sync(channel.receive) == ["heavy"]
        await channel.asend("next", 1)
        assert await channel.areceive() == "next"

    anyio.run(run)


def test_giving_up_wakes_the_other_side() -> None:
    """A thread that waits for an item, or for room, learns that the channel has been cancelled."""

    async def run() -> None:
        empty: Channel[int] = Channel(1)
        full: Channel[int] = Channel(1)
        await full.asend(1, 1)
        outcomes: list[type] = []

        def wait(action: str) -> None:
            try:
                if action == "receive":
                    empty.receive()
                else:
                    full.send(2, 1)
            except ChannelCancelled as error:
                outcomes.append(type(error))

        async with anyio.create_task_group() as group:
            for action in ("receive", "send"):
                group.start_soon(to_thread.run_sync, wait, action)
            await anyio.sleep(0.05)
            empty.cancel()
            full.cancel()
        assert outcomes == [ChannelCancelled, ChannelCancelled]

    anyio.run(run)
