"""Work for a client that waits for its answer: when the client leaves, the work ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Any, Final, TypeVar

import anyio
from litestar import Request

from harlake.errors import ClientLeftError
from harlake.pipeline.interruption import Interruption, interruptible

_Result = TypeVar("_Result")

#: Seconds after which work is interrupted once more: what comes between two statements of DuckDB interrupts neither.
_AGAIN: Final = 0.05


async def while_client_waits(
    request: Request[Any, Any, Any], work: Callable[[], Awaitable[_Result]], body_read: anyio.Event | None = None
) -> _Result:
    """Do some work, and return its result; when the client leaves, it is cancelled, and its queries interrupted.

    ``body_read`` is set when the body of the request has been read, by work that reads it itself. Such work is
    cancelled only: what it has written, it must be able to remove. Raises ClientLeftError.
    """
    results: list[_Result] = []
    errors: list[Exception] = []
    ended = anyio.Event()

    async def run() -> None:
        try:
            results.append(await work())
        except Exception as error:  # raised again outside of the group, which would wrap it
            errors.append(error)
        finally:
            ended.set()
        group.cancel_scope.cancel()

    with interruptible() if body_read is None else nullcontext(Interruption()) as interruption:
        async with anyio.create_task_group() as group:
            group.start_soon(run)
            if body_read is not None:
                await body_read.wait()
            while (await request.receive())["type"] != "http.disconnect":
                pass
            group.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                while not ended.is_set():
                    interruption.happen()
                    with anyio.move_on_after(_AGAIN):
                        await ended.wait()
    if results:
        return results[0]
    raise errors[0] if errors and not interruption.happened else ClientLeftError
