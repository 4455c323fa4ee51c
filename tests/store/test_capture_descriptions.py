"""Captures as clients see them: in the order of their completion, a page at a time, by session, digest or id."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from harlake.errors import CaptureNotFoundError
from harlake.store.capture_descriptions import CaptureQuery
from harlake.store.catalog import Catalog
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id
from harlake.store.postgres import PostgresDatabase
from tests.support.capture_records import capture_record
from tests.support.folders import import_har
from tests.support.hars import numbered


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataDir]:
    """Two sessions, of three captures and of one; the second has a file of the first."""
    data_dir = DataDir(tmp_path_factory.mktemp("data"))
    session = import_har(data_dir, numbered(1))
    import_har(data_dir, numbered(2), session)
    import_har(data_dir, numbered(2))
    import_har(data_dir, numbered(3), session)
    yield data_dir
    data_dir.close()


def _counts(data_dir: DataDir, query: CaptureQuery, after: int = 0, most: int = 10) -> list[int]:
    return [one.entry_count for one in data_dir.catalog.described_captures(query, after, most)]


def test_pages(data_dir: DataDir) -> None:
    """Each begins after the number of the last one."""
    every = data_dir.catalog.described_captures(CaptureQuery(), 0, 10)
    assert [one.entry_count for one in every] == [1, 2, 2, 3]
    for at, one in enumerate(every):
        assert _counts(data_dir, CaptureQuery(), one.number, 2) == [1, 2, 2, 3][at + 1 : at + 3]


def test_conditions(data_dir: DataDir) -> None:
    """All that are given must hold."""
    first, second = data_dir.catalog.described_captures(CaptureQuery(), 0, 2)
    assert _counts(data_dir, CaptureQuery(session=first.session)) == [1, 2, 3]
    assert _counts(data_dir, CaptureQuery(sha256=second.sha256)) == [2, 2]
    assert _counts(data_dir, CaptureQuery(session=first.session, sha256=second.sha256)) == [2]
    assert _counts(data_dir, CaptureQuery(id=first.id)) == [1]
    assert _counts(data_dir, CaptureQuery(id=uuid.UUID(int=0))) == []


def test_what_a_capture_is(data_dir: DataDir) -> None:
    """Sizes as uploaded, decompressed and stored."""
    (one,) = data_dir.catalog.described_captures(CaptureQuery(), 0, 1)
    session = data_dir.catalog.session(one.session)
    assert session is not None
    size = len(numbered(1))
    stored = next(found.length for found in data_dir.captures.stored() if str(one.id) in found.name)
    assert (one.session_name, one.file_name, one.total, one.page_count) == (session.name, "x.har", 1, 0)
    assert (one.upload_bytes, one.har_bytes, one.stored_bytes) == (size, size, stored)


def test_a_removed_capture(tmp_path: Path) -> None:
    """Nothing of it is left, and its session stays; what is not there cannot be removed."""
    data_dir = DataDir(tmp_path)
    session = import_har(data_dir, numbered(600))
    import_har(data_dir, numbered(2), session)
    (large, small) = data_dir.catalog.described_captures(CaptureQuery(), 0, 10)
    data_dir.delete_capture(large.id)
    assert data_dir.catalog.described_captures(CaptureQuery(), 0, 10) == [small]
    assert set(data_dir.captures.ids()) == {small.id}
    assert [one.id for one in data_dir.catalog.captures(session.id)] == [small.id]
    for missing in (large.id, new_id()):
        with pytest.raises(CaptureNotFoundError):
            data_dir.delete_capture(missing)
    data_dir.delete_capture(small.id)
    assert [one.capture_count for one in data_dir.catalog.sessions()] == [0]
    assert data_dir.catalog.unfinished() == []
    data_dir.close()


def test_a_shared_catalog_says_the_same(url: str) -> None:
    """In PostgreSQL, a page has the same rows, and a capture is removed alone."""
    session = new_id()
    with closing(PostgresDatabase(url, grace=0)) as database:
        catalog = Catalog(database)
        captures = [new_id() for _ in range(3)]
        for number, capture in enumerate(captures):
            catalog.announce(capture)
            catalog.complete(capture_record(capture), session, None if number else "S")
        first, second, third = catalog.described_captures(CaptureQuery(session=session), 0, 10)
        assert [one.id for one in (first, second, third)] == captures
        assert catalog.described_captures(CaptureQuery(sha256=first.sha256), first.number, 1) == [second]
        assert [one.id for one in catalog.captures_between(captures[0], captures[0], 5)] == captures[:1]
        catalog.remove_capture(captures[1])
        assert catalog.described_captures(CaptureQuery(), 0, 10) == [first, third]
        with pytest.raises(CaptureNotFoundError):
            catalog.remove_capture(captures[1])
