"""The composition root: one data folder, one application, and all that its requests share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

from anyio import to_thread
from litestar import Litestar
from litestar.di import Provide
from litestar.middleware import DefineMiddleware

from harlake import memory
from harlake.analysis.statistics import StatisticsCache
from harlake.api.admission import Admission, AdmissionMiddleware
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
from harlake.settings import Settings
from harlake.store.data_dir import DataDir

#: Seconds between two times that memory is returned to the system: it takes some milliseconds.
_RELEASE_INTERVAL: Final = 2


class NoDataDir:
    """Stands for the data folder of an application that has none, and can validate only."""

    def close(self) -> None:
        """Do nothing: there is nothing to be closed."""


def create_app(settings: Settings, data_dir: DataDir | NoDataDir, *, private: bool = False) -> Litestar:
    """Return the ASGI application that serves an open data folder, and closes it when it shuts down.

    A ``private`` one has a single client, for whom nobody has to wait.
    """
    admission = Admission()

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        memory.prepare()
        releasing = asyncio.create_task(_release_memory(admission))
        try:
            yield
        finally:
            releasing.cancel()
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
        dependencies={"data_dir": _provide_data_dir(data_dir), **_shared(settings, admission, private)},
        exception_handlers=HANDLERS,
        middleware=[DefineMiddleware(AdmissionMiddleware, admission=admission)],
        openapi_config=openapi_config(),
        lifespan=[lifespan],
    )


async def _release_memory(admission: Admission) -> None:
    """Return memory that requests have needed to the system, soon after they have been answered."""
    answered = 0
    while True:
        await asyncio.sleep(_RELEASE_INTERVAL)
        if admission.answered != answered:
            answered = admission.answered
            await admission.health.call(memory.release)


def _provide_data_dir(data_dir: DataDir | NoDataDir) -> Provide:
    """Provide the data folder to handlers; those that need one are told where there is none."""

    def provide() -> DataDir:
        if isinstance(data_dir, NoDataDir):
            raise DataDirError("this application has no data folder, and can validate only")
        return data_dir

    return Provide(provide, sync_to_thread=False)


def _shared(settings: Settings, admission: Admission, private: bool) -> dict[str, Provide]:
    """Return what the requests of one application share, under the names of the handlers' parameters."""
    limits = Limits(max_entry_bytes=settings.max_entry_bytes, sql=settings.sql or private)
    if private:
        limits = replace(limits, query_seconds=None)
    shared: dict[str, Any] = {
        "limits": limits,
        "admission": admission,
        "statistics_cache": StatisticsCache(),
    }
    return {name: _provide(value) for name, value in shared.items()}


def _provide(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
