"""The mark of a copy, and what a folder is that has one."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from harlake.errors import DataDirError
from harlake.store.catalog import Catalog
from harlake.store.copy_mark import MARK_NAME, CopyMark, check_is_whole, read_mark, remove_mark, state_of, write_mark
from harlake.store.database import Database
from tests.support.capture_records import CREATED, capture_record

_MARK = CopyMark("/srv/harlake", ("ab", "cd"))


def test_a_mark_is_written_read_and_removed(tmp_path: Path) -> None:
    """Any number of times, in one file, its owner's only."""
    assert read_mark(tmp_path) is None
    for mark in (CopyMark("s3://bucket/prefix"), _MARK):
        write_mark(tmp_path, mark)
        assert read_mark(tmp_path) == mark
    assert [path.name for path in tmp_path.iterdir()] == [MARK_NAME]
    assert (tmp_path / MARK_NAME).stat().st_mode & 0o777 == 0o600
    for _ in range(2):
        remove_mark(tmp_path)
    assert read_mark(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{}", "[1", '{"source": 1}'])
def test_what_is_no_mark_is_an_error(tmp_path: Path, text: str) -> None:
    """A folder is not taken for what it may not be."""
    (tmp_path / MARK_NAME).write_text(text)
    with pytest.raises(DataDirError, match=f"cannot read .*{MARK_NAME}"):
        read_mark(tmp_path)


def test_a_copy_without_catalog_is_a_part_of_one(tmp_path: Path) -> None:
    """With a catalog it is a data folder; and so is what is no copy."""
    check_is_whole(tmp_path)
    write_mark(tmp_path, _MARK)
    with pytest.raises(DataDirError, match="holds a part of /srv/harlake: the command that copies it has to be run"):
        check_is_whole(tmp_path)
    (tmp_path / "catalog.duckdb").touch()
    check_is_whole(tmp_path)


def test_a_state_is_which_captures_there_are(tmp_path: Path) -> None:
    """In their order; names of sessions make no difference."""
    catalog = Catalog(Database(tmp_path / "catalog.duckdb"))
    states = [state_of(catalog.database)]
    session = catalog.create_session(uuid.uuid4(), "One", CREATED)
    captures = [uuid.uuid4() for _ in range(2)]
    for capture in captures:
        catalog.announce(capture)
        catalog.complete(capture_record(capture), session.id, None)
        states.append(state_of(catalog.database))
    catalog.rename_session(session.id, "Two")
    assert state_of(catalog.database) == states[2]
    catalog.remove(captures[1])
    assert state_of(catalog.database) == states[1]
    assert len(set(states)) == 3
    catalog.close()
