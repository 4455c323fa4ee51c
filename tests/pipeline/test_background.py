"""Jobs in the background: one at a time, in order, and no error is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from harlake.pipeline.background import BackgroundWorker


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Three threads, of which a worker has one at a time."""
    with ThreadPoolExecutor(3, "writer") as pool:
        yield pool


def test_jobs_are_done_in_order_one_at_a_time(pool: ThreadPoolExecutor) -> None:
    """Each job begins when the one before has ended, in a thread of the pool, though there are several."""
    done: list[tuple[int, str]] = []
    running = threading.Lock()

    def job(number: int) -> None:
        assert running.acquire(blocking=False)
        done.append((number, threading.current_thread().name))
        running.release()

    with closing(BackgroundWorker(pool)) as worker:
        for number in range(50):
            worker.submit(job, number)
        worker.wait()
    assert [number for number, _ in done] == list(range(50))
    assert {name for _, name in done} <= {"writer_0", "writer_1", "writer_2"}


def test_the_caller_goes_on_while_a_job_is_under_way(pool: ThreadPoolExecutor) -> None:
    """The first job does not hold up its caller, the second one does until the first has ended."""
    gate = threading.Event()
    order: list[str] = []

    def job() -> None:
        assert gate.wait(10)
        order.append("job")

    with closing(BackgroundWorker(pool)) as worker:
        worker.submit(job)
        order.append("caller")
        gate.set()
        worker.submit(order.append, "second")
        worker.wait()
    assert order == ["caller", "job", "second"]


def _fail() -> None:
    raise OSError("no")


def test_an_error_comes_with_the_next_call_and_once(pool: ThreadPoolExecutor) -> None:
    """Whoever waits, or submits the next job, learns what the last one has raised; the next job is not begun."""
    begun: list[int] = []
    with closing(BackgroundWorker(pool)) as worker:
        worker.submit(_fail)
        with pytest.raises(OSError, match="no"):
            worker.submit(begun.append, 1)
        worker.wait()
        worker.submit(_fail)
        with pytest.raises(OSError, match="no"):
            worker.wait()
        worker.wait()
        worker.submit(begun.append, 2)
    assert begun == [2]


def test_closing_waits_for_the_job_and_drops_its_error(pool: ThreadPoolExecutor) -> None:
    """What others do in the same threads goes on."""
    gate, done = threading.Event(), threading.Event()
    other = BackgroundWorker(pool)
    other.submit(gate.wait, 10)
    worker = BackgroundWorker(pool)
    worker.submit(done.set)
    worker.close()
    assert done.is_set()
    failing = BackgroundWorker(pool)
    failing.submit(_fail)
    failing.close()
    failing.wait()
    gate.set()
    other.close()
