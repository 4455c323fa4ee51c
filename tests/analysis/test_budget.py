"""Budgets as files say them: what becomes a rule, and what is refused, with its place."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harlake.analysis.budget import MAX_RULES, Budget, BudgetText, RequiredHeader, parse_budget
from harlake.errors import BadRequestError
from harlake.query.filters import parse_filter


def _budget(*rules: dict[str, Any], **more: Any) -> Budget:
    return parse_budget(msgspec.convert({"rules": rules, **more}, BudgetText))


def test_a_metric() -> None:
    """With what it may be, and of which entries."""
    where = {"host": ["a.test", "b.test"], "error": False, "min_size": 5}
    rule = _budget({"metric": "time.p90", "max": "1s", "maxIncrease": "10%", "where": where}).rules[0]
    assert rule.name == "time.p90 (host=a.test, host=b.test, error=false, min_size=5)"
    assert (rule.place, rule.maximum, rule.minimum) == ("budget.rules[0]", 1_000, None)
    assert rule.increase is not None
    expected = [("host", "a.test"), ("host", "b.test"), ("error", "false"), ("min_size", "5")]
    assert rule.entry_filter == parse_filter(expected)


def test_what_is_forbidden() -> None:
    """There may be none; of third parties, too."""
    budget = _budget({"forbid": {"status": "5xx"}}, {"forbid": {}, "thirdParty": True}, firstParty=["*.a.test"])
    first, second = budget.rules
    assert (first.name, first.maximum, first.lists_entries) == ("forbidden: status=5xx", 0, True)
    assert (second.name, second.third_party, budget.first_party) == ("forbidden: third parties", True, ["*.a.test"])


def test_required_headers() -> None:
    """A name, or a name and a text that is in its value."""
    (rule,) = _budget({"requireHeaders": ["Server", "Cache-Control: MAX-AGE"], "where": {"type": "script"}}).rules
    assert rule.headers == (RequiredHeader("server"), RequiredHeader("cache-control", "max-age"))
    assert rule.name == "response headers server, cache-control (type=script)"


def test_what_is_not_worse() -> None:
    """A rule says it for itself, or the budget for all."""
    rules = _budget(
        {"metric": "requests", "max": 1}, {"metric": "requests", "max": 1, "notWorse": False}, notWorse=True
    ).rules
    assert [rule.not_worse for rule in rules] == [True, False]


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({}, "rules[0] has none of metric, forbid, requireHeaders; it takes one"),
        ({"metric": "requests", "forbid": {"status": "4xx"}}, "rules[0] has metric and forbid of"),
        ({"metric": "requests"}, "rules[0] has none of max, min, maxIncrease"),
        ({"metric": "nope", "max": 1}, "rules[0].metric: 'nope' is no metric"),
        ({"metric": "time.p50", "max": "1kB"}, "rules[0].max: '1kB' is no time"),
        ({"metric": "requests", "max": 1, "where": {"nope": "1"}}, "rules[0].where: unknown parameter 'nope'"),
        ({"metric": "onLoad", "max": 1, "where": {"host": "a"}}, "rules[0].where: onLoad is of pages"),
        ({"metric": "onLoad", "max": 1, "thirdParty": True}, "rules[0].where: onLoad is of pages"),
        ({"forbid": {}}, "rules[0].forbid is empty"),
        ({"forbid": {"status": "x"}}, "rules[0].forbid: status='x' is not allowed"),
        ({"forbid": {"status": "4xx"}, "max": 3}, "rules[0]: max goes with metric, not with forbid"),
        ({"requireHeaders": []}, "rules[0].requireHeaders: it takes 1 to"),
        ({"requireHeaders": [": x"]}, "rules[0].requireHeaders: ': x' is no header"),
        ({"requireHeaders": ["a"], "of": "page"}, "rules[0].of='page' is not allowed"),
    ],
)
def test_what_is_refused(rule: dict[str, Any], complaint: str) -> None:
    """The error names the place in the budget."""
    with pytest.raises(BadRequestError) as refusal:
        _budget(rule)
    assert str(refusal.value).startswith(f"budget.{complaint}")


def test_how_many_rules_there_may_be() -> None:
    """Each is a question about all entries; none is no budget."""
    rule = {"metric": "requests", "max": 1}
    assert len(_budget(*[rule] * MAX_RULES).rules) == MAX_RULES
    for count in (0, MAX_RULES + 1):
        with pytest.raises(BadRequestError):
            _budget(*[rule] * count)
    with pytest.raises(BadRequestError, match="more than 20 rules of requireHeaders"):
        _budget(*[{"requireHeaders": ["etag"]}] * 21)
