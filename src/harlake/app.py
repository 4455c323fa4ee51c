"""The composition root: one data folder, one application, and all that its requests share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from anyio import CapacityLimiter, to_thread
from litestar import Litestar
from litestar.di import Provide

from harlake import memory
from harlake.analysis.statistics import StatisticsCache
from harlake.api.analysis import AnalysisController
from harlake.api.docs import assets_router, openapi_config
from harlake.api.entries import EntryController
from harlake.api.errors import HANDLERS
from harlake.api.exports import ExportController
from harlake.api.har import HarController
from harlake.api.health import health
from harlake.api.sessions import SessionController
from harlake.api.sql import sql
from harlake.errors import DataDirError
from harlake.limits import Limits
from harlake.pipeline.fair_semaphore import FairSemaphore
from harlake.settings import Settings
from harlake.store.data_dir import DataDir


class NoDataDir:
    """Stands for the data folder of an application that has none, and can validate only."""

    def close(self) -> None:
        """Do nothing: there is nothing to be closed."""


def create_app(settings: Settings, data_dir: DataDir | NoDataDir, *, private: bool = False) -> Litestar:
    """Return the ASGI application that serves an open data folder, and closes it when it shuts down.

    A ``private`` one has a single client, for whom nobody has to wait.
    """

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        memory.prepare()
        try:
            yield
        finally:
            await to_thread.run_sync(data_dir.close)

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
        dependencies={"data_dir": _provide_data_dir(data_dir), **_shared(settings, private)},
        exception_handlers=HANDLERS,
        openapi_config=openapi_config(),
        lifespan=[lifespan],
    )


def _provide_data_dir(data_dir: DataDir | NoDataDir) -> Provide:
    """Provide the data folder to handlers; those that need one are told where there is none."""

    def provide() -> DataDir:
        if isinstance(data_dir, NoDataDir):
            raise DataDirError("this application has no data folder, and can validate only")
        return data_dir

    return Provide(provide, sync_to_thread=False)


def _shared(settings: Settings, private: bool) -> dict[str, Provide]:
    """Return what the requests of one application share, under the names of the handlers' parameters."""
    limits = Limits(max_entry_bytes=settings.max_entry_bytes, sql=settings.sql or private)
    if private:
        limits = replace(limits, query_seconds=None)
    shared: dict[str, Any] = {
        "limits": limits,
        # Reading is what holds the interpreter: of however many uploads there are, one is read at a time.
        "upload_semaphore": FairSemaphore(1),
        # Sessions that are summed up, and pairs that are compared, take some tens of MiB each. The others wait.
        "statistics_limiter": CapacityLimiter(2),
        "diff_limiter": CapacityLimiter(1),
        "statistics_cache": StatisticsCache(),
    }
    return {name: _provide(value) for name, value in shared.items()}


def _provide(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
