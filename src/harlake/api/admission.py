"""What requests of one class may take of the service: how many are worked on at a time, and how many wait.

Strategy: each class has its *places*. A request holds one from its beginning to the end of its answer; where all are
taken it waits, and where too many wait it is refused. Work runs in threads that belong to the class, so that none takes
those of another. A client that is slow costs a place and no thread (:mod:`harlake.pipeline.slices`), which is why there
are many places for imports and exports.

A route names its class as ``opt={ADMISSION: "exports"}``; :class:`AdmissionMiddleware` does the rest.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, Final, TypeVar

from anyio import CapacityLimiter, to_thread
from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from harlake.api.client import while_client_waits
from harlake.errors import HarlakeError, TooBusyError, TooManyQueriesError
from harlake.limits import KIB, MIB
from harlake.pipeline.memory_budget import MemoryBudget
from harlake.pipeline.streaming import stream_memory
from harlake.upload.resources import UploadResources

_Result = TypeVar("_Result")

#: The option of a route that names its class.
ADMISSION: Final = "admission"

_WITHOUT_BODY: Final = frozenset({"GET", "HEAD"})

#: Bytes of a JSON body from which on there are few at a time.
_LARGE_BODY: Final = 256 * KIB

#: What a request holds, and its name in the request's state.
_HELD: Final = "harlake_held"


class RequestClass:
    """Places for requests of one kind, and the threads that these share."""

    def __init__(
        self, name: str, *, places: int, waiting: int, threads: int, refusal: type[HarlakeError] = TooBusyError
    ) -> None:
        self.name = name
        self.threads = CapacityLimiter(threads)
        self.places = CapacityLimiter(places)
        self.most_waiting = waiting
        self.refusal = refusal

    @property
    def waiting(self) -> int:
        """How many requests wait for a place."""
        return self.places.statistics().tasks_waiting

    @property
    def is_waited_for(self) -> bool:
        """Whether all places are taken."""
        return self.places.available_tokens <= 0

    @property
    def is_full(self) -> bool:
        """Whether the next request would be refused."""
        return self.is_waited_for and self.waiting >= self.most_waiting

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Have a place, having waited for one. Raises TooBusyError, or what else this class refuses with."""
        if self.is_full:
            raise self.refusal(f"{self.places.borrowed_tokens} {self.name} are running, and {self.waiting} wait")
        holder = object()
        await self.places.acquire_on_behalf_of(holder)
        try:
            yield
        finally:
            self.places.release_on_behalf_of(holder)

    async def call(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """Call a function in a thread of this class."""
        return await to_thread.run_sync(function, *arguments, limiter=self.threads)

    async def ask(self, request: Request[Any, Any, Any], function: Callable[..., _Result], *arguments: Any) -> _Result:
        """Call a function that only reads, as long as the client waits for it. Raises ClientLeftError."""
        return await while_client_waits(request, partial(self.call, function, *arguments))


class Admission:
    """All classes of requests; a class of its own for each kind of work that takes time or memory."""

    def __init__(self, memory: int = 512 * MIB) -> None:
        """``memory`` is how many bytes requests may hold together, beyond a MiB each."""
        #: Requests that have been answered.
        self.answered = 0
        self.memory = MemoryBudget(memory)
        #: For what exports make before it is read.
        self.streams = stream_memory()
        self.health = RequestClass("health checks", places=64, waiting=64, threads=2)
        self.catalog = RequestClass("requests to the catalog", places=64, waiting=1_024, threads=16)
        #: Of those who follow something, which take nothing but a connection each.
        self.events = RequestClass("streams of events", places=256, waiting=0, threads=1)
        self.searches = RequestClass("searches", places=32, waiting=32, threads=2)
        self.statistics = RequestClass("statistics", places=2, waiting=32, threads=2)
        self.diffs = RequestClass("comparisons", places=1, waiting=16, threads=1)
        self.sql = RequestClass("queries", places=1, waiting=2, threads=1, refusal=TooManyQueriesError)
        self.imports = RequestClass("imports", places=2_048, waiting=0, threads=4)
        self.exports = RequestClass("exports", places=2_048, waiting=0, threads=4)
        #: Selections whose JSON is large: it is held as a whole, with what is found for each id.
        self.selections = RequestClass("large selections", places=4, waiting=16, threads=1)
        #: Tables are written by a thread each, and by a DuckDB of their own.
        self.tables = RequestClass("exports of tables", places=8, waiting=32, threads=4)
        #: Reading is what holds the interpreter: of however many uploads there are, one is read at a time.
        self.uploads = UploadResources(CapacityLimiter(1), self.imports.threads, self.memory)

    def classes(self) -> dict[str, RequestClass]:
        """Return the classes by the names that routes give them."""
        return {name: value for name, value in vars(self).items() if isinstance(value, RequestClass)}


async def hold(scope: Scope, resource: AbstractAsyncContextManager[None]) -> None:
    """Let a request have a place or memory until it has been answered. Raises TooBusyError or the like."""
    await scope["state"][_HELD].enter_async_context(resource)


class AdmissionMiddleware:
    """Lets each request wait for a place of its route's class, and gives it back when it has been answered."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission
        self._classes = admission.classes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        name = scope["route_handler"].opt.get(ADMISSION)
        async with AsyncExitStack() as held:
            scope["state"][_HELD] = held
            if name is not None:
                await _wait_for_place(scope, receive, self._classes[name])
            if _holds_large_body(scope):
                await hold(scope, self._admission.selections.place())
            await self._app(scope, receive, send)
        self._admission.answered += 1


async def _wait_for_place(scope: Scope, receive: Receive, request_class: RequestClass) -> None:
    """Let a request have a place; one without a body, whose client can be seen to leave, waits no longer than that."""
    place = partial(hold, scope, request_class.place())
    if request_class.is_waited_for and scope.get("method") in _WITHOUT_BODY:
        await while_client_waits(Request(scope, receive), place)
    else:
        await place()


def _holds_large_body(scope: Scope) -> bool:
    """Return whether a request may have a body that is large, and not streamed."""
    handler = scope["route_handler"]
    limit = handler.resolve_request_max_body_size() if isinstance(handler, HTTPRouteHandler) else None
    if limit is None or limit <= _LARGE_BODY:
        return False
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or int(headers.get(b"content-length", b"0")) > _LARGE_BODY
