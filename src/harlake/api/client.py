"""Work for a client that waits for its answer: when the client leaves, the work ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
from litestar import Request

from harlake.errors import ClientLeftError
from harlake.pipeline.interruption import interruptible

Result = TypeVar("Result")


async def while_client_waits(
    request: Request[Any, Any, Any], work: Callable[[], Awaitable[Result]], body_read: anyio.Event | None = None
) -> Result:
    """Do some work, and return its result; when the client leaves, it is cancelled, and its queries interrupted.

    ``body_read`` is set when the body of the request has been read, by work that reads it itself. Raises
    ClientLeftError.
    """
    results: list[Result] = []
    errors: list[Exception] = []

    async def run() -> None:
        try:
            results.append(await work())
        except Exception as error:  # raised again outside of the group, which would wrap it
            errors.append(error)
        group.cancel_scope.cancel()

    with interruptible() as interruption:
        async with anyio.create_task_group() as group:
            group.start_soon(run)
            if body_read is not None:
                await body_read.wait()
            while (await request.receive())["type"] != "http.disconnect":
                pass
            interruption.happen()
            group.cancel_scope.cancel()
    if results:
        return results[0]
    raise errors[0] if errors and not interruption.happened else ClientLeftError
