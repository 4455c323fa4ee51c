"""Facets: how many entries have each value, as Python counts them."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis.facets import FACETS, facets
from harlake.query.filters import Filter, parse_filter
from tests.support.folders import folder_of
from tests.support.hars import har

_Entry = tuple[str, str, int | None, str | None]

_entries: st.SearchStrategy[list[_Entry]] = st.lists(
    st.tuples(
        st.sampled_from(["GET", "POST", "X"]),
        st.sampled_from(["a.test", "b.test", "c.test"]),
        st.sampled_from([0, -1, 200, 204, 404, 999, None]),
        st.sampled_from(["page_1", "page_2", "", None]),
    ),
    max_size=30,
)


def _written(entry: _Entry) -> bytes:
    method, host, status, page = entry
    request = {"method": method, "url": f"http://{host}/"}
    return json.dumps({"request": request, "response": {"status": status}, "pageref": page}).encode()


@pytest.mark.slow
@given(_entries, _entries, st.integers(1, 5))
def test_values_are_counted(first: list[_Entry], second: list[_Entry], limit: int) -> None:
    """In all captures; the most frequent come first, as many as are asked for, and the number of all is said."""
    entries = first + second
    with folder_of(har(*map(_written, first)), har(*map(_written, second))) as folder:
        found = facets(folder.data_dir.index, folder.captures, Filter(), limit)
    assert found.total == len(entries)
    assert found.failed == sum(not 0 < (status or 0) < 400 for _, _, status, _ in entries)
    expected: dict[str, Counter[str | None]] = {
        "status": Counter(str(max(0, status or 0)) for _, _, status, _ in entries),
        "type": Counter("other" for _ in entries),
        "method": Counter(method for method, _, _, _ in entries),
        "host": Counter(host for _, host, _, _ in entries),
        "page": Counter(page for _, _, _, page in entries),
    }
    assert list(found.values) == list(FACETS)
    for name, counts in expected.items():
        listed = found.values[name]
        assert [one.count for one in listed] == [count for _, count in counts.most_common(limit)]
        assert all(counts[one.value] == one.count for one in listed)
        assert found.numbers[name] == len(counts)


def test_only_what_passes_is_counted() -> None:
    """By the filter that is asked for; of nothing, there is nothing."""
    entries = [_written(("GET", "a.test", status, None)) for status in (200, 200, 404)]
    with folder_of(har(*entries)) as folder:
        found = facets(folder.data_dir.index, folder.captures, parse_filter([("error", "true")]), 9)
        assert [(one.value, one.count) for one in found.values["status"]] == [("404", 1)]
        nothing = facets(folder.data_dir.index, folder.captures, parse_filter([("host", "nobody")]), 9)
        assert (nothing.total, nothing.failed, nothing.values["host"], nothing.numbers["host"]) == (0, 0, [], 0)
