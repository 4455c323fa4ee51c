"""Lookups: rows by capture and ordinal, from files and out of the catalog, in few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.query import lookups as module
from harlake.query.lookups import lookups
from tests.support.folders import Folder, folder_of
from tests.support.hars import entry, har

#: The rows of the first and the fourth capture are files.
_SIZES = (600, 3, 0, 700, 40, 5)


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A session of large and small captures."""
    with folder_of(*(har(*map(entry, range(size))) for size in _SIZES), block_bytes=100_000) as folder:
        yield folder


_keys = st.sampled_from([(at, ordinal) for at, size in enumerate(_SIZES) for ordinal in range(size)])


@settings(max_examples=30)
@given(keys=st.lists(_keys, min_size=1, max_size=40), group=st.sampled_from([1, 42, 8_192]))
def test_rows_are_found_by_their_keys(folder: Folder, keys: list[tuple[int, int]], group: int) -> None:
    """All that are asked for come, others only from between them, and small captures share a query."""
    ordinals: dict[int, list[int]] = defaultdict(list)
    for at, ordinal in keys:
        ordinals[at].append(ordinal)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_GROUP_ENTRIES", group)
        asked = list(lookups(folder.captures, ordinals))
    found = []
    for lookup in asked:
        assert [folder.captures[at] for at in lookup.positions] == list(lookup.captures)
        sql = f"SELECT position, ordinal, url FROM entries WHERE {lookup.where}"
        for at, ordinal, url in folder.data_dir.index.rows(lookup.captures, sql):
            assert url.startswith(f"http://example.test/{ordinal}?")
            found.append((lookup.positions[at], ordinal))
    assert set(keys) <= set(found)
    assert len(found) == len(set(found)) <= 2 * len(keys)
    assert sorted(at for lookup in asked for at in lookup.positions) == sorted(ordinals)
    if group == 8_192:
        assert len(asked) == len({0, 3} & ordinals.keys()) + bool(ordinals.keys() - {0, 3})


def test_nothing_is_asked_for_nothing(folder: Folder) -> None:
    """Without keys, there is no query."""
    assert list(lookups(folder.captures, {})) == []
