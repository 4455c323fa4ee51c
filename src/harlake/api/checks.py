"""/api/check: sessions, held against a budget."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Final

from litestar import Request, post
from litestar.status_codes import HTTP_200_OK

from harlake.access.scopes import TokenScope
from harlake.analysis.budget_check import FAILED, MISSING, BudgetCheck, check_budget
from harlake.analysis.diff import ComparedRun, find_run
from harlake.api.admission import ADMISSION, Admission
from harlake.api.analysis import as_model
from harlake.api.analysis_models import ComparedSession
from harlake.api.check_models import CheckAnswer, CheckedRule, CheckRequest
from harlake.api.errors import error_responses
from harlake.api.route_access import SCOPE
from harlake.errors import BadRequestError
from harlake.limits import KIB, MAX_FILTER_VALUES
from harlake.query.filters import parse_filter
from harlake.store.data_dir import DataDir

#: Two hundred rules of some filters each.
_MAX_BUDGET: Final = 256 * KIB


@post(
    "/api/check",
    opt={ADMISSION: "diffs", SCOPE: TokenScope.READ},
    status_code=HTTP_200_OK,
    request_max_body_size=_MAX_BUDGET,
    tags=["sessions"],
    summary="Check sessions against a budget",
    responses=error_responses(
        _400="`Invalid request`: the budget, or a filter or its value",
        _404="`Session not found`",
        _413="More than 256 KiB",
    ),
)
async def check_sessions(
    request: Request[Any, Any, Any], data: CheckRequest, data_dir: DataDir, admission: Admission
) -> CheckAnswer:
    """Measure what the budget limits, in the sessions and in those of a baseline, and say what is kept.

    Of several sessions, the median of each measure counts.
    """
    for name, ids in (("sessions", data.sessions), ("baseline", data.baseline)):
        if len(ids) > MAX_FILTER_VALUES:
            raise BadRequestError(f"{name} has {len(ids)} runs; there may be {MAX_FILTER_VALUES}")
    if not data.sessions:
        raise BadRequestError("sessions is empty")
    entry_filter = parse_filter(
        (name, value)
        for name, values in data.filter.items()
        for value in ([values] if isinstance(values, str) else values)
    )
    ask = partial(admission.diffs.ask, request)
    sessions = await _found(data.sessions, data_dir, ask)
    baseline = await _found(data.baseline, data_dir, ask)
    checking = partial(check_budget, not_worse=data.not_worse)
    found = await ask(checking, data_dir, sessions, baseline, data.budget, entry_filter)
    return _answer(sessions, baseline, found)


async def _found(
    ids: Sequence[str], data_dir: DataDir, ask: Callable[..., Awaitable[ComparedRun]]
) -> list[ComparedRun]:
    return [await ask(find_run, data_dir, one) for one in ids]


def _answer(sessions: Sequence[ComparedRun], baseline: Sequence[ComparedRun], found: BudgetCheck) -> CheckAnswer:
    counts = found.counts
    return CheckAnswer(
        [_compared(one) for one in sessions],
        [_compared(one) for one in baseline],
        not counts[FAILED] and not counts[MISSING],
        counts,
        [as_model(CheckedRule, one) for one in found.results],
        found.warnings,
    )


def _compared(session: ComparedRun) -> ComparedSession:
    return ComparedSession(str(session.id), session.name, session.entry_count)
