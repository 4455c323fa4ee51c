"""Endpoints that differ: which of their lists are cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis.endpoints import Differences, Endpoint, EndpointCounts

_NAMES = ("added", "removed", "changed")
_ENDPOINT = Endpoint("GET", "http://a.test/", [], None, None)


@given(st.fixed_dictionaries({name: st.tuples(st.integers(0, 3), st.integers(0, 2)) for name in _NAMES}))
def test_a_list_that_is_cut_says_so(lists: dict[str, tuple[int, int]]) -> None:
    """A list is named where there are more than it has, with both numbers; what is the same has no list."""
    counts = {name: listed + more for name, (listed, more) in lists.items()}
    listed = {name: [_ENDPOINT] * listed for name, (listed, _) in lists.items()}
    differences = Differences(EndpointCounts(**counts, same=9, status=9), **listed)
    assert differences.limited() == {name: (listed, counts[name]) for name, (listed, more) in lists.items() if more}


def test_differences_begin_with_nothing() -> None:
    """Each comparison has lists and counts of its own."""
    first, second = Differences(), Differences()
    first.added.append(_ENDPOINT)
    first.counts.added += 1
    assert second == Differences()
    assert (second.added, second.counts) == ([], EndpointCounts())
