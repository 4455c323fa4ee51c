"""/api/diff and /api/sessions/{a}/diff/{b}: two sides of sessions and captures, compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, ClassVar, Final

from litestar import Controller, Request
from litestar.di import NamedDependency, Provide
from litestar.params import Parameter

from harlake.access.scopes import TokenScope
from harlake.analysis import comparison_options as options
from harlake.analysis.diff import ComparedRun, Diff, diff_runs, find_run
from harlake.analysis.endpoints import Endpoint, Side, Subject, Subjects, Thresholds
from harlake.api import diff_models as models
from harlake.api.admission import ADMISSION, Admission
from harlake.api.analysis import as_model, limited_lists
from harlake.api.analysis_models import ComparedSession
from harlake.api.errors import error_responses
from harlake.api.filters import FilteredOperation, request_filter
from harlake.api.reading import get
from harlake.api.route_access import SCOPE
from harlake.errors import BadRequestError
from harlake.har.url_folding import FOLDS
from harlake.limits import MAX_FILTER_VALUES
from harlake.store.data_dir import DataDir

#: Parameters of comparisons; all others are filters.
_OWN: Final = (
    *("limit", "size_ratio", "time_ratio", "count_ratio", "min_ms", "min_bytes", "min_count"),
    *("fold", "key", "map_host", "ignore", "bodies", "folded"),
)
_LISTS: Final = {
    "fold": f"what is folded of URLs: all, none, or some of {', '.join(FOLDS)}",
    "key": f"what tells endpoints apart: url, query:NAME, or some of {', '.join(options.KEYS)}",
    "map_host": "OLD=NEW: what a host is compared as",
    "ignore": (
        "what is not compared: globs of URLs and hosts, or some of "
        f"{', '.join([*options.KEYS, *options.CHANGES, *options.SUBJECTS])}"
    ),
}

_Ratio = Annotated[float, Parameter(ge=1, le=1e300, description="From which on such numbers have changed.")]
_Least = Annotated[float, Parameter(ge=0, le=1e300, description="A smaller difference is no change.")]
_Limit = Annotated[int, Parameter(ge=0, le=10_000, description="Endpoints per list.")]


def _options(
    request: Request[Any, Any, Any],
    bodies: bool = False,
    folded: bool = False,
    limit: _Limit = 1_000,
    size_ratio: _Ratio = 1.25,
    time_ratio: _Ratio = 2.0,
    count_ratio: _Ratio = 1.25,
    min_ms: _Least = 50,
    min_bytes: _Least = 1_024,
    min_count: _Least = 1,
) -> options.ComparisonOptions:
    """Return what the parameters of a comparison say."""
    texts = {name: request.query_params.getall(name, []) for name in _LISTS}
    keys, kept = options.parse_keys(texts["key"])
    of_key, ignored, left_out = options.parse_ignored(texts["ignore"])
    return options.ComparisonOptions(
        Thresholds(size_ratio, time_ratio, count_ratio, min_ms, min_bytes, min_count),
        options.parse_folds(texts["fold"]),
        keys - of_key,
        kept,
        options.parse_hosts(texts["map_host"]),
        ignored,
        left_out,
        bodies,
        folded,
        limit,
    )


@dataclass
class DiffOperation(FilteredOperation):
    """An operation that takes lists of what is compared, and the filter vocabulary."""

    options: ClassVar[Mapping[str, str]] = _LISTS


class DiffController(Controller):
    """What differs between two sides."""

    path = "/api"
    tags = ["sessions"]
    opt = {SCOPE: TokenScope.READ, ADMISSION: "diffs"}
    dependencies = {"chosen": Provide(_options, sync_to_thread=False)}

    @get(
        "/diff",
        operation_class=DiffOperation,
        summary="Compare sessions and captures, several a side",
        responses=error_responses(_400="`Invalid request`: a parameter or its value", _404="`Session not found`"),
    )
    async def compare_sides(
        self,
        request: Request[Any, Any, Any],
        data_dir: DataDir,
        admission: Admission,
        chosen: NamedDependency[options.ComparisonOptions],
        a: Annotated[list[str], Parameter(description="Ids of the baseline: sessions or captures.")],
        b: Annotated[list[str], Parameter(description="Ids of what is compared with it.")],
    ) -> models.DiffAnswer:
        """Compare the entries that pass the filters, by method, folded URL and operation; medians over each side."""
        return await _compared(request, data_dir, admission, (a, b), chosen, ("a", "b", *_OWN))

    @get(
        "/sessions/{a:str}/diff/{b:str}",
        operation_class=DiffOperation,
        summary="Compare two sessions",
        responses=error_responses(_400="`Invalid request`: a parameter or its value", _404="`Session not found`"),
    )
    async def compare_sessions(
        self,
        request: Request[Any, Any, Any],
        data_dir: DataDir,
        admission: Admission,
        chosen: NamedDependency[options.ComparisonOptions],
        a: str,
        b: str,
    ) -> models.DiffAnswer:
        """Compare the entries that pass the filters, by method, folded URL and operation."""
        return await _compared(request, data_dir, admission, ([a], [b]), chosen, _OWN)


async def _compared(
    request: Request[Any, Any, Any],
    data_dir: DataDir,
    admission: Admission,
    sides: tuple[Sequence[str], Sequence[str]],
    chosen: options.ComparisonOptions,
    own: Sequence[str],
) -> models.DiffAnswer:
    entry_filter = request_filter(request, *own)
    if any(len(ids) > MAX_FILTER_VALUES for ids in sides):
        raise BadRequestError(f"a side has more than {MAX_FILTER_VALUES} runs")
    ask = partial(admission.diffs.ask, request)
    a, b = [[await ask(find_run, data_dir, one) for one in ids] for ids in sides]
    found = await ask(diff_runs, data_dir, a, b, entry_filter, chosen)
    return _diff(a, b, found)


def _diff(a: Sequence[ComparedRun], b: Sequence[ComparedRun], diff: Diff) -> models.DiffAnswer:
    found = diff.differences
    counts = found.counts
    changed_by = as_model(models.ChangedBy, counts)
    return models.DiffAnswer(
        _side_answer(a),
        _side_answer(b),
        models.DiffCounts(
            counts.added,
            counts.removed,
            counts.changed,
            counts.same,
            counts.sporadic,
            changed_by,
            _counts(found.pages),
            _counts(found.hosts),
            _counts(found.third_parties),
        ),
        [as_model(models.MeasureAnswer, one) for one in found.totals],
        [_one_sided(endpoint, endpoint.b) for endpoint in found.added],
        [_one_sided(endpoint, endpoint.a) for endpoint in found.removed],
        [_changed(endpoint) for endpoint in found.changed],
        list(map(_subject, found.pages.listed)),
        list(map(_subject, found.hosts.listed)),
        list(map(_subject, found.third_parties.listed)),
        [models.FoldedEndpoint(one.method, one.url, one.operation, one.names, one.name_count) for one in found.folded],
        limited_lists(found.limited()),
        diff.warnings,
    )


def _counts(subjects: Subjects) -> models.SubjectCounts:
    return models.SubjectCounts(*(subjects.counts[name] for name in models.SubjectCounts.__struct_fields__))


def _side_answer(runs: Sequence[ComparedRun]) -> models.ComparedSide:
    listed = [ComparedSession(str(run.id), run.name, run.entry_count) for run in runs]
    return models.ComparedSide(listed[0].id, listed[0].name, sum(run.entry_count for run in runs), listed)


def _one_sided(endpoint: Endpoint, side: Side | None) -> models.OneSided:
    assert side is not None
    return models.OneSided(
        endpoint.method,
        endpoint.url,
        endpoint.operation,
        side.count,
        side.statuses,
        endpoint.names,
        endpoint.name_count,
        side.example,
    )


def _changed(endpoint: Endpoint) -> models.ChangedEndpoint:
    assert endpoint.a is not None
    assert endpoint.b is not None
    ratios = {measure.name: measure.ratio for measure in endpoint.measures}
    return models.ChangedEndpoint(
        endpoint.method,
        endpoint.url,
        endpoint.operation,
        endpoint.changes,
        as_model(models.SideAnswer, endpoint.a),
        as_model(models.SideAnswer, endpoint.b),
        ratios["size.p50"],
        ratios["time.p50"],
        [as_model(models.MeasureAnswer, one) for one in endpoint.measures],
        [as_model(models.DetailAnswer, one) for one in endpoint.details],
        endpoint.detail_count,
        endpoint.names,
        endpoint.name_count,
    )


def _subject(subject: Subject) -> models.SubjectAnswer:
    return models.SubjectAnswer(
        subject.name, subject.change, [as_model(models.MeasureAnswer, one) for one in subject.measures]
    )
