"""Work for a client that waits: it is done, or ends when the client has left."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from anyio import to_thread
from litestar import Request

from harlake.api.client import while_client_waits
from harlake.errors import ClientLeftError, NoFileError
from harlake.pipeline.interruption import Interrupted, interrupted_by
from tests.support.server import PATIENCE


class _Client:
    """A client that waits until it leaves."""

    def __init__(self) -> None:
        self.left = anyio.Event()
        scope: Any = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
        self.request: Request[Any, Any, Any] = Request(scope, self._receive)
        self._sent = False

    async def _receive(self) -> Any:
        if not self._sent:
            self._sent = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}


def test_the_answer_is_that_of_the_work() -> None:
    """A result or an error, as it is."""

    async def work() -> int:
        await anyio.lowlevel.checkpoint()
        return 7

    async def fail() -> int:
        raise NoFileError("why")

    async def main() -> None:
        assert await while_client_waits(_Client().request, work) == 7
        with pytest.raises(NoFileError, match="why"):
            await while_client_waits(_Client().request, fail)

    anyio.run(main)


def test_a_client_that_leaves_interrupts_until_the_work_has_ended() -> None:
    """An interruption that came to nothing is repeated: the work ends with the first that it notices."""
    interruptions = 0

    def query(begun: anyio.Event) -> None:
        def interrupt() -> None:
            nonlocal interruptions
            interruptions += 1
            if interruptions == 3:
                noticed.set()

        noticed = threading.Event()
        with interrupted_by(interrupt):
            anyio.from_thread.run_sync(begun.set)
            assert noticed.wait(PATIENCE)
            raise Interrupted

    async def main() -> None:
        client, begun = _Client(), anyio.Event()

        async def leave() -> None:
            await begun.wait()
            client.left.set()

        async with anyio.create_task_group() as group:
            group.start_soon(leave)
            with pytest.raises(ClientLeftError):
                await while_client_waits(client.request, lambda: to_thread.run_sync(query, begun))

    anyio.run(main)
    assert interruptions >= 3


def test_work_that_waits_for_its_turn_is_cancelled() -> None:
    """It is never begun."""

    async def main() -> None:
        client = _Client()
        client.left.set()
        limiter = anyio.CapacityLimiter(1)
        async with limiter:
            with pytest.raises(ClientLeftError):
                await while_client_waits(client.request, lambda: to_thread.run_sync(pytest.fail, limiter=limiter))

    anyio.run(main)


def test_what_work_has_written_it_can_remove() -> None:
    """Work that reads the body is cancelled once that has been read; no query of its is refused then."""
    removed: list[bool] = []

    def remove() -> None:
        with interrupted_by(pytest.fail):
            removed.append(True)

    async def main() -> None:
        client, body_read = _Client(), anyio.Event()
        client.left.set()

        async def work() -> None:
            try:
                body_read.set()
                await anyio.sleep_forever()
            finally:
                with anyio.CancelScope(shield=True):
                    await anyio.sleep(0.01)
                    await to_thread.run_sync(remove)

        with pytest.raises(ClientLeftError):
            await while_client_waits(client.request, work, body_read)

    anyio.run(main)
    assert removed == [True]
