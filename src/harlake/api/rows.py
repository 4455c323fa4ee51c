"""/api/sessions/{id}/rows and what stands around them: what a table needs that shows any part of a large session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, TypeVar

from litestar import Controller, Request
from litestar.params import Parameter

from harlake.access.scopes import TokenScope
from harlake.analysis.facets import Facets, FacetValue, facets
from harlake.analysis.failure_blocks import failure_blocks
from harlake.analysis.timeline import timeline
from harlake.api import row_models as models
from harlake.api.admission import ADMISSION, Admission
from harlake.api.errors import error_responses
from harlake.api.filters import FilteredOperation, request_filter
from harlake.api.reading import get
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE
from harlake.query.filter_checks import check_filter
from harlake.query.filters import Filter
from harlake.query.pagination import Order
from harlake.query.row_window import parse_fields, row_window
from harlake.store.catalog import Capture
from harlake.store.data_dir import DataDir

_Found = TypeVar("_Found")

_Sort = Annotated[str, Parameter(description="A field of the rows, with `-` for descending.")]

_RESPONSES = error_responses(_400="`Invalid request`: a parameter or its value", _404="`Session not found`")


class RowController(Controller):
    """Rows of a session by number, and what they are among all."""

    path = "/api/sessions/{session_id:str}"
    tags = ["entries"]
    opt = {SCOPE: TokenScope.READ, ADMISSION: "catalog", COVER: Cover.ANSWER}

    @get("/rows", operation_class=FilteredOperation, summary="Get rows by number", responses=_RESPONSES)
    async def show_rows(
        self,
        request: Request[Any, Any, Any],
        session_id: str,
        data_dir: DataDir,
        admission: Admission,
        start: Annotated[int, Parameter(ge=0, lt=1 << 53, description="The number of the first row, from 0.")] = 0,
        limit: Annotated[int, Parameter(ge=1, le=1000, description="Rows at most.")] = 100,
        fields: Annotated[str | None, Parameter(description="Fields of rows, with commas; all by default.")] = None,
        sort: _Sort = "ordinal",
    ) -> models.RowWindowAnswer:
        """Return rows that pass the filters, from any number on in any order, in columns."""
        entry_filter = request_filter(request, "start", "limit", "fields", "sort")
        names, by = parse_fields(fields), Order.parse(sort)
        ask = partial(admission.catalog.ask, request)
        session = await ask(data_dir.session, session_id)
        found = await ask(row_window, data_dir, session.id, start, limit, names, entry_filter, by)
        return models.RowWindowAnswer(found.start, found.total, found.columns, found.truncated, found.warnings)

    @get("/timeline", operation_class=FilteredOperation, summary="Count entries by time", responses=_RESPONSES)
    async def show_timeline(
        self,
        request: Request[Any, Any, Any],
        session_id: str,
        data_dir: DataDir,
        admission: Admission,
        bins: Annotated[int, Parameter(ge=1, le=10_000, description="Equal parts of the whole time.")] = 1_000,
    ) -> models.TimelineAnswer:
        """Count the entries that pass the filters by when they started, and by class of status."""
        entry_filter = request_filter(request, "bins")
        found = await _asked(request, admission, data_dir, session_id, entry_filter, timeline, bins)
        return models.TimelineAnswer(found.first, found.last, found.bins, found.counts, found.undated)

    @get("/facets", operation_class=FilteredOperation, summary="Count entries by value", responses=_RESPONSES)
    async def show_facets(
        self,
        request: Request[Any, Any, Any],
        session_id: str,
        data_dir: DataDir,
        admission: Admission,
        limit: Annotated[int, Parameter(ge=1, le=1000, description="Values of each facet.")] = 50,
    ) -> models.FacetsAnswer:
        """Count the entries that pass the filters by status, type, method, host and page."""
        entry_filter = request_filter(request, "limit")
        found = await _asked(request, admission, data_dir, session_id, entry_filter, facets, limit)
        return _facets(found)

    @get("/failures", operation_class=FilteredOperation, summary="Find where failures are", responses=_RESPONSES)
    async def show_failures(
        self,
        request: Request[Any, Any, Any],
        session_id: str,
        data_dir: DataDir,
        admission: Admission,
        blocks: Annotated[int, Parameter(ge=1, le=10_000, description="Parts of the rows.")] = 500,
        sort: _Sort = "ordinal",
    ) -> models.FailuresAnswer:
        """Count failures among the rows that pass the filters, in an order, block by block."""
        entry_filter, by = request_filter(request, "blocks", "sort"), Order.parse(sort)
        found = await _asked(request, admission, data_dir, session_id, entry_filter, failure_blocks, by, blocks)
        return models.FailuresAnswer(found.total, len(found.rows), found.rows.tolist(), found.failed.tolist())


async def _asked(
    request: Request[Any, Any, Any],
    admission: Admission,
    data_dir: DataDir,
    session_id: str,
    entry_filter: Filter,
    compute: Callable[..., _Found],
    *more: Any,
) -> _Found:
    """Return what is computed of a session's captures under a filter, unless the client leaves."""
    ask = partial(admission.catalog.ask, request)
    captures = await ask(_captures, data_dir, session_id, entry_filter)
    return await ask(compute, data_dir.index, captures, entry_filter, *more)


def _captures(data_dir: DataDir, session_id: str, entry_filter: Filter) -> list[Capture]:
    """Return the captures of a session, and refuse a filter that makes no sense there."""
    captures = data_dir.catalog.captures(data_dir.session(session_id).id)
    check_filter(data_dir.index, captures, entry_filter)
    return captures


def _facets(found: Facets) -> models.FacetsAnswer:
    values, numbers = found.values, found.numbers
    return models.FacetsAnswer(
        total=found.total,
        failed=found.failed,
        status=_values(values["status"]),
        type=_values(values["type"]),
        method=_values(values["method"]),
        host=_values(values["host"]),
        page=_values(values["page"]),
        statuses=numbers["status"],
        types=numbers["type"],
        methods=numbers["method"],
        hosts=numbers["host"],
        pages=numbers["page"],
    )


def _values(values: Sequence[FacetValue]) -> list[models.FacetValueAnswer]:
    return [models.FacetValueAnswer(one.value, one.count) for one in values]
