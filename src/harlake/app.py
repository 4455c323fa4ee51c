"""The composition root: one data folder, one application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from anyio import to_thread
from litestar import Litestar
from litestar.di import Provide

from harlake import memory
from harlake.api.analysis import AnalysisController
from harlake.api.docs import assets_router, openapi_config
from harlake.api.entries import EntryController
from harlake.api.errors import HANDLERS
from harlake.api.exports import ExportController
from harlake.api.har import HarController
from harlake.api.health import health
from harlake.api.sessions import SessionController
from harlake.api.sql import sql
from harlake.limits import Limits
from harlake.settings import Settings
from harlake.store.data_dir import DataDir


def create_app(settings: Settings, data_dir: DataDir | None, *, private: bool = False) -> Litestar:
    """Return the ASGI application that serves an open data folder, and closes it when it shuts down.

    Without a folder it can validate. A ``private`` one has a single client, for whom nobody has to wait.
    """

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        memory.prepare()
        try:
            yield
        finally:
            if data_dir is not None:
                await to_thread.run_sync(data_dir.close)

    limits = Limits(max_entry_bytes=settings.max_entry_bytes)
    if private:
        limits = replace(limits, query_seconds=None)
    return Litestar(
        route_handlers=[
            HarController,
            ExportController,
            SessionController,
            EntryController,
            AnalysisController,
            health,
            sql,
            assets_router(),
        ],
        dependencies={
            "data_dir": Provide(lambda: data_dir, sync_to_thread=False),
            "limits": Provide(lambda: limits, sync_to_thread=False),
        },
        exception_handlers=HANDLERS,
        openapi_config=openapi_config(),
        lifespan=[lifespan],
    )
