"""The filter vocabulary, the same in every request and command; and the SQL that a filter becomes.

Strategy: each name is a *term*, which turns one value into one SQL condition with parameters. Values of one name are
alternatives, those with ``!`` before them are excluded, and different names must all hold.

Rules:

* Only fixed texts become SQL; whatever a client wrote is a parameter.
* A condition is true or not: what an entry does not have is NULL, and matches nothing, so that ``!`` matches it.
* A wrong name or value is refused with the name and what is allowed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import msgspec

from harlake.errors import BadRequestError
from harlake.har.resource_types import RESOURCE_TYPES, normal_type
from harlake.har.urls import normal_host
from harlake.limits import BYTES, MAX_FILTER_BYTES, MAX_FILTER_VALUES, parse_bytes
from harlake.query.conditions import BODY_SIZE, HOST, MEDIA_TYPE, Condition
from harlake.query.globs import glob_condition
from harlake.query.patterns import MAX_STEPS, count_steps

#: Characters of what a client wrote that an error tells.
_MAX_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are asked for; without conditions, all of them.

    ``reads_urls`` says that it looks at URLs, of which the index has the first 1,024 bytes; ``patterns`` are the
    regular expressions in it, which only the index can check.
    """

    conditions: tuple[Condition, ...] = ()
    reads_urls: bool = False
    patterns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is any condition."""
        return bool(self.conditions)

    def where(self, *more: Condition) -> Condition:
        """Return the conditions of a WHERE clause, with others before them."""
        conditions = (*more, *self.conditions)
        sql = " AND ".join(condition.sql for condition in conditions) or "true"
        return Condition(sql, tuple(value for condition in conditions for value in condition.parameters))

    def digest(self) -> str:
        """Return what is the same for filters that ask for the same in the same words."""
        conditions = [[condition.sql, condition.parameters] for condition in self.conditions]
        text = msgspec.json.encode(conditions, enc_hook=str, order="sorted")
        return hashlib.sha256(text).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Term:
    """A name of the vocabulary: how a value becomes a condition, and what is allowed, in words."""

    condition: Callable[[str], Condition]
    allowed: str
    #: Whether commas separate values; they may be part of a URL.
    commas: bool = True
    #: Whether it may be given once only, and not be negated.
    single: bool = False
    reads_urls: bool = False


#: What the vocabulary's ``url~`` is called where a name has to be one of a program.
REGEX_NAME: Final = "url_regex"


def parse_filter(parameters: Iterable[tuple[str, str]]) -> Filter:
    """Return the filter that names and values ask for. Raises BadRequestError."""
    values: dict[str, list[str]] = {}
    count = 0
    for given_name, value in parameters:
        name = _SPELLINGS.get(given_name, given_name)
        if name not in _TERMS:
            raise BadRequestError(f"unknown parameter {_shown(name)}; filters are {', '.join(_TERMS)}")
        given = value.split(",") if _TERMS[name].commas else [value]
        count += len(given)
        if count > MAX_FILTER_VALUES:
            raise BadRequestError(f"{name}: a filter may have {MAX_FILTER_VALUES} values together")
        values.setdefault(name, []).extend(given)
    return Filter(
        tuple(_any_of(name, alternatives) for name, alternatives in values.items()),
        any(_TERMS[name].reads_urls for name in values),
        tuple(value.removeprefix("!") for value in values.get("url~", ())),
    )


def filter_names() -> dict[str, str]:
    """Return the names of the vocabulary, and what each allows, in words."""
    return {name: term.allowed for name, term in _TERMS.items()}


def _shown(text: str) -> str:
    """Return a text of a client's as an error tells it."""
    return repr(text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…")


def _any_of(name: str, values: Sequence[str]) -> Condition:
    term = _TERMS[name]
    if term.single and len(values) > 1:
        raise BadRequestError(f"{name} is given {len(values)} times; it takes one value: {term.allowed}")
    included: list[Condition] = []
    excluded: list[Condition] = []
    for value in values:
        negated = value.startswith("!") and not term.single
        text = value[negated:].strip() if term.commas else value[negated:]
        try:
            if not text or len(text.encode()) > MAX_FILTER_BYTES:
                raise ValueError
            (excluded if negated else included).append(term.condition(text))
        except (ValueError, OverflowError):
            limit = f", of up to {MAX_FILTER_BYTES} bytes" if len(text) > MAX_FILTER_BYTES // 4 else ""
            raise BadRequestError(
                f"{name}={_shown(value)} is not allowed; {name} takes {term.allowed}{limit}"
            ) from None
    parts = [f"({' OR '.join(condition.sql for condition in included)})"] if included else []
    parts += [f"NOT {condition.sql}" for condition in excluded]
    parameters = (value for condition in (*included, *excluded) for value in condition.parameters)
    return Condition(f"({' AND '.join(parts)})", tuple(parameters))


# --- terms: one value each; the conditions are never NULL ----------------------------------------------------------


def _equal(expression: str) -> Callable[[str], Condition]:
    return lambda value: Condition(f"coalesce({expression} = ?, false)", (value,))


def _glob(expression: str, *, fold: bool = False) -> Callable[[str], Condition]:
    return lambda value: glob_condition(expression, value.lower() if fold else value)


def _pattern(value: str) -> Condition:
    if count_steps(value) > MAX_STEPS:
        raise ValueError
    return Condition("regexp_matches(url, ?)", (value,))


def _method(value: str) -> Condition:
    return Condition("coalesce(upper(method) = ?, false)", (value.upper(),))


def _status(value: str) -> Condition:
    match = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?|([0-9])xx", value, re.ASCII | re.IGNORECASE)
    if match is None:
        raise ValueError
    if match[3]:
        low, high = int(match[3]) * 100, int(match[3]) * 100 + 99
    else:
        low, high = int(match[1]), int(match[2] or match[1])
    if low > high:
        raise ValueError
    return Condition("(greatest(coalesce(status, 0), 0) BETWEEN ? AND ?)", (low, high))  # Playwright writes -1 for none


def _type(value: str) -> Condition:
    if not (word := normal_type(value)):
        raise ValueError
    return Condition("(type = ?)", (word,))


def _host(value: str) -> Condition:
    return glob_condition(HOST, normal_host(value))


def _substring(value: str) -> Condition:
    return Condition("contains(lower(url), ?)", (value.lower(),))


def _bound(expression: str, comparison: str, number: Callable[[str], object]) -> Callable[[str], Condition]:
    return lambda value: Condition(f"coalesce({expression} {comparison} ?, false)", (number(value),))


def _time(value: str) -> datetime:
    time = datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _milliseconds(value: str) -> float:
    milliseconds = float(value)
    if not 0 <= milliseconds < float("inf"):
        raise ValueError
    return milliseconds


def _boolean(expression: str) -> Callable[[str], Condition]:
    def condition(value: str) -> Condition:
        if value not in ("true", "false"):
            raise ValueError
        return Condition(expression if value == "true" else f"NOT {expression}")

    return condition


_INSTANT: Final = "a time as 2026-01-31T12:00:00Z, or a day; UTC where it has no zone"
_MILLISECONDS: Final = "milliseconds"
_TRUTH: Final = "true or false"

_TERMS: Final = {
    "method": _Term(_method, "HTTP methods"),
    "status": _Term(_status, "statuses as 404, 5xx, 400-499, or 0 for no response"),
    "host": _Term(_host, "host names; * stands for anything, as in *.example.com"),
    "path": _Term(_glob("path"), "a URL's path; * stands for anything", commas=False, reads_urls=True),
    "url": _Term(_glob("url"), "a URL; * stands for anything", commas=False, reads_urls=True),
    "url~": _Term(
        _pattern,
        f"a regular expression (RE2) of up to {MAX_STEPS:,} steps that is found in the URL",
        commas=False,
        reads_urls=True,
    ),
    "q": _Term(_substring, "a text in the URL, in upper or lower case", commas=False, reads_urls=True),
    "mime": _Term(_glob(MEDIA_TYPE, fold=True), "media types; * stands for anything, as in image/*"),
    "type": _Term(_type, f"resource types as rows have them: {', '.join(RESOURCE_TYPES)}, or others"),
    "page": _Term(_equal("page_ref"), "ids of pages"),
    "from": _Term(_bound("started_at", ">=", _time), f"{_INSTANT}; entries that started then or later", single=True),
    "to": _Term(_bound("started_at", "<", _time), f"{_INSTANT}; entries that started before", single=True),
    "min_time": _Term(_bound("time_ms", ">=", _milliseconds), _MILLISECONDS, single=True),
    "max_time": _Term(_bound("time_ms", "<=", _milliseconds), _MILLISECONDS, single=True),
    "min_size": _Term(_bound(BODY_SIZE, ">=", parse_bytes), f"{BYTES}, of the response's body", single=True),
    "max_size": _Term(_bound(BODY_SIZE, "<=", parse_bytes), f"{BYTES}, of the response's body", single=True),
    "error": _Term(
        _boolean("failed"), f"{_TRUTH}: whether it failed, has no response, or a status from 400", single=True
    ),
    "has_body": _Term(_boolean("has_body"), f"{_TRUTH}: whether the response's body was captured", single=True),
}

#: Other spellings of names: as members of JSON have them, and one for those who cannot write ``~`` in a name.
_SPELLINGS: Final = {
    REGEX_NAME: "url~",
    **{re.sub("_([a-z])", lambda match: match[1].upper(), name): name for name in _TERMS},
}
