"""When entries started: how many of each class of status in each of equal parts of the whole time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from harlake.query.filters import Filter
from harlake.store.catalog import Capture
from harlake.store.index import Index
from harlake.store.timestamps import ISO_FORMAT

#: Classes of statuses; what has none of them has failed.
CLASSES: Final = ("1xx", "2xx", "3xx", "4xx", "5xx", "failed")

_CLASS: Final = "CASE WHEN status BETWEEN 100 AND 599 THEN status // 100 - 1 ELSE 5 END"


@dataclass(frozen=True, slots=True)
class Timeline:
    """Counts of entries by class and bin; ``first`` and ``last`` are when the first and the last of them started.

    Entries that do not say when they started are ``undated``, and in no bin.
    """

    first: str | None
    last: str | None
    bins: int
    counts: dict[str, list[int]]
    undated: int

    @property
    def nbytes(self) -> int:
        """Return about how many bytes it takes."""
        return 8 * self.bins * len(CLASSES)


def timeline(index: Index, captures: Sequence[Capture], entry_filter: Filter, bins: int) -> Timeline:
    """Return when those entries of captures started that pass a filter."""
    question = f"timeline {bins} {entry_filter.digest()}"
    return index.cached(captures, question, lambda: _timeline(index, captures, entry_filter, bins))


def _timeline(index: Index, captures: Sequence[Capture], entry_filter: Filter, bins: int) -> Timeline:
    where = entry_filter.where()
    # What passes is kept until the first and the last of it are known: a filter costs more than that.
    rows = index.rows(
        captures,
        f"""
        WITH found AS MATERIALIZED (
            SELECT epoch_us(started_at) AS moment, {_CLASS} AS class FROM entries WHERE {where.sql}
        ), ends AS (
            SELECT min(moment) AS first, max(moment) AS last, greatest(1, max(moment) - min(moment)) / ? AS width
            FROM found
        )
        SELECT CASE WHEN moment IS NOT NULL THEN least(floor((moment - first) / width), ?)::BIGINT END AS bin,
            class, count(*),
            strftime(make_timestamp(any_value(first)), {ISO_FORMAT}),
            strftime(make_timestamp(any_value(last)), {ISO_FORMAT})
        FROM found CROSS JOIN ends GROUP BY bin, class
        """,
        [*where.parameters, bins, bins - 1],
    )
    counts = np.zeros((len(CLASSES), bins), np.int64)
    undated = 0
    for place, status_class, count, _, _ in rows:
        if place is None:
            undated += count
        else:
            counts[status_class, place] = count
    first, last = rows[0][3:5] if rows else (None, None)
    by_class = {name: counts[number].tolist() for number, name in enumerate(CLASSES)}
    return Timeline(first, last, bins, by_class, undated)
