"""Rows by their places: in the order that is asked for, out of files and out of the catalog."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.errors import SessionNotFoundError
from harlake.query.rows import rows_at
from tests.support.folders import Folder, folder_of
from tests.support.hars import entry, har

#: The rows of the second capture are a file.
_SIZES = (3, 600, 0, 40)


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A session of small captures and a large one."""
    with folder_of(*(har(*map(entry, range(size))) for size in _SIZES), block_bytes=100_000) as folder:
        yield folder


_places = st.sampled_from([(at, ordinal) for at, size in enumerate(_SIZES) for ordinal in range(size)])


@pytest.mark.slow
@settings(max_examples=30)
@given(places=st.lists(_places, max_size=60))
def test_rows_come_as_they_are_asked_for(folder: Folder, places: list[tuple[int, int]]) -> None:
    """In any order, and as often as they are asked for; without any, there are the columns only."""
    rows = rows_at(folder.data_dir.index, folder.captures, places, "capture::VARCHAR AS capture, ordinal, url")
    assert rows.column_names == ["capture", "ordinal", "url"]
    found = list(zip(*(column.to_pylist() for column in rows.columns), strict=True))
    assert [row[:2] for row in found] == [(str(folder.captures[at].id), ordinal) for at, ordinal in places]
    assert all(url.startswith(f"http://example.test/{ordinal}?") for _, ordinal, url in found)


def test_rows_that_are_not_there_are_an_error(folder: Folder) -> None:
    """Whoever asks for a row has seen it: it was removed."""
    for place in ((0, 3), (1, 600), (3, 1 << 33)):
        with pytest.raises(SessionNotFoundError):
            rows_at(folder.data_dir.index, folder.captures, [(1, 5), place], "url")
