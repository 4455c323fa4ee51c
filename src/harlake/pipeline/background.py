"""Jobs in the background: a thread writes one batch while its caller prepares the next."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import ParamSpec

P = ParamSpec("P")


class BackgroundWorker:
    """Does jobs in threads that it shares with others, one after the other; at most one is under way.

    For one caller at a time.
    """

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._job: Future[object] | None = None

    def submit(self, job: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Begin a job when the one before is done. Raises what that one has raised."""
        self.wait()
        self._job = self._threads.submit(job, *args, **kwargs)

    def wait(self) -> None:
        """Return when nothing is under way. Raises what the last job has raised, once."""
        job, self._job = self._job, None
        if job is not None:
            job.result()

    def close(self) -> None:
        """Return when nothing is under way, whatever came of it."""
        job, self._job = self._job, None
        if job is not None:
            wait([job])
