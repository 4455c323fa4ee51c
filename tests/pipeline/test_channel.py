"""The channel between the event loop and threads."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import anyio
import pytest
from anyio import to_thread
from hypothesis import given
from hypothesis import strategies as st

from harlake.pipeline.channel import Channel, ChannelCancelled, ChannelClosed
from tests.support.server import PATIENCE


def _put(channel: Channel[int], item: int, weight: int) -> None:
    """Put an item in from a thread, waiting for room."""
    while not channel.put(item, weight):
        assert channel.drained.poll(PATIENCE)


def _take(channel: Channel[int]) -> list[int]:
    """Take items out in a thread, waiting for some."""
    while not (items := channel.take()):
        assert channel.filled.poll(PATIENCE)
    return items


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
                    for item in _take(there):
                        _put(back, item, weights[item])
            except ChannelClosed:
                back.close()

        async def send() -> None:
            for item, weight in enumerate(weights):
                await there.send(item, weight)
            there.close()

        async with anyio.create_task_group() as group:
            group.start_soon(to_thread.run_sync, echo)
            group.start_soon(send)
            try:
                while True:
                    received.append(await back.receive())
            except ChannelClosed:
                pass

    anyio.run(run)
    assert received == list(range(len(weights)))


def test_a_full_channel_makes_its_sender_wait() -> None:
    """No more than its capacity is ever in a channel, unless one item alone is heavier."""

    async def run() -> None:
        channel: Channel[str] = Channel(10)
        await channel.send("heavy", 100)
        with anyio.move_on_after(0.05) as scope:
            await channel.send("next", 1)
        assert scope.cancelled_caught
        assert not channel.put("next", 1)
        assert await to_thread.run_sync(channel.take) == ["heavy"]
        await channel.send("next", 1)
        assert await channel.receive() == "next"

    anyio.run(run)


def test_what_is_not_there_is_waited_for() -> None:
    """To take from an empty channel returns nothing at once, and so does to look whether something has come."""

    async def run() -> None:
        channel: Channel[int] = Channel(10)
        assert channel.take() == []
        assert not await to_thread.run_sync(channel.filled.poll, 0)
        channel.put(7, 1)
        assert await to_thread.run_sync(channel.filled.poll, 0)
        await channel.filled.wait()
        assert channel.take() == [7]
        channel.close()
        assert await to_thread.run_sync(channel.filled.poll, 0)
        with pytest.raises(ChannelClosed):
            channel.take()

    anyio.run(run)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=6), st.integers(1, 12))
def test_whoever_waited_for_room_has_it(weights: list[int], weight: int) -> None:
    """A sender that is woken gets its item in: it never waits for what has come already, over and over."""

    async def run() -> None:
        channel: Channel[int] = Channel(10)
        for item in weights:
            channel.put(item, item)
        while not channel.put(0, weight):
            if await to_thread.run_sync(channel.drained.poll, 0):
                assert channel.put(0, weight)
                return
            await channel.receive()

    anyio.run(run)


@pytest.mark.parametrize("by_one", [True, False])
def test_a_sender_is_woken_when_there_is_room(by_one: bool) -> None:
    """Whatever its item weighs, and whatever is taken out: one by one, or all at once."""

    async def receive_until(channel: Channel[int], last: int) -> None:
        if by_one:
            while await channel.receive() != last:
                pass
        else:
            while last not in channel.take():
                await channel.filled.wait()

    async def run() -> None:
        for waiting, weight in product((1, 3, 5, 6, 9, 12), repeat=2):
            channel: Channel[int] = Channel(10)
            while channel.put(0, waiting):
                pass
            async with anyio.create_task_group() as group:
                group.start_soon(channel.send, 1, weight)
                await anyio.wait_all_tasks_blocked()
                with anyio.fail_after(PATIENCE):
                    await receive_until(channel, 1)

    anyio.run(run)


def test_a_receiver_waits_a_moment_for_a_batch() -> None:
    """To begin is worth it from some bytes on; if no more come, or the channel ends, with what there is."""

    async def run() -> None:
        channel: Channel[int] = Channel(100, batch=10)
        received: list[list[int]] = []

        async def receive() -> None:
            await channel.filled.wait()
            received.append(channel.take())

        for items in ([1], [2, 8], [20]):
            async with anyio.create_task_group() as group:
                group.start_soon(receive)
                await anyio.wait_all_tasks_blocked()
                for item in items:
                    channel.put(item, item)
                    await anyio.lowlevel.checkpoint()
        assert received == [[1], [2, 8], [20]]

    anyio.run(run)


def test_giving_up_wakes_the_other_side() -> None:
    """Whoever waits for an item, or for room, learns that the channel has been cancelled: a thread, or a coroutine."""

    async def run() -> None:
        outcomes: list[type] = []

        def wait(action: Callable[[Channel[int]], object], channel: Channel[int]) -> None:
            try:
                action(channel)
            except ChannelCancelled as error:
                outcomes.append(type(error))

        async def wait_here(channel: Channel[int], action: str) -> None:
            try:
                await (channel.receive() if action == "receive" else channel.send(2, 1))
            except ChannelCancelled as error:
                outcomes.append(type(error))

        empty: list[Channel[int]] = [Channel(1) for _ in range(2)]
        full: list[Channel[int]] = [Channel(1) for _ in range(2)]
        for channel in full:
            await channel.send(1, 1)
        async with anyio.create_task_group() as group:
            group.start_soon(to_thread.run_sync, wait, _take, empty[0])
            group.start_soon(to_thread.run_sync, wait, lambda channel: _put(channel, 2, 1), full[0])
            group.start_soon(wait_here, empty[1], "receive")
            group.start_soon(wait_here, full[1], "send")
            await anyio.sleep(0.05)
            for channel in empty + full:
                channel.check()
                channel.cancel()
                with pytest.raises(ChannelCancelled):
                    channel.check()
        assert outcomes == [ChannelCancelled] * 4

    anyio.run(run)


def test_a_channel_outlives_its_event_loop() -> None:
    """A thread that goes on when the loop has ended puts in what it has, and wakes nobody."""
    channels: list[Channel[int]] = []

    async def run() -> None:
        channel: Channel[int] = Channel(10)
        channels.append(channel)
        with anyio.move_on_after(0.01):
            await channel.receive()

    anyio.run(run)
    assert channels[0].put(1, 1)
    channels[0].close()
    assert channels[0].take() == [1]
