"""Imports that are running: how far they are, and what becomes of one that is cancelled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress

import anyio
import pytest

from harlake.errors import ImportCancelledError, ImportNotFoundError
from harlake.upload.multipart import FileChunk, FileStart, TextField, UploadEvent
from harlake.upload.running_imports import RunningImports
from tests.support.hars import UNKNOWN_ID


def test_it_is_there_as_long_as_it_runs() -> None:
    """Under its id, among others, in the order in which they have begun; also if it fails."""

    async def main() -> None:
        running = RunningImports()
        with running.begin(5) as first:
            with suppress(ZeroDivisionError), running.begin(None) as second:
                assert running.all() == [first, second]
                assert running.find(str(second.id)) is second
                raise ZeroDivisionError
            assert running.all() == [first]
        assert running.all() == []
        for missing in (str(first.id), UNKNOWN_ID, "x", ""):
            with pytest.raises(ImportNotFoundError):
                running.find(missing)

    anyio.run(main)


def test_what_comes_is_counted() -> None:
    """Its events are passed on as they are."""
    events: list[UploadEvent] = [
        TextField("sessionId", f" {UNKNOWN_ID} "),
        FileStart("a.har"),
        FileChunk(b"abc"),
        TextField("x", "y"),
    ]

    async def upload() -> AsyncIterator[UploadEvent]:
        for event in events:
            yield event

    async def main() -> None:
        with RunningImports().begin(9) as one:
            assert [event async for event in one.watch(upload())] == events
            one.count_bytes(3)
            one.count_bytes(4)
            one.count_entries(2)
            assert (one.name, str(one.session_id), one.received, one.total, one.entries) == (
                "a.har",
                UNKNOWN_ID,
                7,
                9,
                2,
            )

    anyio.run(main)


def test_cancelling_ends_its_work_only() -> None:
    """Whoever waits for it is told; what is done already has been done."""

    async def main() -> None:
        running = RunningImports()
        with running.begin(None) as one, running.begin(None) as other:
            async with anyio.create_task_group() as group:

                async def wait() -> None:
                    with pytest.raises(ImportCancelledError):
                        await one.run(anyio.sleep_forever)

                group.start_soon(wait)
                await anyio.wait_all_tasks_blocked()
                one.cancel()

            async def finish() -> int:
                other.cancel()
                return 7

            assert await other.run(finish) == 7

    anyio.run(main)
