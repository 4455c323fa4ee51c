"""Work for a key: one does it at a time, whoever leaves hands it on, and keys do not wait for each other."""

from __future__ import annotations

import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from harlake.pipeline.interruption import Interrupted, interruptible
from harlake.pipeline.single_flight import SingleFlight
from tests.support.server import PATIENCE


def test_work_is_done_once() -> None:
    """By the first of many; the others find it done."""
    flights, done = SingleFlight[str](), list[int]()
    begun, may_end = threading.Event(), threading.Event()

    def work(number: int) -> None:
        with flights.alone("a"):
            if not done:
                begun.set()
                assert may_end.wait(PATIENCE)
                done.append(number)

    with ThreadPoolExecutor(4) as threads:
        working = [threads.submit(work, number) for number in range(4)]
        assert begun.wait(PATIENCE)
        with flights.alone("b"):
            pass
        may_end.set()
        for one in working:
            one.result(PATIENCE)
    assert len(done) == 1


def test_whoever_fails_hands_it_on() -> None:
    """The next one works for the key."""
    flights = SingleFlight[str]()
    with pytest.raises(ValueError, match="x"), flights.alone("a"):
        raise ValueError("x")
    with flights.alone("a"):
        pass


def test_whoever_leaves_waits_no_longer() -> None:
    """While somebody else goes on."""
    flights = SingleFlight[str]()

    def wait() -> None:
        with flights.alone("a"):
            pytest.fail("two worked at a time")

    with ThreadPoolExecutor(1) as threads, flights.alone("a"), interruptible() as interruption:
        waiting = threads.submit(contextvars.copy_context().run, wait)
        interruption.happen()
        with pytest.raises(Interrupted):
            waiting.result(PATIENCE)
