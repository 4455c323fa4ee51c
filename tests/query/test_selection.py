"""Selections: by filter and by id, in stored order and by time, against a sort in Python."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import SessionNotFoundError
from harlake.query import selection
from harlake.query.filters import Filter, parse_filter
from harlake.query.selection import FilteredSelection, IdSelection, Selection
from harlake.query.totals import SelectionTotals
from harlake.store.ids import entry_id
from tests.support.folders import Folder, folder_of
from tests.support.hars import har

_RANDOM = Random(4)


def _entry(number: int) -> bytes:
    time = _RANDOM.choice([None, *(f"2024-01-01T00:00:0{second}Z" for second in range(5))])
    page = _RANDOM.choice([None, "a", "b", "nowhere"])
    one = {"request": {"url": f"/{number % 3}", "method": "GET"}, "startedDateTime": time, "pageref": page}
    return json.dumps({name: value for name, value in one.items() if value is not None}).encode()


_HARS = [[_entry(number) for number in range(count)] for count in (70, 0, 3, 25)]
_PAGES = b'"pages":[{"id":"a"},{"id":"b"},{"id":"c"}],'


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A session of captures, one of them without entries."""
    with folder_of(*(har(*entries, head=_PAGES) for entries in _HARS)) as folder:
        yield folder


def _keys(folder: Folder, chosen: Selection) -> list[tuple[int, int]]:
    ids = [capture.id for capture in folder.captures]
    return [(ids.index(one.capture), one.ordinal) for batch in chosen.batches() for one in batch]


def _expected(*, by_time: bool, path: str = "*") -> list[tuple[int, int]]:
    entries = [(at, ordinal) for at, of in enumerate(_HARS) for ordinal, _ in enumerate(of)]
    entries = [
        (at, ordinal) for at, ordinal in entries if path in ("*", json.loads(_HARS[at][ordinal])["request"]["url"])
    ]
    if by_time:
        times = {key: json.loads(_HARS[key[0]][key[1]]).get("startedDateTime") for key in entries}
        entries.sort(key=lambda key: (times[key] is None, times[key] or ""))
    return entries


@pytest.mark.parametrize("by_time", [False, True])
@pytest.mark.parametrize("path", ["*", "/1", "/9"])
@pytest.mark.parametrize("batch", [pytest.param(1, marks=pytest.mark.slow), 7, 4_096])
def test_filtered_entries_in_order(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, by_time: bool, path: str, batch: int
) -> None:
    """Each entry that passes comes once, in its order, in batches of any size; totals and pages are those of them."""
    monkeypatch.setattr(selection, "_BATCH_ENTRIES", batch)
    entry_filter = parse_filter([] if path == "*" else [("url", path)])
    chosen = FilteredSelection(folder.data_dir.index, folder.captures, entry_filter, by_time=by_time)
    expected = _expected(by_time=by_time, path=path)
    assert _keys(folder, chosen) == expected
    lengths = [len(_HARS[at][ordinal]) for at, ordinal in expected]
    assert chosen.totals == SelectionTotals.of(lengths)
    for capture in chosen.captures:
        at = [one.id for one in folder.captures].index(capture.id)
        pages = {json.loads(_HARS[of][ordinal]).get("pageref") for of, ordinal in expected if of == at}
        assert chosen.page_ids(capture.id) == (pages & {"a", "b"} if entry_filter else None)


@given(data=st.data(), by_time=st.booleans())
def test_entries_by_id(folder: Folder, data: st.DataObject, by_time: bool) -> None:
    """In whichever order ids are given, and however often, each entry comes once, in its order."""
    chosen = data.draw(st.lists(st.sampled_from(_expected(by_time=False))))
    ids = [str(entry_id(folder.captures[at].id, ordinal)) for at, ordinal in chosen]
    scope = data.draw(st.sampled_from([None, folder.captures, folder.captures[:1]]))
    by_id = IdSelection(folder.data_dir.catalog, folder.data_dir.index, ids, scope, Filter(), by_time=by_time)
    expected = [key for key in _expected(by_time=by_time) if key in chosen]
    if scope is not None and len(scope) == 1:
        expected = [key for key in expected if key[0] == 0]
    assert _keys(folder, by_id) == expected
    assert by_id.totals.entries == len(expected)
    for capture in by_id.captures:
        at = [one.id for one in folder.captures].index(capture.id)
        pages = {json.loads(_HARS[of][ordinal]).get("pageref") for of, ordinal in expected if of == at}
        assert by_id.page_ids(capture.id) == pages - {None}


def test_what_is_removed_meanwhile_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer entries than were counted are never taken for all of them."""
    monkeypatch.setattr(selection, "_BATCH_ENTRIES", 10)
    with folder_of(har(*_HARS[0])) as folder:
        for by_time in (False, True):
            chosen = FilteredSelection(folder.data_dir.index, folder.captures, Filter(), by_time=by_time)
            batches = chosen.batches()
            assert len(next(batches)) == 10
            if by_time:
                folder.data_dir.delete_session(folder.session.id)
                with pytest.raises(SessionNotFoundError):
                    list(batches)


def test_a_page_whose_id_is_truncated_stands_for_all() -> None:
    """Ids that the index does not have as a whole cannot tell pages apart."""
    page = b"p" * 3_000
    entry = b'{"request":{"url":"/1"},"pageref":"%b"}' % page
    with folder_of(har(entry, head=b'"pages":[{"id":"%b"}],' % page)) as folder:
        capture = folder.captures[0].id
        filtered = folder.entries(parse_filter([("url", "/1")]))
        by_id = IdSelection(
            folder.data_dir.catalog, folder.data_dir.index, [str(entry_id(capture, 0))], None, Filter(), by_time=False
        )
        assert by_id.page_ids(capture) is None
        assert filtered.totals.entries == 1


def test_entries_and_pages_without_ids_have_nothing_in_common() -> None:
    """A page without an id is no page of entries that refer to none."""
    entries = (b'{"request":{"url":"/1"}}', b'{"request":{"url":"/1"},"pageref":"a"}')
    with folder_of(har(*entries, head=b'"pages":[{"title":"no id"},{"id":"a"}],')) as folder:
        (capture,) = folder.captures
        assert folder.entries(parse_filter([("url", "/1")])).page_ids(capture.id) == {"a"}
