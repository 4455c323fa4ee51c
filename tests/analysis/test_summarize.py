"""Statistics of entries: totals, groups, lists and pages, against sums in Python."""

from __future__ import annotations

import json
import math
from collections import Counter
from random import Random
from typing import Any

import pytest

from harlake.analysis import summarize as module
from harlake.analysis.summarize import summarize
from harlake.query.filters import Filter, parse_filter
from harlake.query.listing import list_entries
from tests.support.folders import folder_of
from tests.support.hars import entry, har

_RANDOM = Random(3)
_PAGES = b'"pages":[{"id":"a","title":"A","pageTimings":{"onLoad":7}},{"title":"none"}],'


def _entry(number: int) -> bytes:
    choose = _RANDOM.choice
    one: dict[str, Any] = json.loads(entry(number, b',"pageref":"%b"' % choose([b"a", b"b"])))
    one["request"]["url"] = choose(["http://a.test/1", "http://b.test/2", "data:,x"])
    one["time"] = choose([-1, 0, 3.5, 100, 1000])
    one["response"]["status"] = choose([0, 200, 301, 404, 1000])
    one["response"]["content"] |= {"size": choose([-1, 0, 50, 6000]), "mimeType": choose(["text/html", "image/png"])}
    return json.dumps(one).encode()


_HARS = [har(*map(_entry, range(count)), head=_PAGES) for count in (80, 1, 25)]


@pytest.mark.slow
@pytest.mark.parametrize("batch", [7, 65_536])
@pytest.mark.parametrize("parameters", [[], [("host", "a.test")], [("status", "999")]])
def test_statistics_are_those_of_the_rows(
    monkeypatch: pytest.MonkeyPatch, batch: int, parameters: list[tuple[str, str]]
) -> None:
    """In batches of any size, filtered or not."""
    monkeypatch.setattr(module, "_BATCH_ROWS", batch)
    entry_filter = parse_filter(parameters)
    with folder_of(*_HARS) as folder:
        rows = list_entries(folder.data_dir, folder.session.id, 1_000, None, entry_filter).entries
        found = summarize(folder.data_dir.index, folder.captures, entry_filter)
    failed = [row for row in rows if row["error"] or (row["status"] or 0) <= 0 or row["status"] >= 400]
    assert (found.totals.count, found.totals.errors) == (len(rows), len(failed))
    assert found.totals.content_bytes == sum(max(row["contentSize"] or 0, 0) for row in rows)
    assert {host.totals.name: host.totals.count for host in found.hosts} == Counter(row["host"] for row in rows)
    for name, column in (("types", "type"), ("methods", "method"), ("mime_types", "mimeType")):
        groups = found.groups[name]
        assert {group.name: group.count for group in groups.listed} == Counter(row[column] for row in rows)
        assert groups.of == len(groups.listed)
    times = sorted(row["time"] for row in rows if row["time"] is not None and row["time"] >= 0)
    assert found.times.time.max == (times[-1] if times else None)
    if times:
        assert found.times.time.p50 == pytest.approx(times[math.ceil(len(times) / 2) - 1], rel=0.02, abs=0.01)
    assert [one.id for one in found.failures] == [row["id"] for row in failed][:10]
    assert [one.time for one in found.slowest] == times[::-1][:10]
    assert sum(bucket.count for bucket in found.histogram.buckets) == len(rows)
    of_pages = [page.entries for page in found.pages if page.id == "a"]
    assert sum(of_pages) == sum(row["pageref"] == "a" for row in rows)
    assert (found.page_count, found.pages[0].title, found.pages[0].on_load) == (6, "A", 7)


def test_lists_that_are_cut() -> None:
    """Of more than a hundred hosts the largest are listed, and the rest is counted."""
    entries = [entry(0).replace(b"example.test", b"h%d.test" % number) for number in [*range(150), 149]]
    with folder_of(har(*entries)) as folder:
        found = summarize(folder.data_dir.index, folder.captures, Filter())
    assert found.limited() == {"hosts": (100, 150)}
    assert (found.hosts[0].totals.name, found.hosts[0].totals.count, found.totals.count) == ("h149.test", 2, 151)


def test_nothing_is_summed_up_to_nothing() -> None:
    """A session without entries has statistics all the same."""
    with folder_of(har()) as folder:
        found = summarize(folder.data_dir.index, folder.captures, Filter())
    assert (found.totals.count, found.hosts, found.histogram.buckets, found.pages) == (0, [], [], [])
