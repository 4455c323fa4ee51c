"""Answers of imports that have a key: a client that asks again, for it has got no answer, gets the same one.

An answer is written down before its import is complete, and is true from then on if the catalog has the capture. So
there is no moment at which a crash could let a file be imported twice.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from weakref import WeakValueDictionary

import anyio
import msgspec
from anyio import CapacityLimiter, to_thread

from harlake.errors import IdempotencyKeyError
from harlake.store import private_files
from harlake.store.data_dir import DataDir
from harlake.store.disk import disk_errors
from harlake.store.json_files import read_json, write_json
from harlake.upload.import_outcome import ImportOutcome

_ENDING: Final = ".json"

#: Tells what an import will be answered with, before it is complete.
Announce = Callable[[ImportOutcome], None]


class _Kept(msgspec.Struct):
    """An answer, and what is known of the request that it was for."""

    request: str
    outcome: ImportOutcome


class KeptAnswers:
    """The answers of one data folder; they are kept for so many ``seconds``."""

    def __init__(self, folder: Path, data_dir: DataDir, threads: CapacityLimiter, seconds: float) -> None:
        self._folder = folder
        self._data_dir = data_dir
        self._threads = threads
        self._seconds = seconds
        self._running: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()

    async def once(
        self, key: str, request: str, work: Callable[[Announce], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        """Return what some work answers, or has answered when the key came before.

        Args:
            key: What the client calls its request; the text is not kept.
            request: What another request with that key has to be, too.
            work: Called where there is no answer yet, with what is to be told of the answer.

        Raises:
            IdempotencyKeyError: The key was that of another request.
        """
        name = hashlib.sha256(key.encode()).hexdigest()
        path = self._folder / f"{name}{_ENDING}"
        async with self._running.setdefault(name, anyio.Lock()):
            kept = await to_thread.run_sync(self._read, path, limiter=self._threads)
            if kept is None:
                return await self._do(path, request, work)
        if kept.request != request:
            raise IdempotencyKeyError("the key was that of another request; a new request needs a new one")
        return kept.outcome.body

    async def _do(
        self, path: Path, request: str, work: Callable[[Announce], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        announced: ImportOutcome | None = None

        def announce(outcome: ImportOutcome) -> None:
            nonlocal announced
            with disk_errors():
                private_files.make_folder(self._folder)
            write_json(path, _Kept(request, outcome))
            announced = outcome

        answer = await work(announce)
        if announced is not None:
            # Now that it is certain, it is told whatever becomes of the capture.
            await to_thread.run_sync(write_json, path, _Kept(request, announced.settled()), limiter=self._threads)
        return answer

    def _read(self, path: Path) -> _Kept | None:
        kept = read_json(path, _Kept)
        return kept if kept is not None and kept.outcome.is_true(self._data_dir) else None

    async def expire(self) -> None:
        """Remove the answers that were kept for long enough."""
        await to_thread.run_sync(self._expire, limiter=self._threads)

    def _expire(self) -> None:
        before = time.time() - self._seconds
        for path in self._folder.glob("*"):
            if path.stat().st_mtime <= before:
                path.unlink(missing_ok=True)
