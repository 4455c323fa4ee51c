"""Lighthouse's budget.json, as rules.

Source: https://github.com/GoogleChrome/budget.json and Lighthouse's ``core/config/budget.js``. Sizes are in KiB of what
was transferred. Of several budgets, the last one whose ``path`` matches the page's counts. A path is a pattern as in
robots.txt: ``*`` stands for anything, and ``$`` for the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec

from harlake.analysis.budget import MAX_RULES, Budget, BudgetRule, at
from harlake.analysis.metrics import parse_metric
from harlake.errors import BadRequestError
from harlake.limits import KIB
from harlake.query.filters import Filter, parse_filter

#: Types of resources that Lighthouse knows, beside ``total``, ``third-party`` and ``other``.
_TYPES: Final = ("document", "script", "stylesheet", "image", "media", "font")
_ALL_TYPES: Final = (*_TYPES, "other", "third-party", "total")

#: Bytes of a path's pattern.
_MAX_PATH: Final = 1_024


class LighthouseLimit(msgspec.Struct, rename="camel"):
    """How many requests, or KiB, of a type of resource there may be."""

    resource_type: str
    budget: float


class LighthouseTiming(msgspec.Struct):
    """How many milliseconds something may take."""

    metric: str
    budget: float


class LighthouseOptions(msgspec.Struct, rename="camel"):
    """Whose hosts are first parties."""

    first_party_hostnames: list[str] | None = None


class LighthouseBudget(msgspec.Struct, rename="camel"):
    """The budget of the pages at a path."""

    path: str = "/"
    options: LighthouseOptions | None = None
    timings: list[LighthouseTiming] = []
    resource_sizes: list[LighthouseLimit] = []
    resource_counts: list[LighthouseLimit] = []


def parse_lighthouse(budgets: Sequence[LighthouseBudget], page_url: str | None, place: str = "budget") -> Budget:
    """Return the budget for a page, which is the last one that its path matches. Raises BadRequestError."""
    if not budgets:
        raise BadRequestError(f"{place} is empty")
    parsed = [_budget(one, f"{place}[{number}]") for number, one in enumerate(budgets)]
    for given, budget in zip(reversed(budgets), reversed(parsed), strict=True):
        if _matches(given.path, page_url):
            return budget
    path = urlsplit(page_url).path if page_url else "none"
    return Budget([BudgetRule(f"a budget for the page at {path[:200]}", place, None)])


def _budget(text: LighthouseBudget, place: str) -> Budget:
    if len(text.path) > _MAX_PATH or not text.path.startswith(("/", "*")):
        raise BadRequestError(f"{place}.path={text.path[:100]!r} is not allowed; it takes a path, as /blog*")
    rules = [_timing(one, f"{place}.timings[{number}]") for number, one in enumerate(text.timings)]
    for member, metric, factor in (("resource_sizes", "transferBytes", KIB), ("resource_counts", "requests", 1)):
        name = "resourceSizes" if metric == "transferBytes" else "resourceCounts"
        limits: list[LighthouseLimit] = getattr(text, member)
        rules += (_limit(one, metric, factor, f"{place}.{name}[{number}]") for number, one in enumerate(limits))
    if len(rules) > MAX_RULES:
        raise BadRequestError(f"{place} has {len(rules)} limits; there may be {MAX_RULES}")
    first_party = text.options.first_party_hostnames if text.options else None
    if first_party is not None:
        at(f"{place}.options.firstPartyHostnames", lambda: parse_filter(("host", one) for one in first_party))
    return Budget(rules, first_party)


def _limit(text: LighthouseLimit, metric: str, factor: int, place: str) -> BudgetRule:
    kind = text.resource_type
    if kind not in _ALL_TYPES:
        raise BadRequestError(f"{place}.resourceType={kind[:100]!r} is not allowed; it takes {', '.join(_ALL_TYPES)}")
    entry_filter = Filter()
    if kind in _TYPES:
        entry_filter = parse_filter([("type", kind)])
    elif kind == "other":
        entry_filter = parse_filter(("type", f"!{one}") for one in _TYPES)
    third_party = True if kind == "third-party" else None
    maximum = _checked(text.budget, place) * factor
    return BudgetRule(
        f"{metric} ({kind})", place, parse_metric(metric), entry_filter, third_party=third_party, maximum=maximum
    )


def _timing(text: LighthouseTiming, place: str) -> BudgetRule:
    """Return a rule of a time that only a browser can measure: it is missing, so that nobody takes it for kept."""
    return BudgetRule(text.metric[:200], place, None, maximum=_checked(text.budget, place))


def _checked(budget: float, place: str) -> float:
    if not 0 <= budget < 2**53:
        raise BadRequestError(f"{place}.budget={budget} is not allowed; it takes a number from 0 on")
    return budget


def _matches(pattern: str, url: str | None) -> bool:
    """Return whether a path matches: a prefix, with ``*`` for anything and ``$`` for the end, in linear time each."""
    path = "/"
    if url is not None:
        split = urlsplit(url)
        path = f"{split.path or '/'}{f'?{split.query}' if split.query else ''}"
    ends = pattern.endswith("$")
    first, *others = re.split(r"\*+", pattern.removesuffix("$"))
    if not path.startswith(first):
        return False
    place = len(first)
    for number, piece in enumerate(others):
        if ends and number == len(others) - 1:
            return len(path) - len(piece) >= place and path.endswith(piece)
        found = path.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return not ends or place == len(path)
