"""Facts of entries by endpoint: read out of frames, kept in partitions beside the rows, and joined with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import duckdb
import pyarrow as pa

from harlake.analysis.endpoint_keys import EndpointKeys
from harlake.analysis.endpoints import Detail
from harlake.analysis.entry_facts import REDIRECTS, REQUEST_BODY, RESPONSE_BODY, ROOT, entry_facts
from harlake.analysis.spill import Spill
from harlake.query.batches import Batch
from harlake.query.entry_reader import read_entries
from harlake.query.filters import Filter
from harlake.query.locations import locate_where
from harlake.store.captures import CaptureStore
from harlake.store.index import Index

#: Facts that are collected before they are written, of a few hundred bytes each; an entry has up to some thousand.
_COLLECTED: Final = 10_000

#: Details that are listed of an endpoint.
LISTED_FACTS: Final = 100

_KEY: Final = ("method", "name", "folded", "call", "operation")
_COLUMNS: Final = (*_KEY, "part", "fact", "value")

_BODIES: Final = f"part IN ('{REQUEST_BODY}', '{RESPONSE_BODY}')"

_PARTITIONED: Final = """
    SELECT * RENAME (operation AS called), ?::INTEGER AS side, hash(method, folded) % ? AS partition
    FROM facts ORDER BY partition
"""

#: What differs between the sides. Of bodies of which one side has none, that is all.
DETAILS: Final = f"""
    WITH grouped AS (
        SELECT method, url, called.operation, part, fact,
            coalesce(list_sort(list(DISTINCT value) FILTER (facts.side = 0)), []) AS a,
            coalesce(list_sort(list(DISTINCT value) FILTER (facts.side = 1)), []) AS b
        FROM facts JOIN called USING (method, name, folded, call, called) GROUP BY ALL
    ), roots AS (
        SELECT method, url, operation, part FROM grouped WHERE fact = '{ROOT}' AND len(a) > 0 AND len(b) > 0
    )
    SELECT grouped.* FROM grouped LEFT JOIN roots USING (method, url, operation, part)
    WHERE a <> b AND (NOT {_BODIES} OR fact = '{ROOT}' OR roots.part IS NOT NULL)
"""

#: Which endpoints have details, as changes.
CHANGED: Final = f"""
    SELECT method, url, operation, bool_or({_BODIES}) AS body, bool_or(part LIKE '%Headers') AS headers,
        bool_or(part = '{REDIRECTS}') AS redirect
    FROM details GROUP BY ALL
"""


class FactSpill:
    """Collects the facts of entries, each once for an endpoint and side."""

    def __init__(
        self,
        spill: Spill,
        database: duckdb.DuckDBPyConnection,
        captures: CaptureStore,
        keys: EndpointKeys,
        partitions: int,
    ) -> None:
        self._spill = spill
        self._database = database
        self._captures = captures
        self._keys = keys
        self._partitions = partitions
        #: Entries with bodies that are too large for their shape to be compared.
        self.cut = 0

    def add(self, index: Index, batch: Batch, entry_filter: Filter, rows: pa.Table, side: int) -> None:
        """Add the facts of a batch's entries, the rows of which are given."""
        where = entry_filter.where(batch.where)
        locations = locate_where(index, batch.captures, where, file=batch.file)
        names = zip(*(rows[column].to_pylist() for column in _KEY), strict=True)
        collected: set[tuple[str, ...]] = set()
        for (_, entry), key in zip(read_entries(self._captures, locations), names, strict=True):
            facts, is_cut = entry_facts(entry, self._keys)
            self.cut += is_cut
            collected.update((*key, *fact) for fact in facts)
            if len(collected) > _COLLECTED:
                self._write(collected, side)
                collected = set()
        self._write(collected, side)

    def _write(self, collected: set[tuple[str, ...]], side: int) -> None:
        if collected:
            columns = zip(*collected, strict=True)
            arrays = {name: pa.array(values, pa.string()) for name, values in zip(_COLUMNS, columns, strict=True)}
            self._database.register("facts", pa.table(arrays))
            self._spill.add(self._database.execute(_PARTITIONED, [side, self._partitions]).to_arrow_table())
            self._database.unregister("facts")


def no_facts() -> pa.Table:
    """Return facts of nothing."""
    names = ("method", "name", "folded", "call", "called", "part", "fact", "value")
    return pa.table({name: pa.array([], pa.string()) for name in names} | {"side": pa.array([], pa.int32())})


def details_of(database: duckdb.DuckDBPyConnection, endpoint: Mapping[str, Any]) -> tuple[list[Detail], int]:
    """Return what differs in the entries of an endpoint, as far as it is listed, and how much that is."""
    rows = database.execute(
        """
        SELECT part, fact, a, b, count(*) OVER () FROM details WHERE method = ? AND url = ? AND operation = ?
        ORDER BY part, fact LIMIT ?
        """,
        [endpoint["method"], endpoint["url"], endpoint["operation"], LISTED_FACTS],
    ).fetchall()
    return [_detail(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def _detail(part: str, name: str, a: Sequence[str], b: Sequence[str]) -> Detail:
    return Detail(part, "type" if a and b else "removed" if a else "added", name, list(a), list(b))
