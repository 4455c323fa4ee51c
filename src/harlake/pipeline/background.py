"""Jobs in the background: a thread writes one batch while its caller prepares the next."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec

P = ParamSpec("P")


class BackgroundWorker:
    """Does jobs one after the other; at most one is under way. For one caller at a time."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=name)
        self._job: Future[object] | None = None

    def submit(self, job: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Begin a job when the one before is done. Raises what that one has raised."""
        self.wait()
        self._job = self._thread.submit(job, *args, **kwargs)

    def wait(self) -> None:
        """Return when nothing is under way. Raises what the last job has raised, once."""
        job, self._job = self._job, None
        if job is not None:
            job.result()

    def close(self) -> None:
        """End the thread when its job is done, whatever comes of that."""
        self._thread.shutdown()
