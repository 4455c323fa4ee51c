"""Matches: the rows that pass a filter, from any row on, in as many captures as there are."""

from __future__ import annotations

import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.query import matches
from harlake.query.filters import parse_filter
from harlake.query.matches import Matches, find_matches
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture
from tests.support.folders import folder_of
from tests.support.hars import entry, har

_FRAME = Frame(0, 0, 0)


@pytest.mark.parametrize("step", [1, 4_096])
@given(passing=st.lists(st.lists(st.booleans(), max_size=40), min_size=1, max_size=6), data=st.data())
def test_rows_after_a_row(step: int, passing: list[list[bool]], data: st.DataObject) -> None:
    """They are the next ones that pass, as many as are asked for; a row that cannot be is before the next capture."""
    captures = [Capture(uuid.UUID(int=at), len(rows), _FRAME, 0, True, True) for at, rows in enumerate(passing)]
    bits = np.packbits([passes for rows in passing for passes in rows] or [False], bitorder="little")
    position = data.draw(st.integers(0, len(captures) - 1))
    ordinal, limit = data.draw(st.integers(-1, len(passing[position]) + 50)), data.draw(st.integers(0, 300))
    found = Matches(captures, bits)
    keys = [(at, number) for at, rows in enumerate(passing) for number, passes in enumerate(rows) if passes]
    assert found.total == len(keys)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matches, "_STEP", step)
        assert list(found.after(position, ordinal, limit)) == [key for key in keys if key > (position, ordinal)][:limit]


def test_rows_are_found_once() -> None:
    """Rows are those that pass, and what was found is used again, for the same captures and filter only."""
    # The first capture is so large that its rows are a file.
    with folder_of(har(*map(entry, range(600))), har(), har(*map(entry, range(20)))) as folder:
        index, captures = folder.data_dir.index, folder.captures
        sevens, nines = parse_filter([("path", "/7*")]), parse_filter([("path", "/9*")])
        found = find_matches(index, captures, sevens)
        expected = [(at, number) for at, count in ((0, 600), (2, 20)) for number in range(count)]
        expected = [(at, number) for at, number in expected if str(number).startswith("7")]
        assert list(found.after(0, -1, 1_000)) == expected
        assert find_matches(index, captures, sevens)._bits is found._bits
        assert list(find_matches(index, captures[1:], sevens).after(0, -1, 1_000)) == [(1, 7)]
        assert find_matches(index, captures, nines).total == 11 + 1
