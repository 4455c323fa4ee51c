"""What the entries of a session have in common: the values of each facet, with how many entries have them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from harlake.query.conditions import HOST
from harlake.query.filters import Filter
from harlake.store.catalog import Capture
from harlake.store.index import Index

_STATUS: Final = "CASE WHEN coalesce(status, 0) <= 0 THEN '0' ELSE status::VARCHAR END"

#: SQL for the values of each facet, which its filter takes. Entries without a value have NULL.
FACETS: Final = {"status": _STATUS, "type": "type", "method": "method", "host": HOST, "page": "page_ref"}

#: All facets are counted in one scan: what a filter costs is paid once.
_NAMES: Final = ", ".join(f"of_{name}" for name in FACETS)
_VALUES: Final = ", ".join(f"{sql} AS of_{name}" for name, sql in FACETS.items())
_SETS: Final = ", ".join(f"(of_{name})" for name in FACETS)

#: By what SQL's ``grouping`` says of its rows: a bit for each column that they are not grouped by.
_BY_MASK: Final = {(1 << len(FACETS)) - 1 - (1 << number): name for number, name in enumerate(reversed(FACETS))}

#: Bytes that a value takes, about.
_VALUE_BYTES: Final = 200


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet, and how many entries have it."""

    value: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Facets:
    """Of ``total`` entries, how many have ``failed``; by facet, its most frequent values, and the number of all."""

    total: int
    failed: int
    values: dict[str, list[FacetValue]]
    numbers: dict[str, int]

    @property
    def nbytes(self) -> int:
        """Return about how many bytes they take."""
        return _VALUE_BYTES * sum(map(len, self.values.values()))


def facets(index: Index, captures: Sequence[Capture], entry_filter: Filter, limit: int) -> Facets:
    """Return what those entries of captures have in common that pass a filter, up to ``limit`` values of each facet."""
    question = f"facets {limit} {entry_filter.digest()}"
    return index.cached(captures, question, lambda: _facets(index, captures, entry_filter, limit))


def _facets(index: Index, captures: Sequence[Capture], entry_filter: Filter, limit: int) -> Facets:
    where = entry_filter.where()
    sql = f"""
        SELECT facet, value, count, sum(count) OVER of_facet, sum(failed) OVER of_facet, count(*) OVER of_facet
        FROM (
            SELECT grouping({_NAMES}) AS facet, coalesce({_NAMES}) AS value,
                count(*) AS count, count(*) FILTER (failed) AS failed
            FROM (SELECT {_VALUES}, failed FROM entries WHERE {where.sql})
            GROUP BY GROUPING SETS ({_SETS})
        )
        WINDOW of_facet AS (PARTITION BY facet)
        QUALIFY row_number() OVER (PARTITION BY facet ORDER BY count DESC, value NULLS LAST) <= ?
        ORDER BY count DESC, value NULLS LAST
    """
    rows = index.rows(captures, sql, [*where.parameters, limit])
    values: dict[str, list[FacetValue]] = {name: [] for name in FACETS}
    numbers = dict.fromkeys(FACETS, 0)
    for mask, value, count, _, _, number in rows:
        values[_BY_MASK[mask]].append(FacetValue(value, count))
        numbers[_BY_MASK[mask]] = number
    total, failed = rows[0][3:5] if rows else (0, 0)
    return Facets(int(total), int(failed), values, numbers)
