"""/api/sessions/{id}/stats and /diff: sessions summed up, and compared."""

from __future__ import annotations

from dataclasses import astuple
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from litestar import Controller, Request, get
from litestar.params import Parameter

from harlake.analysis.comparison import Endpoint, Side, Thresholds
from harlake.analysis.diff import Diff, diff_sessions
from harlake.analysis.statistics import SessionStatistics, StatisticsCache, session_statistics
from harlake.api.errors import error_responses
from harlake.api.filters import FilteredOperation, request_filter
from harlake.api.models import (
    ChangedBy,
    ChangedEndpoint,
    ComparedSession,
    DiffAnswer,
    DiffCounts,
    HostSums,
    LimitedAnswer,
    MethodSums,
    MimeTypeSums,
    OneSided,
    StatsAnswer,
    StatusSums,
    TypeSums,
)
from harlake.store.data_dir import DataDir
from harlake.store.sessions import Session


class AnalysisController(Controller):
    """What is computed over sessions."""

    path = "/api/sessions"
    tags = ["sessions"]

    @get(
        "/{session_id:str}/stats",
        operation_class=FilteredOperation,
        summary="Sum up a session",
        responses=error_responses(_400="`Invalid request`: a filter or its value", _404="`Session not found`"),
    )
    async def stats(
        self,
        request: Request[Any, Any, Any],
        session_id: str,
        data_dir: DataDir,
        statistics_cache: StatisticsCache,
        statistics_limiter: CapacityLimiter,
    ) -> StatsAnswer:
        """Sum up the entries that pass the filters: counts, bytes, times, and what stands out."""
        entry_filter = request_filter(request)
        session = await to_thread.run_sync(data_dir.session, session_id)
        found = await to_thread.run_sync(
            session_statistics, data_dir, statistics_cache, session.id, entry_filter, limiter=statistics_limiter
        )
        return _stats(found)

    @get(
        "/{a:str}/diff/{b:str}",
        operation_class=FilteredOperation,
        summary="Compare two sessions",
        responses=error_responses(_400="`Invalid request`: a filter or its value", _404="`Session not found`"),
    )
    async def diff(
        self,
        request: Request[Any, Any, Any],
        a: str,
        b: str,
        data_dir: DataDir,
        diff_limiter: CapacityLimiter,
        limit: Annotated[int, Parameter(ge=0, le=10_000, description="Endpoints per list.")] = 1_000,
        size_ratio: Annotated[float, Parameter(ge=1, description="From which on sizes have changed.")] = 1.25,
        time_ratio: Annotated[float, Parameter(ge=1, description="From which on times have changed.")] = 2.0,
    ) -> DiffAnswer:
        """Compare the entries that pass the filters, by method and folded URL."""
        entry_filter = request_filter(request, "limit", "size_ratio", "time_ratio")
        one = await to_thread.run_sync(data_dir.session, a)
        other = await to_thread.run_sync(data_dir.session, b)
        thresholds = Thresholds(size_ratio, time_ratio)
        found = await to_thread.run_sync(
            diff_sessions, data_dir, one, other, entry_filter, thresholds, limit, limiter=diff_limiter
        )
        return _diff(one, other, found)


def _stats(answer: SessionStatistics) -> StatsAnswer:
    found = answer.statistics
    return StatsAnswer(
        total=found.sums.count,
        errors=found.sums.errors,
        content_bytes=found.sums.content_bytes,
        transfer_bytes=found.sums.transfer_bytes,
        request_bytes=found.request_bytes,
        first_started=found.first_started,
        last_started=found.last_started,
        time=found.times.time,
        wait=found.times.wait,
        connect=found.times.connect,
        hosts=[HostSums(*astuple(one.sums), **one.times._asdict()) for one in found.hosts],
        types=[TypeSums(*astuple(one)) for one in found.groups["types"].listed],
        statuses=[StatusSums(*astuple(one)) for one in found.groups["statuses"].listed],
        methods=[MethodSums(*astuple(one)) for one in found.groups["methods"].listed],
        mime_types=[MimeTypeSums(*astuple(one)) for one in found.groups["mimeTypes"].listed],
        slowest=found.slowest,
        largest=found.largest,
        failures=found.failures,
        histogram=found.histogram,
        pages=found.pages,
        limited=_limited(answer.limited()),
        warnings=answer.warnings,
    )


def _diff(a: Session, b: Session, found: Diff) -> DiffAnswer:
    counts = found.differences.counts
    changed_by = ChangedBy(counts.status, counts.size, counts.time, counts.mime)
    return DiffAnswer(
        ComparedSession(str(a.id), a.name, a.entry_count),
        ComparedSession(str(b.id), b.name, b.entry_count),
        DiffCounts(counts.added, counts.removed, counts.changed, counts.same, changed_by),
        [_one_sided(one, one.b) for one in found.differences.added],
        [_one_sided(one, one.a) for one in found.differences.removed],
        [_changed(one) for one in found.differences.changed],
        _limited(found.limited()),
        found.warnings,
    )


def _one_sided(endpoint: Endpoint, side: Side | None) -> OneSided:
    assert side is not None
    return OneSided(endpoint.method, endpoint.url, side.count, side.statuses, side.example)


def _changed(endpoint: Endpoint) -> ChangedEndpoint:
    a, b = endpoint.a, endpoint.b
    assert a is not None
    assert b is not None
    return ChangedEndpoint(
        endpoint.method,
        endpoint.url,
        endpoint.changes,
        a,
        b,
        _ratio(a.size, b.size),
        _ratio(a.time, b.time),
    )


def _ratio(a: float | None, b: float | None) -> float | None:
    return round(b / a, 3) if a and b is not None else None


def _limited(lists: dict[str, tuple[int, int]]) -> dict[str, LimitedAnswer]:
    return {name: LimitedAnswer(*counts) for name, counts in lists.items()}
