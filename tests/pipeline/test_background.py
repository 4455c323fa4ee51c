"""Jobs in the background: one at a time, in order, and no error is lost."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from harlake.pipeline.background import BackgroundWorker


def test_jobs_are_done_in_order_by_one_thread() -> None:
    """Each job begins when the one before has ended, in a thread of the worker's name."""
    done: list[tuple[int, str]] = []
    with closing(BackgroundWorker("writer")) as worker:
        for number in range(50):
            worker.submit(lambda number: done.append((number, threading.current_thread().name)), number)
        worker.wait()
    assert [number for number, _ in done] == list(range(50))
    assert {name for _, name in done} == {"writer_0"}


def test_the_caller_goes_on_while_a_job_is_under_way() -> None:
    """The first job does not hold up its caller, the second one does until the first has ended."""
    gate = threading.Event()
    order: list[str] = []

    def job() -> None:
        assert gate.wait(10)
        order.append("job")

    with closing(BackgroundWorker("writer")) as worker:
        worker.submit(job)
        order.append("caller")
        gate.set()
        worker.submit(order.append, "second")
        worker.wait()
    assert order == ["caller", "job", "second"]


def _fail() -> None:
    raise OSError("no")


def test_an_error_comes_with_the_next_call_and_once() -> None:
    """Whoever waits, or submits the next job, learns what the last one has raised; the next job is not begun."""
    begun: list[int] = []
    with closing(BackgroundWorker("writer")) as worker:
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


def test_closing_waits_for_the_job_and_drops_its_error() -> None:
    """After that, there is no thread, and no job is taken."""
    done = threading.Event()
    worker = BackgroundWorker("closing")
    worker.submit(done.set)
    worker.close()
    assert done.is_set()
    assert not any(thread.name.startswith("closing") for thread in threading.enumerate())
    with pytest.raises(RuntimeError):
        worker.submit(_fail)
    failing = BackgroundWorker("closing")
    failing.submit(_fail)
    failing.close()
