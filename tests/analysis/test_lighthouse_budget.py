"""Lighthouse's budget.json, as rules."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harlake.analysis.budget import Budget
from harlake.analysis.lighthouse_budget import LighthouseBudget, parse_lighthouse
from harlake.errors import BadRequestError
from harlake.query.filters import parse_filter

_URL = "https://a.test/blog/2024?x=1"


def _parsed(*budgets: dict[str, Any], url: str | None = _URL) -> Budget:
    return parse_lighthouse(msgspec.convert(list(budgets), list[LighthouseBudget]), url)


def test_the_example_of_its_documentation() -> None:
    """Sizes are in KiB of what is transferred; times are none that a HAR has."""
    budget = _parsed(
        {
            "path": "/*",
            "options": {"firstPartyHostnames": ["a.test", "*.b.test"]},
            "timings": [{"metric": "interactive", "budget": 3000, "tolerance": 500}],
            "resourceSizes": [
                {"resourceType": "script", "budget": 125},
                {"resourceType": "total", "budget": 0.5},
            ],
            "resourceCounts": [
                {"resourceType": "third-party", "budget": 10},
                {"resourceType": "other", "budget": 2},
            ],
        }
    )
    interactive, script, total, third, other = budget.rules
    assert budget.first_party == ["a.test", "*.b.test"]
    assert (interactive.metric, interactive.name) == (None, "interactive")
    assert (script.name, script.maximum) == ("transferBytes (script)", 125 * 1024)
    assert script.entry_filter == parse_filter([("type", "script")])
    assert (total.maximum, bool(total.entry_filter)) == (512, False)
    assert (third.third_party, third.maximum, third.place) == (True, 10, "budget[0].resourceCounts[0]")
    assert other.entry_filter.conditions


@pytest.mark.parametrize(
    ("paths", "chosen"),
    [
        (["/"], 0),
        (["/", "/blog"], 1),
        (["/", "/news"], 0),
        (["/*", "/blog/*?x=1$"], 1),
        (["/blog/2024$"], None),
        (["/b*g/*4$", "/*1"], 1),
        (["*/2024"], 0),
        (["/bl*2024*x=1$"], 0),
    ],
)
def test_the_last_budget_whose_path_matches(paths: list[str], chosen: int | None) -> None:
    """As in robots.txt: a prefix, with * for anything and $ for the end. Where none does, it is missing."""
    limit = {"resourceType": "total", "budget": 1}
    budget = _parsed(*({"path": path, "resourceCounts": [limit]} for path in paths))
    if chosen is None:
        assert [rule.metric for rule in budget.rules] == [None]
    else:
        assert budget.rules[0].place == f"budget[{chosen}].resourceCounts[0]"


def test_a_pattern_takes_linear_time() -> None:
    """However many stars it has."""
    assert _parsed({"path": "/" + "*a" * 500 + "b$"}, url="http://a/" + "a" * 1_000).rules[0].metric is None


@pytest.mark.parametrize(
    ("budget", "complaint"),
    [
        ({"path": "x"}, "budget[0].path='x' is not allowed"),
        ({"resourceSizes": [{"resourceType": "x", "budget": 1}]}, "budget[0].resourceSizes[0].resourceType='x'"),
        ({"resourceCounts": [{"resourceType": "total", "budget": -1}]}, "budget[0].resourceCounts[0].budget=-1"),
        ({"options": {"firstPartyHostnames": [""]}}, "budget[0].options.firstPartyHostnames: host=''"),
    ],
)
def test_what_is_refused(budget: dict[str, Any], complaint: str) -> None:
    """With its place in the file."""
    with pytest.raises(BadRequestError) as refusal:
        _parsed(budget)
    assert str(refusal.value).startswith(complaint)
    with pytest.raises(BadRequestError, match="budget is empty"):
        _parsed()
