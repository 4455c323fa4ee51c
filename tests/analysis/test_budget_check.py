"""Sessions against budgets: what passes, what fails, and what a baseline changes."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import msgspec
import pytest

from harlake.analysis.budget_check import OUTCOMES, RuleResult, check_budget
from harlake.analysis.diff import ComparedRun, find_run
from harlake.analysis.lighthouse_budget import LighthouseBudget
from harlake.errors import BadRequestError
from harlake.query.filters import Filter, parse_filter
from harlake.store.sessions import Session
from tests.support.folders import Folder, folder_of, import_har
from tests.support.hars import entry, har
from tests.support.rules import budget_file


def _har(*times: float) -> bytes:
    return har(*(json.dumps(json.loads(entry(number)) | {"time": time}).encode() for number, time in enumerate(times)))


def _run(folder: Folder, session: Session) -> ComparedRun:
    return find_run(folder.data_dir, str(session.id))


def _checked(
    folder: Folder, sessions: list[Session], baseline: list[Session], rule: dict[str, Any], **more: Any
) -> RuleResult:
    runs, base = (list(map(partial(_run, folder), side)) for side in (sessions, baseline))
    check = check_budget(folder.data_dir, runs, base, budget_file(rule, **more), Filter())
    (result,) = check.results
    assert check.counts == {outcome: int(outcome == result.outcome) for outcome in OUTCOMES}
    return result


@pytest.mark.parametrize(
    ("rule", "outcome", "reason"),
    [
        ({"metric": "requests", "max": 3}, "passed", None),
        ({"metric": "requests", "max": 2}, "failed", "too much"),
        ({"metric": "requests", "min": 4}, "failed", "too little"),
        ({"metric": "time.p50", "max": 20, "min": 20}, "passed", None),
        ({"metric": "onLoad", "max": 1}, "missing", "there is no such page"),
        ({"metric": "time.p50", "max": 1, "where": {"host": "b.test"}}, "missing", "there is no such entry"),
        ({"metric": "dns.max", "max": 1}, "missing", "no entry tells it"),
        ({"metric": "onLoad", "max": 1, "optional": True}, "skipped", "there is no such page"),
        ({"metric": "time.p50", "maxIncrease": 0}, "missing", "there is no baseline"),
        ({"forbid": {"host": "example.test"}}, "failed", "forbidden"),
        ({"requireHeaders": ["etag"]}, "failed", "of 3"),
        ({"forbid": {"host": "b.test"}}, "passed", None),
    ],
)
def test_outcomes(rule: dict[str, Any], outcome: str, reason: str | None) -> None:
    """What is not known fails, unless it is optional."""
    with folder_of(_har(10, 20, 30)) as folder:
        result = _checked(folder, [folder.session], [], rule)
        assert (result.outcome, result.reason) == (outcome, reason)
        assert result.place == "budget.rules[0]"


def test_a_baseline() -> None:
    """As the limit; and as what excuses a value that is over the budget, and not worse."""
    with folder_of(_har(100, 110)) as folder:
        slower, same = import_har(folder.data_dir, _har(100, 130)), import_har(folder.data_dir, _har(90, 110))
        base = [folder.session]
        more = {"metric": "time.max", "maxIncrease": "10%"}
        assert (found := _checked(folder, [slower], base, more)).outcome == "failed"
        assert [found.value, found.baseline, found.maximum] == [130, 110, pytest.approx(121)]
        assert _checked(folder, [same], base, more).outcome == "passed"
        most = {"metric": "time.max", "max": 50}
        assert _checked(folder, [same], base, most).outcome == "failed"
        assert _checked(folder, [same], base, most | {"notWorse": True}).outcome == "tolerated"
        assert _checked(folder, [same], base, most, notWorse=True).outcome == "tolerated"
        assert _checked(folder, [slower], base, most, notWorse=True).outcome == "failed"
        assert _checked(folder, [slower], [], most, notWorse=True).outcome == "failed"
        least = {"metric": "requests", "min": 9, "notWorse": True}
        assert _checked(folder, [same], base, least).outcome == "tolerated"


def test_several_runs() -> None:
    """Medians count; worse is what is above all that the baseline had."""
    with folder_of(_har(100)) as folder:
        runs = [import_har(folder.data_dir, _har(time)) for time in (140, 90, 130)]
        found = _checked(folder, runs, [folder.session, runs[0]], {"metric": "time.max", "max": 1, "notWorse": True})
        assert (found.values, found.value) == ([140, 90, 130], 130)
        assert (found.baseline_values, found.outcome) == ([100, 140], "tolerated")
        empty = import_har(folder.data_dir, har())
        assert _checked(folder, [runs[0], empty], [], {"metric": "time.max", "max": 999}).outcome == "missing"


def test_lighthouse() -> None:
    """Its budget is chosen by the main document; what a HAR does not tell is missing."""
    document = json.loads(entry(1)) | {"_resourceType": "document"}
    text = [
        {
            "path": "/1",
            "resourceCounts": [{"resourceType": "document", "budget": 0}],
            "timings": [{"metric": "interactive", "budget": 1}],
        }
    ]
    with folder_of(har(json.dumps(document).encode())) as folder:
        budget = msgspec.convert(text, list[LighthouseBudget])
        check = check_budget(folder.data_dir, [_run(folder, folder.session)], [], budget, Filter())
        assert [(one.outcome, one.reason) for one in check.results] == [
            ("missing", "a HAR does not tell this"),
            ("failed", "too much"),
        ]


def test_filters_and_what_they_cannot_see() -> None:
    """A filter is for all rules; of patterns that are none, the place is told."""
    long = entry(1).replace(b"/1?", b"/" + b"x" * 3_000 + b"?")
    with folder_of(har(entry(1), entry(2), long)) as folder:
        budget = budget_file({"metric": "requests", "max": 9})
        check = check_budget(
            folder.data_dir, [_run(folder, folder.session)], [], budget, parse_filter([("path", "/1")])
        )
        assert check.results[0].value == 1
        assert check.warnings == ["of 1 URLs, the filter sees the first 1,024 bytes only"]
        wrong = budget_file({"metric": "requests", "max": 9, "where": {"url~": "("}})
        with pytest.raises(BadRequestError, match=r"^budget\.rules\[0\]: '\(' is no regular expression"):
            check_budget(folder.data_dir, [_run(folder, folder.session)], [], wrong, Filter())
