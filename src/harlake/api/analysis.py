"""/api/sessions/{id}/stats: sessions summed up."""

from __future__ import annotations

from dataclasses import astuple
from functools import partial
from typing import Any, TypeVar

import msgspec
from litestar import Controller, Request

from harlake.access.scopes import TokenScope
from harlake.analysis.statistics import SessionStatistics, StatisticsCache, session_statistics
from harlake.api.admission import ADMISSION, Admission
from harlake.api.analysis_models import (
    EntryAnswer,
    HistogramAnswer,
    HostAnswer,
    LimitedAnswer,
    MethodAnswer,
    MimeTypeAnswer,
    PageAnswer,
    StatsAnswer,
    StatusAnswer,
    TypeAnswer,
)
from harlake.api.errors import error_responses
from harlake.api.filters import FilteredOperation, request_filter
from harlake.api.reading import get
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE
from harlake.store.data_dir import DataDir

_Model = TypeVar("_Model", bound=msgspec.Struct)


class AnalysisController(Controller):
    """What is computed over sessions."""

    path = "/api/sessions"
    tags = ["sessions"]
    opt = {SCOPE: TokenScope.READ, COVER: Cover.ANSWER}

    @get(
        "/{session_id:str}/stats",
        opt={ADMISSION: "statistics"},
        operation_class=FilteredOperation,
        summary="Sum up a session",
        responses=error_responses(_400="`Invalid request`: a filter or its value", _404="`Session not found`"),
    )
    async def summarize_session(
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
        slowest=[as_model(EntryAnswer, one) for one in statistics.slowest],
        largest=[as_model(EntryAnswer, one) for one in statistics.largest],
        failures=[as_model(EntryAnswer, one) for one in statistics.failures],
        histogram=as_model(HistogramAnswer, statistics.histogram),
        pages=[as_model(PageAnswer, one) for one in statistics.pages],
        limited=limited_lists(statistics.limited()),
        warnings=answer.warnings,
    )


def limited_lists(lists: dict[str, tuple[int, int]]) -> dict[str, LimitedAnswer]:
    """Return lists that are cut by their names on the wire."""
    return {_camel(name): LimitedAnswer(*counts) for name, counts in lists.items()}


def as_model(model: type[_Model], value: object) -> _Model:
    """Return what analysis has computed as a model of the API, which has the same attributes."""
    return model(*(getattr(value, name) for name in model.__struct_fields__))


def _camel(name: str) -> str:
    """Return a name as it is on the wire: ``mime_types`` is ``mimeTypes``."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))
