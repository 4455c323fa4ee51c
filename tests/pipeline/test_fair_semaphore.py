"""A fair semaphore: so many threads at a time, first come, first served."""

from __future__ import annotations

import threading

import pytest

from harlake.pipeline.fair_semaphore import FairSemaphore
from tests.support.hars import wait_for


@pytest.mark.parametrize("permits", [1, 3])
def test_no_more_threads_than_permits(permits: int) -> None:
    """Threads that come and go are never more at a time than there are permits, and all get theirs."""
    semaphore = FairSemaphore(permits)
    counting = threading.Lock()
    inside = 0
    counts: list[int] = []

    def work() -> None:
        for _ in range(100):
            with semaphore:
                count(1)
                count(-1)
                with semaphore.released():
                    pass
                count(1)
                count(-1)

    def count(change: int) -> None:
        nonlocal inside
        with counting:
            inside += change
            counts.append(inside)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counts) == 8 * 100 * 4
    assert max(counts) <= permits
    assert inside == 0


def test_first_come_first_served() -> None:
    """A thread that leaves and comes again waits behind those that waited before."""
    semaphore = FairSemaphore(1)
    order: list[int] = []
    threads: list[threading.Thread] = []
    with semaphore:
        for number in range(5):
            threads.append(threading.Thread(target=_serve, args=[semaphore, order, number]))
            threads[-1].start()
            wait_for(lambda: len(semaphore._waiting) == len(threads))
    with semaphore:
        assert order == [0, 1, 2, 3, 4]
    for thread in threads:
        thread.join()


def _serve(semaphore: FairSemaphore, order: list[int], number: int) -> None:
    with semaphore:
        order.append(number)
