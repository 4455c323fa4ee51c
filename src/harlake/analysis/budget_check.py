"""Sessions held against a budget, and against what a baseline had.

Of several sessions, the median of each measure counts: they are runs of the same. What is over the budget is tolerated,
where that is asked for, as long as it is not above all that the baseline's runs had.

Rules:

* What is not known fails, unless it is optional: nothing passes because nobody has measured it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from statistics import median_low
from typing import Final

from harlake.analysis.budget import Budget, BudgetRule, BudgetText, at, parse_budget
from harlake.analysis.diff import ComparedRun
from harlake.analysis.lighthouse_budget import LighthouseBudget, parse_lighthouse
from harlake.analysis.measurements import FoundEntry, Measurement, Measurer, main_document
from harlake.query.filter_checks import check_patterns, filter_warnings
from harlake.query.filters import Filter
from harlake.store.catalog import Capture
from harlake.store.data_dir import DataDir

PASSED: Final = "passed"
FAILED: Final = "failed"
MISSING: Final = "missing"
TOLERATED: Final = "tolerated"
SKIPPED: Final = "skipped"

#: What became of a rule.
OUTCOMES: Final = (PASSED, FAILED, MISSING, TOLERATED, SKIPPED)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What became of a rule: one of :data:`OUTCOMES`.

    ``maximum`` is the least of what the budget and the baseline allow. ``values`` and ``baseline_values`` are those of
    each session, of which ``value`` and ``baseline`` are the medians. ``of`` is how many entries, or pages, there are.
    """

    name: str
    place: str
    metric: str | None
    unit: str
    outcome: str
    reason: str | None
    value: float | None
    minimum: float | None
    maximum: float | None
    baseline: float | None
    values: list[float | None] = field(default_factory=list)
    baseline_values: list[float | None] = field(default_factory=list)
    of: int = 0
    entries: list[FoundEntry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class BudgetCheck:
    """What became of each rule, and what should be known of it."""

    results: list[RuleResult]
    warnings: list[str]

    @property
    def counts(self) -> dict[str, int]:
        """How many rules there are of each outcome."""
        return {outcome: sum(one.outcome == outcome for one in self.results) for outcome in OUTCOMES}


def check_budget(
    data_dir: DataDir,
    runs: Sequence[ComparedRun],
    baseline: Sequence[ComparedRun],
    text: BudgetText | list[LighthouseBudget],
    entry_filter: Filter,
    *,
    not_worse: bool = False,
) -> BudgetCheck:
    """Hold those entries of runs that pass a filter against a budget. Raises BadRequestError.

    With ``not_worse``, nothing fails that is not worse than in the baseline.
    """
    sides = [[run.captures for run in of_side] for of_side in (runs, baseline)]
    documents = [[main_document(data_dir.index, captures) for captures in of_side] for of_side in sides]
    url = next((document.url for document in documents[0] if document.url), None)
    budget = parse_budget(text) if isinstance(text, BudgetText) else parse_lighthouse(text, url)
    warnings = _warnings(data_dir, sides[0], budget, entry_filter)
    current, before = (
        [
            Measurer(data_dir, captures, budget, entry_filter, document)
            for captures, document in zip(of_side, found, strict=True)
        ]
        for of_side, found in zip(sides, documents, strict=True)
    )
    results = [_result(rule, current, before, not_worse=not_worse or rule.not_worse) for rule in budget.rules]
    return BudgetCheck(results, warnings)


def _warnings(data_dir: DataDir, sides: Sequence[Sequence[Capture]], budget: Budget, entry_filter: Filter) -> list[str]:
    """Return what the filters cannot see. Raises BadRequestError where they have patterns that are none."""
    check_patterns(data_dir.index, entry_filter)
    for rule in budget.rules:
        at(f"{rule.place}", partial(check_patterns, data_dir.index, rule.entry_filter))
    if not (entry_filter.reads_urls or any(rule.entry_filter.reads_urls for rule in budget.rules)):
        return []
    captures = list(dict.fromkeys(chain.from_iterable(sides)))
    return filter_warnings(data_dir.index, captures, Filter(reads_urls=True))


def _result(
    rule: BudgetRule, current: Sequence[Measurer], before: Sequence[Measurer], *, not_worse: bool
) -> RuleResult:
    found = [one.measure(rule) for one in current]
    needs_baseline = rule.increase is not None or not_worse or rule.maximum is not None
    base = [one.measure(rule) for one in before] if needs_baseline else []
    values, baseline_values = [one.value for one in found], [one.value for one in base]
    value, baseline = _median(values), _median(baseline_values)
    maximum = rule.maximum
    if rule.increase is not None and baseline is not None:
        allowed = rule.increase.limit(baseline)
        maximum = allowed if maximum is None else min(maximum, allowed)
    outcome, reason = _outcome(rule, value, baseline, maximum, found)
    if outcome == FAILED and not_worse and value is not None and baseline is not None:
        known = [one for one in baseline_values if one is not None]
        is_above = maximum is not None and value > maximum
        if value <= max(known) if is_above else value >= min(known):
            outcome, reason = TOLERATED, "not worse than the baseline"
    return RuleResult(
        rule.name,
        rule.place,
        rule.metric.name if rule.metric else None,
        rule.metric.unit if rule.metric else "ms",
        outcome,
        reason,
        value,
        rule.minimum,
        maximum,
        baseline,
        values,
        baseline_values,
        sum(one.of for one in found),
        found[0].entries,
    )


def _outcome(
    rule: BudgetRule, value: float | None, baseline: float | None, maximum: float | None, found: Sequence[Measurement]
) -> tuple[str, str | None]:
    """Return what became of a rule, and why."""
    reason: str | None = None
    if rule.metric is None:
        reason = "a HAR does not tell this"
    elif value is None:
        reason = _why_unknown(rule, found)
    elif rule.increase is not None and baseline is None:
        reason = "there is no baseline"
    if reason is not None:
        return (SKIPPED if rule.optional else MISSING), reason
    assert value is not None
    of = sum(one.of for one in found)
    if maximum is not None and value > maximum:
        return FAILED, f"of {of:,}" if rule.headers else "forbidden" if rule.lists_entries else "too much"
    if rule.minimum is not None and value < rule.minimum:
        return FAILED, "too little"
    unknown = sum(one.unknown for one in found)
    return PASSED, f"{unknown:,} of {of:,} do not tell it" if unknown else None


def _why_unknown(rule: BudgetRule, found: Sequence[Measurement]) -> str:
    assert rule.metric is not None
    what = "page" if rule.metric.of_pages else "entry"
    if rule.third_party is not None and not any(one.of for one in found):
        return "no document tells whose host is the first party's: firstParty says it"
    return f"no {what} tells it" if any(one.of for one in found) else f"there is no such {what}"


def _median(values: Sequence[float | None]) -> float | None:
    """Return the lower median, None where there is none or any value is unknown."""
    known = [value for value in values if value is not None]
    return median_low(known) if known and len(known) == len(values) else None
