"""The JSON of budgets' checks; field names as they are on the wire."""

from __future__ import annotations

import msgspec

from harlake.analysis.budget import BudgetText
from harlake.analysis.lighthouse_budget import LighthouseBudget
from harlake.analysis.measurements import FoundEntry
from harlake.api.analysis_models import ComparedSession


class CheckRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Sessions, which are runs of the same, to be held against a budget, and maybe against those of a baseline.

    ``budget`` is harlake's, or Lighthouse's, which is a list. With ``notWorse``, nothing fails that is not worse than
    in the baseline.
    """

    sessions: list[str]
    budget: BudgetText | list[LighthouseBudget]
    baseline: list[str] = []
    filter: dict[str, str | list[str]] = {}
    not_worse: bool = False


class CheckedRule(msgspec.Struct, rename="camel"):
    """What became of a rule.

    ``outcome`` is `passed`, `failed`, `missing` (nothing is known of it), `tolerated` (too much, and not worse than the
    baseline) or `skipped` (missing, and optional). ``values`` are those of the sessions, ``value`` is their median; of
    the baseline's likewise. ``entries`` are the first of those that should not be there, or lack a header. ``place`` is
    the rule's in the budget.
    """

    name: str
    place: str
    metric: str | None
    #: count, bytes or ms.
    unit: str
    outcome: str
    reason: str | None
    value: float | None
    minimum: float | None
    maximum: float | None
    baseline: float | None
    values: list[float | None]
    baseline_values: list[float | None]
    of: int
    entries: list[FoundEntry]


class CheckAnswer(msgspec.Struct):
    """Sessions, held against a budget; ``passed`` unless a rule has `failed` or is `missing`."""

    sessions: list[ComparedSession]
    baseline: list[ComparedSession]
    passed: bool
    counts: dict[str, int]
    rules: list[CheckedRule]
    warnings: list[str]
