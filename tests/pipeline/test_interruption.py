"""Interruptions: they reach whatever the request does, in whichever thread, and what it would begin."""

from __future__ import annotations

import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from anyio import to_thread

from harlake.pipeline.interruption import Interrupted, Interruption, interrupted_by, interruptible
from tests.support.hars import until


def test_what_is_done_is_interrupted_and_what_has_ended_is_not() -> None:
    """All that is under way, each as often as it happens."""
    interruption = Interruption()
    calls: list[str] = []
    with interruption.ends(lambda: calls.append("ended")):
        pass
    with interruption.ends(lambda: calls.append("outer")), interruption.ends(lambda: calls.append("inner")):
        assert calls == []
        interruption.happen()
        assert calls == ["outer", "inner"]
        interruption.happen()
    assert interruption.happened
    assert calls == ["outer", "inner"] * 2


def test_what_would_be_begun_afterwards_is_not() -> None:
    """Its context is never entered."""
    interruption = Interruption()
    interruption.happen()
    with pytest.raises(Interrupted), interruption.ends(lambda: None):
        raise AssertionError("it has begun")


def test_work_of_nobody_is_not_interrupted() -> None:
    """Without a request, and after one, there is nothing that could happen."""
    calls: list[str] = []
    with interruptible() as interruption:
        pass
    with interrupted_by(lambda: calls.append("interrupted")):
        interruption.happen()
    assert calls == []


def test_threads_inherit_it() -> None:
    """What runs in a thread, in the context of a request, ends with that request and with no other."""
    calls: list[str] = []

    def work(name: str, begun: threading.Event, may_end: threading.Event) -> None:
        with interrupted_by(lambda: calls.append(name)):
            begun.set()
            assert may_end.wait(10)

    async def request(name: str, happens: bool) -> None:
        begun, may_end = threading.Event(), threading.Event()
        with interruptible() as interruption:
            async with anyio.create_task_group() as group:
                group.start_soon(to_thread.run_sync, work, name, begun, may_end)
                await until(begun.is_set)
                if happens:
                    interruption.happen()
                may_end.set()

    async def main() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(request, "left", True)
            group.start_soon(request, "waits", False)

    anyio.run(main)
    assert calls == ["left"]


def test_it_happens_from_any_thread() -> None:
    """Work that comes and goes in one thread, while it happens in another, is either interrupted or not begun."""
    interruption = Interruption()
    interrupted = threading.Event()

    def work() -> int:
        begun = 0
        try:
            while True:
                with interruption.ends(interrupted.set):
                    begun += 1
        except Interrupted:
            return begun

    with ThreadPoolExecutor(1) as pool:
        result = pool.submit(contextvars.copy_context().run, work)
        while not result.running():
            pass
        interruption.happen()
        assert result.result(10) >= 0
    assert interruption._interrupts == []
