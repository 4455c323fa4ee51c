"""/api/sessions/{id}/stats and /diff: sessions summed up, and compared."""

from __future__ import annotations

from dataclasses import astuple
from functools import partial
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Controller, Request, get
from litestar.params import Parameter

from harlake.access.scopes import TokenScope
from harlake.analysis.diff import Diff, diff_sessions
from harlake.analysis.endpoints import Endpoint, Side, Thresholds
from harlake.analysis.statistics import SessionStatistics, StatisticsCache, session_statistics
from harlake.api.admission import ADMISSION, Admission
from harlake.api.analysis_models import (
    ChangedBy,
    ChangedEndpoint,
    ComparedSession,
    DiffAnswer,
    DiffCounts,
    EntryAnswer,
    HistogramAnswer,
    HostAnswer,
    LimitedAnswer,
    MethodAnswer,
    MimeTypeAnswer,
    OneSided,
    PageAnswer,
    SideAnswer,
    StatsAnswer,
    StatusAnswer,
    TypeAnswer,
)
from harlake.api.errors import error_responses
from harlake.api.filters import FilteredOperation, request_filter
from harlake.api.route_access import SCOPE
from harlake.store.data_dir import DataDir
from harlake.store.sessions import Session

_Model = TypeVar("_Model", bound=msgspec.Struct)


class AnalysisController(Controller):
    """What is computed over sessions."""

    path = "/api/sessions"
    tags = ["sessions"]
    opt = {SCOPE: TokenScope.READ}

    @get(
        "/{session_id:str}/stats",
        opt={ADMISSION: "statistics"},
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
        admission: Admission,
    ) -> StatsAnswer:
        """Sum up the entries that pass the filters: counts, bytes, times, and what stands out."""
        entry_filter = request_filter(request)
        ask = partial(admission.statistics.ask, request)
        session = await ask(data_dir.session, session_id)
        found = await ask(session_statistics, data_dir, statistics_cache, session.id, entry_filter)
        return _stats(found)

    @get(
        "/{a:str}/diff/{b:str}",
        opt={ADMISSION: "diffs"},
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
        admission: Admission,
        limit: Annotated[int, Parameter(ge=0, le=10_000, description="Endpoints per list.")] = 1_000,
        size_ratio: Annotated[float, Parameter(ge=1, description="From which on sizes have changed.")] = 1.25,
        time_ratio: Annotated[float, Parameter(ge=1, description="From which on times have changed.")] = 2.0,
    ) -> DiffAnswer:
        """Compare the entries that pass the filters, by method and folded URL."""
        entry_filter = request_filter(request, "limit", "size_ratio", "time_ratio")
        ask = partial(admission.diffs.ask, request)
        first = await ask(data_dir.session, a)
        second = await ask(data_dir.session, b)
        thresholds = Thresholds(size_ratio, time_ratio)
        found = await ask(diff_sessions, data_dir, first, second, entry_filter, thresholds, limit)
        return _diff(first, second, found)


def _stats(answer: SessionStatistics) -> StatsAnswer:
    statistics = answer.statistics
    totals, groups = statistics.totals, statistics.groups
    return StatsAnswer(
        total=totals.count,
        errors=totals.errors,
        content_bytes=totals.content_bytes,
        transfer_bytes=totals.transfer_bytes,
        request_bytes=statistics.request_bytes,
        first_started=statistics.first_started,
        last_started=statistics.last_started,
        time=statistics.times.time,
        wait=statistics.times.wait,
        connect=statistics.times.connect,
        hosts=[HostAnswer(*astuple(host.totals), **host.times._asdict()) for host in statistics.hosts],
        types=[TypeAnswer(*astuple(group)) for group in groups["types"].listed],
        statuses=[StatusAnswer(*astuple(group)) for group in groups["statuses"].listed],
        methods=[MethodAnswer(*astuple(group)) for group in groups["methods"].listed],
        mime_types=[MimeTypeAnswer(*astuple(group)) for group in groups["mime_types"].listed],
        slowest=[_answer(EntryAnswer, one) for one in statistics.slowest],
        largest=[_answer(EntryAnswer, one) for one in statistics.largest],
        failures=[_answer(EntryAnswer, one) for one in statistics.failures],
        histogram=_answer(HistogramAnswer, statistics.histogram),
        pages=[_answer(PageAnswer, one) for one in statistics.pages],
        limited=_limited(statistics.limited()),
        warnings=answer.warnings,
    )


def _diff(a: Session, b: Session, diff: Diff) -> DiffAnswer:
    counts = diff.differences.counts
    changed_by = ChangedBy(counts.status, counts.size, counts.time, counts.mime)
    return DiffAnswer(
        ComparedSession(str(a.id), a.name, a.entry_count),
        ComparedSession(str(b.id), b.name, b.entry_count),
        DiffCounts(counts.added, counts.removed, counts.changed, counts.same, changed_by),
        [_one_sided(endpoint, endpoint.b) for endpoint in diff.differences.added],
        [_one_sided(endpoint, endpoint.a) for endpoint in diff.differences.removed],
        [_changed(endpoint) for endpoint in diff.differences.changed],
        _limited(diff.differences.limited()),
        diff.warnings,
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
        _answer(SideAnswer, a),
        _answer(SideAnswer, b),
        _ratio(a.size, b.size),
        _ratio(a.time, b.time),
    )


def _ratio(a: float | None, b: float | None) -> float | None:
    return round(b / a, 3) if a and b is not None else None


def _limited(lists: dict[str, tuple[int, int]]) -> dict[str, LimitedAnswer]:
    return {_camel(name): LimitedAnswer(*counts) for name, counts in lists.items()}


def _answer(model: type[_Model], value: object) -> _Model:
    """Return what analysis has computed as a model of the API, which has the same attributes."""
    return model(*(getattr(value, name) for name in model.__struct_fields__))


def _camel(name: str) -> str:
    """Return a name as it is on the wire: ``mime_types`` is ``mimeTypes``."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
