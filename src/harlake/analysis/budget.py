"""Budgets: what a session may have at most, as a file says it; and the rules that it becomes.

Rules:

* Entries are chosen by the filter vocabulary, which is the same everywhere.
* Whatever cannot be understood is refused, with its place in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from harlake.analysis.metrics import Increase, Metric, parse_amount, parse_increase, parse_metric
from harlake.errors import BadRequestError
from harlake.query.filters import Filter, parse_filter

_Parsed = TypeVar("_Parsed")

#: Rules of a budget: each is a question about all entries.
MAX_RULES: Final = 200

#: Headers that a rule may require, and rules that require any: for each, all entries are read.
MAX_HEADERS: Final = 50
_MAX_HEADER_RULES: Final = 20

Where = dict[str, str | bool | int | float | list[str]]
Amount = str | int | float


class RuleText(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A rule as a file has it: one of ``metric``, ``forbid`` and ``requireHeaders``, and what is allowed of it.

    ``where`` and ``forbid`` are filters. ``of`` says whose headers: those of the ``response``, or of the ``request``.
    """

    name: str | None = None
    metric: str | None = None
    where: Where = {}
    third_party: bool | None = None
    max: Amount | None = None
    min: Amount | None = None
    max_increase: Amount | None = None
    forbid: Where | None = None
    require_headers: list[str] | None = None
    of: str = "response"
    not_worse: bool | None = None
    optional: bool = False


