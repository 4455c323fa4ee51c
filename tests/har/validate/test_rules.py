"""The rules: each is found where it is broken, alone, and says what the specification says."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from harlake.har.validate import rules
from tests.support.complete_har import LOG, changed, har_of, path_text
from tests.support.validation import check

_REQUEST, _RESPONSE, _TIMINGS = ("entries", 0, "request"), ("entries", 0, "response"), ("entries", 0, "timings")

_BROKEN: list[tuple[str, rules.Path, Any]] = [
    ("missing-member", (*_REQUEST, "method"), None),
    ("wrong-type", (*_REQUEST, "method"), 1),
    ("wrong-item", (*_REQUEST, "headers", 0), 1),
    ("invalid-version", ("version",), "2.0"),
    ("negative-timing", (*_TIMINGS, "send"), -1),
    ("invalid-timing", (*_TIMINGS, "dns"), -0.5),
    ("invalid-timing", ("pages", 0, "pageTimings", "onLoad"), -2),
    ("invalid-time", ("entries", 0, "time"), -1),
    ("time-not-sum", ("entries", 0, "time"), 100),
    ("ssl-over-connect", (*_TIMINGS, "ssl"), 4),
    ("invalid-size", (*_REQUEST, "headersSize"), -2),
    ("invalid-size", (*_RESPONSE, "bodySize"), -2),
    ("invalid-size", (*_RESPONSE, "content", "size"), -1),
    ("invalid-status", (*_RESPONSE, "status"), 99),
    ("relative-url", (*_REQUEST, "url"), "/path"),
    ("post-data-empty", (*_REQUEST, "postData"), {"mimeType": "text/plain"}),
    ("text-and-params", (*_REQUEST, "postData"), {"mimeType": "a/b", "text": "a=b", "params": [{"name": "a"}]}),
    ("unknown-page", ("entries", 0, "pageref"), "page_2"),
    ("invalid-base64", (*_RESPONSE, "content", "text"), "b2s=!"),
    ("content-size", (*_RESPONSE, "content", "size"), 3),
    *(
        ("invalid-date", path, date)
        for path in (
            ("entries", 0, "startedDateTime"),
            ("pages", 0, "startedDateTime"),
            (*_REQUEST, "cookies", 0, "expires"),
            ("entries", 0, "cache", "beforeRequest", "lastAccess"),
            ("entries", 0, "cache", "afterRequest", "expires"),
        )
        for date in ("", "yesterday", "2023-02-29T00:00:00Z", "2024-02-29T00:00:00", "2024-02-29 00:00:00Z")
    ),
]


@pytest.mark.parametrize(("code", "path", "value"), _BROKEN)
def test_each_rule_is_found_alone(code: str, path: rules.Path, value: Any) -> None:
    """A HAR that breaks one rule has one problem, with what the specification says of it."""
    checked = check(har_of(changed(path, value)))
    found = [one for one in checked.problems if one.code == code]
    (problem,) = found
    extra = set(checked.counts) - {code}
    assert extra <= ({"time-not-sum"} if code in ("negative-timing", "invalid-timing") else set())
    assert problem.path == path_text(path)
    (rule,) = (rule for rule in rules.RULES if rule.code == code)
    assert problem.severity == rule.severity
    assert "{" not in problem.message + problem.spec
    assert problem.spec.endswith(".")
    assert (checked.refusals["spec"] is None) is (rule.severity != "error")


def test_the_rest_of_the_rules_is_found() -> None:
    """Pages with one id, and files in another encoding."""
    log = copy.deepcopy(LOG)
    log["pages"] *= 2
    assert check(har_of(log)).counts == {"duplicate-page": 1}
    assert check(har_of(LOG).decode().encode("utf-16")).counts == {"not-utf-8": 1}
    covered = {code for code, _, _ in _BROKEN} | {"duplicate-page", "not-utf-8", "entry-too-large", "pages-too-large"}
    assert covered == {rule.code for rule in rules.RULES}
