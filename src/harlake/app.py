"""The composition root: one data folder, one application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from litestar import Litestar
from litestar.di import Provide

from harlake import memory
from harlake.api.analysis import AnalysisController
from harlake.api.docs import assets_router, openapi_config
from harlake.api.entries import EntryController
from harlake.api.errors import HANDLERS
from harlake.api.har import HarController
from harlake.api.health import health
from harlake.api.sessions import SessionController
from harlake.limits import Limits
from harlake.settings import Settings
from harlake.store.data_dir import DataDir


def create_app(settings: Settings, data_dir: DataDir) -> Litestar:
    """Return the ASGI application that serves an open data folder, and closes it when it shuts down."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        memory.settle()
        try:
            yield
        finally:
            await to_thread.run_sync(data_dir.close)

    limits = Limits(max_entry_bytes=settings.max_entry_bytes)
    return Litestar(
        route_handlers=[HarController, SessionController, EntryController, AnalysisController, health, assets_router()],
        dependencies={
            "data_dir": Provide(lambda: data_dir, sync_to_thread=False),
            "limits": Provide(lambda: limits, sync_to_thread=False),
        },
        exception_handlers=HANDLERS,
        openapi_config=openapi_config(),
        lifespan=[lifespan],
    )
