"""What sides add up to: hosts, third parties and totals, of rows that come a batch at a time."""

from __future__ import annotations

from contextlib import closing

import duckdb
import pyarrow as pa

from harlake.analysis.comparison_options import ComparisonOptions
from harlake.analysis.endpoints import Differences
from harlake.analysis.subjects import SubjectTables


def _rows(side: int, run: int, *hosts: str, type_: str = "xhr") -> pa.Table:
    count = len(hosts)
    return pa.table(
        {
            "side": pa.array([side] * count, pa.int32()),
            "run": pa.array([run] * count, pa.int32()),
            "host": pa.array(hosts, pa.string()),
            "type": pa.array([type_] * count, pa.string()),
            "failed": pa.array([False] * count),
            "size": pa.array([100] * count, pa.int64()),
            "transfer": pa.array([None] * count, pa.int64()),
        }
    )


def test_hosts_of_several_batches_and_runs() -> None:
    """Each run is summed up over its batches; the first party is that of the first document, else entry."""
    differences = Differences()
    with closing(duckdb.connect()) as database:
        tables = SubjectTables(database, ComparisonOptions())
        tables.add_entries(_rows(0, 0, "cdn.x.test", "www.shop.test"))
        tables.add_entries(_rows(0, 0, "www.shop.test", type_="document"))
        tables.add_entries(_rows(1, 0, "www.shop.test", "api.shop.test"))
        tables.add_entries(_rows(1, 1, *["www.shop.test"] * 5, "ads.y.test"))
        tables.add_entries(_rows(1, 1))
        tables.compare(differences, (1, 2))
    assert [(one.name, one.change) for one in differences.hosts.listed] == [
        *(("ads.y.test", "added"), ("api.shop.test", "added"), ("cdn.x.test", "removed"), ("www.shop.test", "changed")),
    ]
    assert [(one.name, one.change) for one in differences.third_parties.listed] == [
        *(("x.test", "removed"), ("y.test", "added")),
    ]
    totals = {one.name: (one.a, one.b, one.spread_b) for one in differences.totals}
    assert [totals["count"], totals["contentBytes"]] == [(3, 4, (2, 6)), (300, 400, (200, 600))]
