"""Imports that are running in this process: how far each is, and how to end it.

All of it is changed by the event loop only, but for the count of entries, which one thread changes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import anyio

from harlake.errors import ImportCancelledError, ImportNotFoundError
from harlake.store.ids import new_id, parse_id
from harlake.upload.multipart import FileStart, TextField, UploadEvent

_Result = TypeVar("_Result")


@dataclass(slots=True)
class RunningImport:
    """One import: ``received`` of the ``total`` bytes of its request, None where those are not announced."""

    total: int | None
    id: UUID = field(default_factory=new_id)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    name: str | None = None
    session_id: UUID | None = None
    received: int = 0
    entries: int = 0
    _scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)

    def count_bytes(self, count: int) -> None:
        """Note that so many more bytes have come."""
        self.received += count

    def count_entries(self, count: int) -> None:
        """Note that so many more entries are stored."""
        self.entries += count

    def cancel(self) -> None:
        """End it, and leave nothing behind; one that is about to be complete is completed."""
        self._scope.cancel()

    async def watch(self, events: AsyncIterator[UploadEvent]) -> AsyncIterator[UploadEvent]:
        """Yield the events of its upload, and note what it is called and where it goes."""
        async for event in events:
            if isinstance(event, FileStart):
                self.name = event.name
            elif isinstance(event, TextField) and event.name == "sessionId":
                self.session_id = parse_id(event.value.strip())
            yield event
            del event

    async def run(self, work: Callable[[], Awaitable[_Result]]) -> _Result:
        """Do its work. Raises ImportCancelledError if it is cancelled before that is done."""
        with self._scope:
            return await work()
        raise ImportCancelledError("somebody has cancelled it; nothing was kept")


class RunningImports:
    """The imports of one application."""

    def __init__(self) -> None:
        self._running: dict[UUID, RunningImport] = {}

    @contextmanager
    def begin(self, total: int | None) -> Iterator[RunningImport]:
        """Have an import among the others for as long as the context lasts."""
        started = RunningImport(total)
        self._running[started.id] = started
        try:
            yield started
        finally:
            del self._running[started.id]

    def all(self) -> list[RunningImport]:
        """Return all that are running, in the order in which they have begun."""
        return list(self._running.values())

    def find(self, import_id: str) -> RunningImport:
        """Return one of them. Raises ImportNotFoundError."""
        parsed = parse_id(import_id)
        found = None if parsed is None else self._running.get(parsed)
        if found is None:
            raise ImportNotFoundError(f"no import {import_id!r} is running in this process")
        return found
