"""Entries by short ids: each stands for the entry that it was made of, and for none where it may mean several."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harlake.errors import BadRequestError
from harlake.query.entry_names import EntryNames
from harlake.query.entry_reader import locate_entry
from harlake.store.ids import entry_id
from harlake.store.short_ids import short_entry_id
from tests.support.folders import Folder, folder_of
from tests.support.hars import entry, har


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A session of two captures, of twenty entries and of one."""
    with folder_of(har(*map(entry, range(20))), har(entry(0))) as folder:
        yield folder


def test_what_is_shown_is_found(folder: Folder) -> None:
    """Short ids, and a beginning that one entry has."""
    names = EntryNames(folder.data_dir.catalog)
    many, one = (capture.id for capture in folder.captures)
    for capture, ordinal in ((many, 0), (many, 19), (one, 0)):
        full = str(entry_id(capture, ordinal))
        assert names.full_id(short_entry_id(full)) == names.full_id(full) == full
        location = locate_entry(folder.data_dir, short_entry_id(full))
        assert (location.capture, location.ordinal) == (capture, ordinal)
    for length in (8, 13, 30, 35):
        assert names.full_id(str(entry_id(one, 0))[:length]) == str(entry_id(one, 0))


def test_what_stands_for_several_is_refused(folder: Folder) -> None:
    """The error says how many, and how they are called."""
    names = EntryNames(folder.data_dir.catalog)
    many = str(folder.captures[0].id)[:8]
    with pytest.raises(BadRequestError, match=f"'{many}' stands for 20 entries: {many}:0, {many}:1, .*…"):
        names.full_id(many)
    with pytest.raises(BadRequestError, match="stands for 16 entries"):
        names.full_id(str(entry_id(folder.captures[0].id, 0))[:-1])


def test_what_stands_for_nothing_stays(folder: Folder) -> None:
    """Whoever looks for it says that it is not there."""
    names = EntryNames(folder.data_dir.catalog)
    many = str(folder.captures[0].id)[:8]
    for name in (f"{many}:20", f"{many}:4294967295", "x", "", "0000:1"):
        assert names.full_id(name) == name
