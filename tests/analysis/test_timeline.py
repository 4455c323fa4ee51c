"""Entries over time: each in the bin in which it started, as Python finds it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis.timeline import CLASSES, timeline
from harlake.query.filters import Filter
from tests.support.folders import folder_of
from tests.support.hars import har, instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BINS = 7

_Entry = tuple[int | None, int]

#: Milliseconds.
_moments = st.none() | st.integers(0, 50) | st.integers(0, 10**12)
_entries = st.lists(st.tuples(_moments, st.sampled_from([0, -1, 100, 200, 302, 404, 599, 600])), max_size=30)


def _written(entry: _Entry) -> bytes:
    started, status = entry
    members = {"startedDateTime": None if started is None else instant(1_000 * started)}
    return json.dumps(members | {"request": {"url": "http://a.test/"}, "response": {"status": status}}).encode()


def _expected(entries: Sequence[_Entry]) -> dict[str, list[int]]:
    counts = {name: [0] * _BINS for name in CLASSES}
    moments = [started for started, _ in entries if started is not None]
    for started, status in entries:
        if started is not None:
            length = max(1, 1_000 * (max(moments) - min(moments))) / _BINS
            place = min(_BINS - 1, int(1_000 * (started - min(moments)) / length))
            counts[f"{status // 100}xx" if 100 <= status < 600 else "failed"][place] += 1
    return counts


@pytest.mark.slow
@given(_entries)
def test_entries_are_in_their_bins(entries: list[_Entry]) -> None:
    """By class of status; those that do not say when they started are counted apart."""
    with folder_of(har(*map(_written, entries))) as folder:
        found = timeline(folder.data_dir.index, folder.captures, Filter(), _BINS)
    assert found.bins == _BINS
    assert found.counts == _expected(entries)
    moments = [started for started, _ in entries if started is not None]
    assert found.undated == len(entries) - len(moments)
    ends = [_EPOCH + timedelta(milliseconds=one) for one in (min(moments), max(moments))] if moments else [None] * 2
    assert [
        found.first and datetime.fromisoformat(found.first),
        found.last and datetime.fromisoformat(found.last),
    ] == ends
