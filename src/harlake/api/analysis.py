"""/api/sessions/{id}/stats and /diff: sessions summed up, and compared."""

from __future__ import annotations

from typing import Any

import msgspec
from anyio import to_thread
from litestar import Controller, Request, get

from harlake.api.errors import refusals
from harlake.api.filters import FilteredOperation, request_filter
from harlake.api.models import LimitedAnswer, StatsAnswer
from harlake.errors import SessionNotFoundError
from harlake.statistics import Statistics, session_statistics
from harlake.store.catalog import Session
from harlake.store.data_dir import DataDir
from harlake.store.ids import parse_id
from harlake.store.statistics import Groups, Sums


class AnalysisController(Controller):
    """What is computed over sessions."""

    path = "/api/sessions"
    tags = ["sessions"]

    @get(
        "/{session_id:str}/stats",
        operation_class=FilteredOperation,
        summary="Sum up a session",
        responses=refusals(_400="`Invalid request`: a filter or its value", _404="`Session not found`"),
    )
    async def stats(self, request: Request[Any, Any, Any], session_id: str, data_dir: DataDir) -> StatsAnswer:
        """Sum up the entries that pass the filters: counts, bytes, times, and what stands out."""
        wanted = request_filter(request)
        session = await to_thread.run_sync(_session, data_dir, session_id)
        return _stats(await to_thread.run_sync(session_statistics, data_dir, session.id, wanted))


def _session(data_dir: DataDir, session_id: str) -> Session:
    parsed = parse_id(session_id)
    found = None if parsed is None else data_dir.catalog.session(parsed)
    if found is None:
        raise SessionNotFoundError(f"no session {session_id!r}")
    return found


def _stats(found: Statistics) -> StatsAnswer:
    measures = found.measures
    return msgspec.convert(
        {
            "total": measures.sums.count,
            **_sums(measures.sums),
            "requestBytes": measures.request_bytes,
            "firstStarted": measures.first_started,
            "lastStarted": measures.last_started,
            **measures.times,
            "hosts": [
                {"host": one.sums.name, "count": one.sums.count, **_sums(one.sums), **one.times}
                for one in measures.hosts
            ],
            "types": _named("type", found.types),
            "statuses": _named("status", found.statuses),
            "methods": _named("method", found.methods),
            "mimeTypes": _named("mimeType", found.media_types),
            "slowest": measures.slowest,
            "largest": measures.largest,
            "failures": measures.failures,
            "histogram": measures.histogram,
            "pages": found.pages,
            "limited": {name: LimitedAnswer(*counts) for name, counts in found.limited().items()},
            "warnings": found.warnings,
        },
        StatsAnswer,
        from_attributes=True,
    )


def _named(name: str, groups: Groups) -> list[dict[str, object]]:
    return [{name: one.name, "count": one.count, **_sums(one)} for one in groups.listed]


def _sums(sums: Sums) -> dict[str, int]:
    return {"errors": sums.errors, "contentBytes": sums.content_bytes, "transferBytes": sums.transfer_bytes}
