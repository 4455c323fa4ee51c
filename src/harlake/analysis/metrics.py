"""What a budget can limit: names of metrics, their units, and numbers as people write them.

A metric is a count (``requests``), a sum of bytes (``transferBytes``), or a statistic of a number that each entry or
page has: ``time.p90``, ``contentSize.max``, ``onLoad.p50``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from harlake.limits import parse_bytes

#: Counts of entries, as aggregates over the index.
COUNTS: Final = {
    "requests": "count(*)",
    "errors": "count(*) FILTER (failed)",
    "redirects": "count(*) FILTER (status BETWEEN 300 AND 399 AND status <> 304)",
    "hosts": "count(DISTINCT nullif(host, ''))",
}

#: Sums of bytes, and the columns that are summed up.
_SUMS: Final = {"contentBytes": "content_size", "transferBytes": "transfer_size", "requestBytes": "request_size"}

#: Numbers that each entry has, and their columns.
_SIZES: Final = {"contentSize": "content_size", "transferSize": "transfer_size", "requestSize": "request_size"}
_TIMES: Final = {
    "time": "time_ms",
    **{name: f"{name}_ms" for name in ("blocked", "dns", "connect", "ssl", "send", "wait", "receive")},
}

#: Numbers that each page has, and their columns.
_PAGE_TIMES: Final = {"onLoad": "on_load", "onContentLoad": "on_content_load"}

#: What :func:`parse_metric` takes, in words.
_METRICS: Final = (
    f"{', '.join([*COUNTS, *_SUMS])}; {', '.join([*_TIMES, *_SIZES, *_PAGE_TIMES])} with .p50, .p90, …, .min, .mean "
    "or .max"
)

_STATISTIC: Final = re.compile(
    r"(?P<name>\w+)\.(?:p(?P<percent>\d{1,2}(?:\.\d{1,3})?|100)|(?P<word>min|mean|max))", re.ASCII
)
_NUMBER: Final = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)\s*([A-Za-z]*)", re.ASCII)
_UNITS: Final[dict[str, dict[str, float]]] = {"count": {"": 1}, "ms": {"": 1, "ms": 1, "s": 1000, "min": 60_000}}
_WORDS: Final = {"count": "count, as 100", "bytes": "size", "ms": "time, as 1500 (milliseconds), 1500ms or 1.5s"}


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its name as the budget has it, its unit, and where it comes from.

    ``column`` is None of counts. ``share`` is that of a percentile, ``word`` what else is computed of a column:
    ``sum``, ``min``, ``mean`` or ``max``.
    """

    name: str
    unit: str
    column: str | None = None
    share: Fraction | None = None
    word: str | None = None
    of_pages: bool = False


@dataclass(frozen=True, slots=True)
class Increase:
    """By how much a metric may exceed the baseline's: a share of that, or an amount."""

    amount: float
    is_share: bool

    def limit(self, baseline: float) -> float:
        """Return what is allowed, given the baseline's."""
        return baseline * (1 + self.amount) if self.is_share else baseline + self.amount


def parse_metric(name: str) -> Metric:
    """Return the metric of a name. Raises ValueError."""
    if name in COUNTS:
        return Metric(name, "count")
    if name in _SUMS:
        return Metric(name, "bytes", _SUMS[name], word="sum")
    match = _STATISTIC.fullmatch(f"{name}.max" if name in _PAGE_TIMES else name)
    columns = _TIMES | _SIZES | _PAGE_TIMES
    if match is None or match["name"] not in columns:
        raise ValueError(f"{name!r} is no metric; there are {_METRICS}")
    share = Fraction(match["percent"]) / 100 if match["percent"] else None
    unit = "bytes" if match["name"] in _SIZES else "ms"
    return Metric(name, unit, columns[match["name"]], share, match["word"], match["name"] in _PAGE_TIMES)


def parse_amount(value: str | float, unit: str) -> float:
    """Return a number, or one with a unit as people write it: ``300kB``, ``1.5 s``. Raises ValueError."""
    if isinstance(value, str):
        if unit == "bytes":
            return float(parse_bytes(value))
        match = _NUMBER.fullmatch(value.strip())
        if match is None or match[2].lower() not in _UNITS[unit]:
            raise ValueError(f"{value!r} is no {_WORDS[unit]}")
        return float(match[1]) * _UNITS[unit][match[2].lower()]
    if not 0 <= value < float("inf"):
        raise ValueError(f"{value!r} is no {_WORDS[unit]}")
    return float(value)


def parse_increase(value: str | float, unit: str) -> Increase:
    """Return by how much a metric may grow: ``10%``, or an amount. Raises ValueError."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return Increase(parse_amount(value.strip()[:-1].strip(), "count") / 100, is_share=True)
    return Increase(parse_amount(value, unit), is_share=False)
