"""The composition root: one data folder, one application, and all that its requests share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from anyio import to_thread
from litestar import Litestar, Router
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.plugins import InitPluginProtocol
from msgspec import to_builtins

from harlake import memory
from harlake.access.policy import AccessPolicy
from harlake.analysis.statistics import StatisticsCache
from harlake.api.access import AccessMiddleware
from harlake.api.admission import Admission, AdmissionMiddleware
from harlake.api.analysis import AnalysisController
from harlake.api.captures import CaptureController
from harlake.api.catalog import copy_catalog
from harlake.api.checks import check_sessions
from harlake.api.diffs import DiffController
from harlake.api.docs import assets_router, openapi_config
from harlake.api.entries import EntryController
from harlake.api.errors import HANDLERS
from harlake.api.exports import ExportController
from harlake.api.gaps import GapController
from harlake.api.har import HarController
from harlake.api.health import check_health, check_liveness, check_readiness
from harlake.api.import_answers import import_answer
from harlake.api.imports import ImportController
from harlake.api.json_body import JsonRequest
from harlake.api.login import sign_in, sign_out
from harlake.api.page import page_router
from harlake.api.redaction import RedactionMiddleware
from harlake.api.route_access import RouteAccessMiddleware
from harlake.api.rows import RowController
from harlake.api.sessions import SessionController
from harlake.api.sql import query_sql
from harlake.api.tus import UploadController
from harlake.errors import AccessSettingsError, DataDirError
from harlake.har.redact.config import parse_level
from harlake.limits import KIB, UPLOAD_SECONDS, Limits
from harlake.observability.audit import AuditLog
from harlake.observability.limiters import LimiterRegistry, Usage
from harlake.query.sql_process import SqlProcess
from harlake.settings import Settings
from harlake.store.backends import ANSWERS, CATALOG, UPLOADS
from harlake.store.data_dir import DataDir
from harlake.store.upload_files import UploadFiles
from harlake.upload.conversion_stage import Scratch
from harlake.upload.kept_answers import KeptAnswers
from harlake.upload.resumable_uploads import ResumableUploads
from harlake.upload.running_imports import RunningImports

if TYPE_CHECKING:
    from harlake.observability.metrics import Metrics

#: Seconds between two times that memory is returned to the system: it takes some milliseconds.
_RELEASE_INTERVAL: Final = 2

#: Seconds between two times that it is looked for uploads and answers that have expired.
_EXPIRY_INTERVAL: Final = 600

#: Of a JSON body, where its route does not say otherwise: the longest has a session's name.
_MAX_BODY: Final = 16 * KIB

_ROUTES: Final = (
    HarController,
    ImportController,
    UploadController,
    ExportController,
    SessionController,
    CaptureController,
    GapController,
    EntryController,
    AnalysisController,
    RowController,
    DiffController,
    check_sessions,
    copy_catalog,
    check_health,
    check_liveness,
    check_readiness,
    query_sql,
    sign_in,
    sign_out,
)


class NoDataDir:
    """Stands for the data folder of an application that has none, and can validate only."""

    def close(self) -> None:
        """Do nothing: there is nothing to be closed."""


class _Kept:
    """What is in a data folder beside the store: the folder, uploads that go on, and answers of imports."""

    def __init__(
        self, data_dir: DataDir, admission: Admission, limits: Limits, running: RunningImports, root_path: str
    ) -> None:
        files, uploads = UploadFiles(data_dir.path / UPLOADS, UPLOAD_SECONDS), admission.uploads
        threads, place = admission.imports.threads, admission.imports.place
        self.data_dir = data_dir
        self.scratch = Scratch.of(data_dir)
        self.uploads = ResumableUploads(
            data_dir, files, uploads, limits, running, place, lambda result: to_builtins(import_answer(result))
        )
        self.uploads.address = f"{root_path}/api/uploads"
        self.kept_answers = KeptAnswers(data_dir.path / ANSWERS, data_dir, threads, UPLOAD_SECONDS)

    async def keep(self) -> None:
        """Go on with what an earlier process has left, and remove what has expired, until it is cancelled."""
        await self.uploads.resume()
        while True:
            await self.uploads.expire()
            await self.kept_answers.expire()
            await asyncio.sleep(_EXPIRY_INTERVAL)


def create_app(
    settings: Settings,
    data_dir: DataDir | NoDataDir,
    *,
    private: bool = False,
    audit: AuditLog | None = None,
    limiters: LimiterRegistry | None = None,
    metrics: Metrics | None = None,
    access: AccessPolicy | None = None,
) -> Litestar:
    """Return the ASGI application that serves an open data folder, and closes it when it shuts down.

    A ``private`` one has a single client, for whom nobody has to wait, and whom nobody observes. ``limiters`` are those
    of the server around it; the application adds its own. ``metrics`` count what that server refuses as well. Without
    rules of ``access``, whoever reaches it may do everything: that is for what this process serves to itself.
    """
    admission, sql_process = Admission(settings.request_memory), SqlProcess()
    limiters = _registered(limiters or LimiterRegistry(), admission)
    shared = _shared(settings, private=private)
    shared |= {"admission": admission, "limiters": limiters, "sql_process": sql_process, "access": access}
    kept = _kept(settings, data_dir, shared)
    routes, plugins = _assistants(settings.mcp)
    app = Litestar(
        route_handlers=[*_ROUTES, assets_router(), page_router(settings.root_path), *routes],
        plugins=plugins,
        dependencies=_provided(shared) | _provided_in_folder(kept),
        exception_handlers=HANDLERS,
        request_class=JsonRequest,
        request_max_body_size=_MAX_BODY,
        middleware=_middleware(admission, settings, guarded=access is not None),
        openapi_config=openapi_config(settings.root_path),
        lifespan=[_lifespan(data_dir, admission, sql_process, kept)],
        logging_config=None,  # it would take the place of what the process has set up
    )
    if access is not None:
        # Around the router, which answers what has no route by itself: Litestar's middleware is behind it.
        app.asgi_handler = AccessMiddleware(app.asgi_handler, access, settings.root_path)
    if not private:
        _observe(app, settings, limiters, metrics, audit)
    return app


def _assistants(setting: str | None) -> tuple[list[Router], list[InitPluginProtocol]]:
    """Return what assistants have. Raises AccessSettingsError."""
    if setting is None:
        return [], []
    try:
        from harlake.mcp.plugin import mcp_plugin, mcp_router
    except ImportError as error:
        raise AccessSettingsError(f"--mcp needs an extra: pip install 'harlake[mcp]' ({error})") from error
    return [mcp_router(setting)], [mcp_plugin()]


def _shared(settings: Settings, *, private: bool) -> dict[str, Any]:
    return {
        "limits": _limits(settings, private=private),
        "running_imports": RunningImports(),
        "statistics_cache": StatisticsCache(),
    }


def _kept(settings: Settings, data_dir: DataDir | NoDataDir, shared: dict[str, Any]) -> _Kept | None:
    if isinstance(data_dir, NoDataDir):
        return None
    return _Kept(data_dir, shared["admission"], shared["limits"], shared["running_imports"], settings.root_path)


def _registered(limiters: LimiterRegistry, admission: Admission) -> LimiterRegistry:
    for name, request_class in admission.classes().items():
        limiters.register_capacity(name, request_class.places)
    limiters.register("memory", lambda: Usage(admission.memory.used, admission.memory.total, admission.memory.waiting))
    return limiters


def _middleware(admission: Admission, settings: Settings, *, guarded: bool) -> list[Any]:
    """Return what is between the router and the handlers, the outermost first."""
    waiting = DefineMiddleware(AdmissionMiddleware, admission=admission)
    if not guarded:
        return [waiting]
    if settings.redact is None:
        return [RouteAccessMiddleware, waiting]
    return [RouteAccessMiddleware, DefineMiddleware(RedactionMiddleware, level=parse_level(settings.redact)), waiting]


def _lifespan(
    data_dir: DataDir | NoDataDir, admission: Admission, sql_process: SqlProcess, kept: _Kept | None
) -> Callable[[Litestar], AbstractAsyncContextManager[None]]:
    """Return what prepares the process when the application starts, and closes the data folder when it ends."""

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        memory.prepare()
        tasks = [asyncio.create_task(_release_memory(admission))]
        if kept is not None:
            tasks.append(asyncio.create_task(kept.keep()))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            if kept is not None:
                await kept.uploads.close()
            await to_thread.run_sync(sql_process.close)
            await to_thread.run_sync(data_dir.close)

    return lifespan


def _observe(
    app: Litestar, settings: Settings, limiters: LimiterRegistry, metrics: Metrics | None, audit: AuditLog | None
) -> None:
    """Log, count and audit all requests, those that no route takes as well."""
    # They take as long to import as all of a small command.
    from harlake.api.metrics import metrics_route
    from harlake.observability.metrics import Metrics
    from harlake.observability.request_observer import RequestObserver

    metrics = metrics or Metrics(settings.data_dir / CATALOG, limiters)
    app.register(metrics_route(metrics))
    app.asgi_handler = RequestObserver(app.asgi_handler, metrics, audit)


async def _release_memory(admission: Admission) -> None:
    """Return memory that requests have needed to the system, soon after they have been answered.

    Imports need it at their beginning, and may then wait for their clients.
    """
    answered = 0
    while True:
        await asyncio.sleep(_RELEASE_INTERVAL)
        if admission.answered != answered or admission.imports.places.borrowed_tokens:
            answered = admission.answered
            await admission.health.call(memory.release)


def _limits(settings: Settings, *, private: bool) -> Limits:
    limits = Limits(
        max_entry_bytes=settings.max_entry_bytes,
        max_upload_bytes=settings.max_upload_bytes,
        sql=settings.sql or private,
    )
    return replace(limits, query_seconds=None) if private else limits


def _provided(shared: dict[str, Any]) -> dict[str, Provide]:
    """Return what the requests of one application share, under the names of the handlers' parameters."""
    return {name: _provide(value) for name, value in shared.items()}


def _provided_in_folder(kept: _Kept | None) -> dict[str, Provide]:
    """Provide what is in the data folder; those handlers that need one are told where there is none."""
    if kept is not None:
        return _provided(vars(kept))

    def refusal() -> Provide:
        def refuse() -> None:
            raise DataDirError("this application has no data folder, and can validate only")

        return Provide(refuse, sync_to_thread=False)

    refused = {name: refusal() for name in ("data_dir", "uploads", "kept_answers")}
    return refused | {"scratch": _provide(Scratch(None))}


def _provide(value: Any) -> Provide:
    return Provide(lambda: value, sync_to_thread=False)