class BudgetText(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A budget as a file has it: ``firstParty`` are globs of host names, without which those of the document are."""

    rules: list[RuleText]
    first_party: list[str] | None = None
    not_worse: bool = False


@dataclass(frozen=True, slots=True)
class RequiredHeader:
    """A header that each entry must have; its value has the text in it, in upper or lower case."""

    name: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class BudgetRule:
    """What is measured, of which entries, and how much of it there may be.

    ``place`` is where in the budget it is. ``metric`` is None of what no HAR tells. With ``headers``, what is measured
    is how many entries lack any of them.
    """

    name: str
    place: str
    metric: Metric | None
    entry_filter: Filter = Filter()  # noqa: RUF009 - it is frozen
    page: tuple[str, ...] = ()
    third_party: bool | None = None
    maximum: float | None = None
    minimum: float | None = None
    increase: Increase | None = None
    headers: tuple[RequiredHeader, ...] = ()
    of: str = "response"
    lists_entries: bool = False
    not_worse: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Budget:
    """Rules, and which hosts are first parties: globs, None where the document tells."""

    rules: list[BudgetRule]
    first_party: list[str] | None = None


def parse_budget(text: BudgetText, place: str = "budget") -> Budget:
    """Return the budget that a file asks for. Raises BadRequestError, which names the place in the file."""
    if not text.rules:
        raise BadRequestError(f"{place}.rules is empty")
    if len(text.rules) > MAX_RULES:
        raise BadRequestError(f"{place}.rules has {len(text.rules)} rules; there may be {MAX_RULES}")
    if sum(rule.require_headers is not None for rule in text.rules) > _MAX_HEADER_RULES:
        raise BadRequestError(f"{place}.rules has more than {_MAX_HEADER_RULES} rules of requireHeaders")
    if text.first_party is not None:
        at(f"{place}.firstParty", lambda: parse_filter(("host", one) for one in text.first_party or ()))
    rules = [_rule(one, f"{place}.rules[{number}]", text) for number, one in enumerate(text.rules)]
    return Budget(rules, text.first_party)


def at(place: str, parse: Callable[[], _Parsed]) -> _Parsed:
    """Return what is parsed; an error names the place. Raises BadRequestError."""
    try:
        return parse()
    except BadRequestError as error:
        raise BadRequestError(f"{place}: {error.detail}") from error
    except ValueError as error:
        raise BadRequestError(f"{place}: {error}") from None


def _rule(text: RuleText, place: str, budget: BudgetText) -> BudgetRule:
    kinds = {"metric": text.metric, "forbid": text.forbid, "requireHeaders": text.require_headers}
    given = [name for name, value in kinds.items() if value is not None]
    if len(given) != 1:
        raise BadRequestError(f"{place} has {' and '.join(given) or 'none'} of {', '.join(kinds)}; it takes one")
    not_worse = budget.not_worse if text.not_worse is None else text.not_worse
    where = text.where if text.forbid is None else text.where | text.forbid
    member = "where" if text.forbid is None else "forbid"
    if text.metric is not None:
        return _metric_rule(text, place, not_worse)
    for name in ("max", "min", "max_increase"):
        if getattr(text, name) is not None:
            raise BadRequestError(f"{place}: {name.replace('_i', 'I')} goes with metric, not with {given[0]}")
    entry_filter = at(f"{place}.{member}", lambda: parse_filter(_pairs(where)))
    shown = _shown(where, text.third_party)
    if text.forbid is not None:
        if not where and text.third_party is None:
            raise BadRequestError(f"{place}.forbid is empty: all requests would be forbidden")
        name = text.name or f"forbidden: {shown}"
        headers: tuple[RequiredHeader, ...] = ()
    else:
        headers = at(f"{place}.requireHeaders", lambda: _headers(text.require_headers or []))
        name = text.name or f"{text.of} headers {', '.join(one.name for one in headers)}{shown and f' ({shown})'}"
    if text.of not in ("response", "request"):
        raise BadRequestError(f"{place}.of={text.of[:100]!r} is not allowed; it takes response or request")
    return BudgetRule(
        name, place, parse_metric("requests"), entry_filter, third_party=text.third_party, maximum=0,
        headers=headers, of=text.of, lists_entries=True, not_worse=not_worse, optional=text.optional,
    )  # fmt: skip


def _metric_rule(text: RuleText, place: str, not_worse: bool) -> BudgetRule:
    metric = at(f"{place}.metric", lambda: parse_metric(str(text.metric)))
    if text.max is None and text.min is None and text.max_increase is None:
        raise BadRequestError(f"{place} has none of max, min, maxIncrease")
    maximum, minimum = (
        None if value is None else at(f"{place}.{name}", lambda value=value: parse_amount(value, metric.unit))  # type: ignore[misc]
        for name, value in (("max", text.max), ("min", text.min))
    )
    increase = None
    if (more := text.max_increase) is not None:
        increase = at(f"{place}.maxIncrease", lambda: parse_increase(more, metric.unit))
    page: tuple[str, ...] = ()
    if metric.of_pages:
        if text.where.keys() - {"page"} or text.third_party is not None:
            raise BadRequestError(f"{place}.where: {metric.name} is of pages, and goes with page only")
        page = tuple(value for _, value in _pairs(text.where))
        entry_filter = Filter()
    else:
        entry_filter = at(f"{place}.where", lambda: parse_filter(_pairs(text.where)))
    shown = _shown(text.where, text.third_party)
    name = text.name or f"{metric.name}{shown and f' ({shown})'}"
    return BudgetRule(
        name, place, metric, entry_filter, page, text.third_party, maximum, minimum, increase,
        not_worse=not_worse, optional=text.optional,
    )  # fmt: skip


def _headers(texts: list[str]) -> tuple[RequiredHeader, ...]:
    if not texts or len(texts) > MAX_HEADERS:
        raise ValueError(f"it takes 1 to {MAX_HEADERS} headers")
    found = []
    for text in texts:
        name, _, value = text.partition(":")
        if not name.strip() or len(text) > 1_000:
            raise ValueError(f"{text[:100]!r} is no header; it takes a name, or a name, a colon and a text")
        found.append(RequiredHeader(name.strip().lower(), value.strip().lower()))
    return tuple(found)


def _pairs(where: Mapping[str, object]) -> Iterable[tuple[str, str]]:
    """Return the names and values of a filter, as a query string has them."""
    for name, values in where.items():
        for value in values if isinstance(values, list) else [values]:
            yield name, str(value).lower() if isinstance(value, bool) else str(value)


def _shown(where: Mapping[str, object], third_party: bool | None) -> str:
    """Say which entries a rule is about."""
    parts = [f"{name}={value}" for name, value in _pairs(where)]
    if third_party is not None:
        parts.insert(0, "third parties" if third_party else "first party")
    text = ", ".join(parts)
    return text if len(text) <= 200 else f"{text[:199]}…"
