"""Results of statistics: which of their lists are cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis.accumulator import Times
from harlake.analysis.quantiles import Percentiles
from harlake.analysis.results import Groups, Histogram, HostTotals, PageTimes, Statistics, Totals

_NAMES = ("hosts", "types", "statuses", "methods", "mime_types", "pages")
_NONE = Percentiles()
_TIMES = Times(_NONE, _NONE, _NONE)
_TOTALS = Totals(None, 1, 0, 0, 0)
_PAGE = PageTimes(None, None, None, None, None, 0)


def _statistics(lists: dict[str, tuple[int, int]]) -> Statistics:
    """Return statistics whose lists have so many items, of so many."""
    (hosts, host_count), (pages, page_count) = lists["hosts"], lists["pages"]
    groups = {name: Groups([_TOTALS] * lists[name][0], lists[name][1]) for name in _NAMES[1:-1]}
    return Statistics(
        _TOTALS,
        0,
        None,
        None,
        _TIMES,
        [HostTotals(_TOTALS, _TIMES)] * hosts,
        host_count,
        groups,
        Histogram(0, []),
        [],
        [],
        [],
        [_PAGE] * pages,
        page_count,
    )


@given(st.fixed_dictionaries({name: st.tuples(st.integers(0, 3), st.integers(0, 2)) for name in _NAMES}))
def test_a_list_that_is_cut_says_so(lists: dict[str, tuple[int, int]]) -> None:
    """A list is named where there are more than it has, with both numbers; the ten of interest never are."""
    counts = {name: (listed, listed + more) for name, (listed, more) in lists.items()}
    assert _statistics(counts).limited() == {name: counts[name] for name, (_, more) in lists.items() if more}
