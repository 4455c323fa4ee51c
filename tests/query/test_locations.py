"""Locations: by id, by ordinal, by condition; what is at them are the bytes that went in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.query import lookups
from harlake.query.entry_reader import read_entries
from harlake.query.filters import parse_filter
from harlake.query.locations import locate_entries, locate_ordinals, locate_where
from harlake.store.ids import entry_id, new_id
from tests.support.folders import Folder, folder_of
from tests.support.hars import entry, har

_HARS = [[entry(number) for number in range(count)] for count in (600, 1, 30)]


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A session of three captures."""
    with folder_of(*(har(*entries) for entries in _HARS)) as folder:
        yield folder


@given(data=st.data())
def test_ids_in_any_order(folder: Folder, data: st.DataObject) -> None:
    """Ids lead to the entries' bytes, by capture and in stored order; what is none of an entry is passed over."""
    known = [(at, ordinal) for at, entries in enumerate(_HARS) for ordinal in range(len(entries))]
    chosen = data.draw(st.lists(st.sampled_from(known), max_size=40))
    ids = [str(entry_id(folder.captures[at].id, ordinal)) for at, ordinal in chosen]
    ids += ["", "x", str(new_id()), str(entry_id(folder.captures[1].id, 5)), str(entry_id(new_id(), 0))]
    by_capture = locate_entries(folder.data_dir.catalog, folder.data_dir.index, data.draw(st.permutations(ids)))
    for at, capture in enumerate(folder.captures):
        locations = by_capture.pop(capture.id, [])
        expected = sorted({ordinal for of, ordinal in chosen if of == at})
        assert [location.ordinal for location in locations] == expected
        texts = [text for _, text in read_entries(folder.data_dir.captures, locations)]
        assert texts == [_HARS[at][ordinal] for ordinal in expected]
    assert by_capture == {}


@pytest.mark.slow
def test_more_ordinals_than_one_query_takes(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """All come, in order, however many; a filter leaves out what does not pass."""
    index, capture = folder.data_dir.index, folder.captures[0]
    for rows in (7, 2_048):
        monkeypatch.setattr(lookups, "_MOST_ROWS", rows)
        every = locate_ordinals(index, {capture: set(range(900))})
        assert [one.ordinal for one in every.pop(capture.id)] == list(range(600))
        assert every == {}
        (ones,) = locate_ordinals(index, {capture: set(range(0, 600, 2))}, parse_filter([("path", "/1*")])).values()
        assert [one.ordinal for one in ones] == [number for number in range(0, 600, 2) if str(number).startswith("1")]


def test_positions_order_captures(folder: Folder) -> None:
    """An order may name the position of a capture, and a limit."""
    ids = [capture.id for capture in folder.captures]
    where = folder.entries()._filter.where()
    locations = locate_where(folder.data_dir.index, folder.captures, where, "position DESC, ordinal LIMIT 31")
    assert [(ids.index(one.capture), one.ordinal) for one in locations] == [
        *((2, number) for number in range(30)),
        (1, 0),
    ]
