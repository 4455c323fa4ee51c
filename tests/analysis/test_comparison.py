"""Comparisons: endpoints by method and folded URL, against a comparison in Python."""

from __future__ import annotations

import json
from collections import defaultdict
from random import Random
from statistics import median
from typing import Any

import pytest

from harlake.analysis import comparison
from harlake.analysis.comparison import compare_captures
from harlake.analysis.endpoint_join import SIZE_FLOOR, TIME_FLOOR
from harlake.analysis.endpoints import Side, Thresholds
from harlake.query.filters import Filter
from harlake.store.ids import entry_id
from tests.support.folders import folder_of, import_har
from tests.support.folding import folded
from tests.support.hars import entry, har

_RANDOM = Random(8)


def _entry(least: int) -> dict[str, Any]:
    choose = _RANDOM.choice
    one: dict[str, Any] = json.loads(entry(1))
    url = f"http://a.test/p{_RANDOM.randint(least, least + 20)}/x?{choose('ab')}=1"
    one["request"] |= {"url": url, "method": choose(["GET", "PUT"])}
    one["response"] |= {"status": choose([200, 200, 200, 404])}
    one["response"]["content"] |= {"size": choose([100, 5_000, 9_000]), "mimeType": choose(["a/b", "a/b", "c/d"])}
    one["time"] = choose([1, 100, 300])
    return one


def _sides(entries: list[dict[str, Any]]) -> dict[tuple[str, str], list[tuple[int, dict[str, Any]]]]:
    sides = defaultdict(list)
    for ordinal, one in enumerate(entries):
        sides[folded(one["request"]["url"]), one["request"]["method"]].append((ordinal, one))
    return sides


def _side(entries: list[tuple[int, dict[str, Any]]], capture: Any) -> Side:
    responses = [one["response"] for _, one in entries]
    return Side(
        len(entries),
        sorted({one["status"] for one in responses}),
        median(one["content"]["size"] for one in responses),
        median(one["time"] for _, one in entries),
        sorted({one["content"]["mimeType"] for one in responses}),
        str(entry_id(capture, entries[0][0])),
    )


def _differs(a: float, b: float, ratio: float, floor: float) -> bool:
    return max(a, b) >= ratio * min(a, b) and abs(a - b) >= floor


@pytest.mark.parametrize("rows", [5, 8_192])
@pytest.mark.parametrize("limit", [3, 1_000])
def test_endpoints_are_those_of_python(monkeypatch: pytest.MonkeyPatch, rows: int, limit: int) -> None:
    """However many partitions there are, all endpoints are counted, and the first ones listed."""
    monkeypatch.setattr(comparison, "_PARTITION_ROWS", rows)
    monkeypatch.setattr(comparison, "_BATCH_ROWS", rows * 3)
    before, after = [_entry(0) for _ in range(90)], [_entry(8) for _ in range(110)]
    texts = [har(*(json.dumps(one).encode() for one in entries)) for entries in (before, after)]
    thresholds = Thresholds()
    with folder_of(texts[0]) as folder:
        data_dir = folder.data_dir
        other = data_dir.catalog.captures(import_har(data_dir, texts[1]).id)
        both = (folder.captures, other)
        found = compare_captures(data_dir.index, data_dir.scratch, both, Filter(), thresholds, limit)
        assert [path.name for path in data_dir.scratch.iterdir()] == ["kept"]
    first, second = _sides(before), _sides(after)
    keys = [(one.url, one.method) for one in found.added], [(one.url, one.method) for one in found.removed]
    assert keys == (sorted(second.keys() - first.keys())[:limit], sorted(first.keys() - second.keys())[:limit])
    changed = {}
    for key in sorted(first.keys() & second.keys()):
        a, b = _side(first[key], both[0][0].id), _side(second[key], other[0].id)
        assert a.size is not None
        assert b.size is not None
        assert a.time is not None
        assert b.time is not None
        flags = {
            "status": a.statuses != b.statuses,
            "size": _differs(a.size, b.size, thresholds.size_ratio, SIZE_FLOOR),
            "time": _differs(a.time, b.time, thresholds.time_ratio, TIME_FLOOR),
            "mime": a.mime_types != b.mime_types,
        }
        if any(flags.values()):
            changed[key] = [name for name, flag in flags.items() if flag], a, b
    assert {(one.url, one.method): (one.changes, one.a, one.b) for one in found.changed} == dict(
        list(changed.items())[:limit]
    )
    counts = found.counts
    assert (counts.added, counts.removed) == (len(second.keys() - first.keys()), len(first.keys() - second.keys()))
    assert (counts.changed, counts.same) == (len(changed), len(first.keys() & second.keys()) - len(changed))
    assert counts.status == sum("status" in changes for changes, _, _ in changed.values())


def test_times_and_sizes_beyond_all_sense() -> None:
    """Numbers too large for what they are compared as are unknown, or as large as can be; none is a failure."""
    entries = []
    for number, (time, size) in enumerate([(1e300, 2**63 - 1), (3.4e38, 2**62), (5e-324, 10**30), (-1e300, -(2**63))]):
        one = json.loads(entry(number))
        one["request"]["url"] = f"http://a.test/{'abcd'[number]}"
        one["time"], one["response"]["content"]["size"] = time, size
        entries.append(json.dumps(one).encode())
    with folder_of(har(*entries)) as folder:
        ratios = Thresholds(1.7e308, 1.7e308)
        found = compare_captures(
            folder.data_dir.index, folder.data_dir.scratch, (folder.captures, folder.captures), Filter(), ratios, 10
        )
        assert (found.counts.same, found.counts.changed) == (4, 0)
