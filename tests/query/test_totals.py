"""Totals: counts and lengths of the entries that pass a filter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.query.filters import parse_filter
from harlake.query.totals import SelectionTotals, count_entries, count_truncated_urls, totals_by_capture
from tests.support.folders import folder_of
from tests.support.hars import entry, har


@given(st.lists(st.lists(st.integers(1, 2**40))))
def test_totals_of_parts_are_those_of_all(parts: list[list[int]]) -> None:
    """Totals can be put together, from however many parts."""
    together = SelectionTotals.together(map(SelectionTotals.of, parts))
    assert together == SelectionTotals.of([length for part in parts for length in part])


def test_totals_are_counted_by_capture() -> None:
    """Captures without such entries are not there; lengths are in bytes."""
    url = b"http://example.test/"
    long = entry(7).replace(url, url + b"x" * 2_000)
    hars = har(entry(1), entry(2)), har(entry(3)), har(long, entry(1, b',"_more":1'))
    with folder_of(*hars) as folder:
        index, captures = folder.data_dir.index, folder.captures
        ones = parse_filter([("path", "/1")])
        assert totals_by_capture(index, captures, ones) == {
            captures[0].id: SelectionTotals(1, len(entry(1)), len(entry(1))),
            captures[2].id: SelectionTotals(1, len(entry(1)) + 10, len(entry(1)) + 10),
        }
        assert count_entries(index, captures, ones) == 2
        assert count_entries(index, captures[1:], ones) == 1
        assert (count_truncated_urls(index, captures), count_truncated_urls(index, captures[:2])) == (1, 0)
