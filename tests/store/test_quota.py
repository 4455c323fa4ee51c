"""How much of the disk a data folder may take."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from harlake.errors import InsufficientStorageError
from harlake.limits import MIB
from harlake.store import quota as quota_module
from harlake.store.backends import open_shared
from harlake.store.capture_writer import begin_capture
from harlake.store.data_dir import DataDir
from harlake.store.quota import Quota
from harlake.store.rebuild import rebuild_catalog
from harlake.upload.upload_reader import UploadReader
from tests.support.folders import import_har
from tests.support.hars import numbered
from tests.support.uploads import read_upload

_CAPTURES = [uuid.UUID(int=number) for number in range(2)]


def test_objects_are_counted_while_they_are_written_and_after() -> None:
    """Each once, at the length that it has by now."""
    quota = Quota(100)
    quota.write(_CAPTURES[0], 40)
    quota.write(_CAPTURES[0], 60)
    quota.complete(_CAPTURES[0])
    quota.write(_CAPTURES[1], 40)
    with pytest.raises(InsufficientStorageError, match="would take 101 bytes, and may take 100"):
        quota.write(_CAPTURES[1], 41)
    assert quota.discard(_CAPTURES[1]) is True
    assert quota.discard(_CAPTURES[0]) is False
    quota.check()
    quota.add(-60)
    quota.write(_CAPTURES[1], 100)


def test_what_others_import_and_remove_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an import begins, if that is not just known; and before anything is refused."""
    counted = [40, 90, 120, 10]
    quota = Quota(100, lambda: counted.pop(0))
    assert not quota.needs_lengths
    quota.check_anew()
    quota.check_anew()
    assert counted == [90, 120, 10]
    monkeypatch.setattr(quota_module, "_INTERVAL", 0)
    quota.check_anew()
    monkeypatch.undo()
    with pytest.raises(InsufficientStorageError, match="would take 131 bytes"):
        quota.write(_CAPTURES[0], 11)
    quota.write(_CAPTURES[0], 90)
    assert counted == []


def test_nodes_share_a_quota(url: str, s3_environment: str, tmp_path: Path) -> None:
    """What one imports is missing to the other, and what one removes is there again."""
    backend = open_shared(url, s3_environment)
    one = DataDir(tmp_path / "one", open_backend=backend)
    session, other = (import_har(one, numbered(100)) for _ in range(2))
    two = DataDir(tmp_path / "two", quota=one.catalog.stored_bytes() - 1, open_backend=backend)
    with pytest.raises(InsufficientStorageError):
        begin_capture(two)
    one.delete_session(session.id)
    begin_capture(two).discard()
    import_har(one, numbered(100), other)
    two.captures._quota.write(_CAPTURES[0], 0)  # what was counted as the last import began
    with pytest.raises(InsufficientStorageError):
        two.captures._quota.write(_CAPTURES[0], one.catalog.stored_bytes())
    for node in (one, two):
        node.close()


def _room(data_dir: DataDir) -> int:
    """Return the bytes of captures that are counted."""
    quota = data_dir.captures._quota
    return quota._complete + sum(quota._writing.values())


def _stored(data_dir: DataDir) -> int:
    return sum(path.stat().st_size for path in (data_dir.path / "captures").iterdir())


def test_what_is_counted_is_what_is_there(tmp_path: Path) -> None:
    """After imports, a failed one, a removal, a new start, and rebuilding the catalog."""
    data_dir = DataDir(tmp_path, keep_free=0, quota=1 << 40)
    sessions = [import_har(data_dir, numbered(100 * number)) for number in (1, 2, 3)]
    writer = begin_capture(data_dir)
    for block in read_upload(UploadReader(), numbered(3_000)):
        writer.append(block)
    writer.discard()
    assert _room(data_dir) == _stored(data_dir) > 0
    data_dir.delete_session(sessions[1].id)
    assert _room(data_dir) == _stored(data_dir)
    data_dir.close()
    assert len(list(rebuild_catalog(tmp_path))) == 2
    again = DataDir(tmp_path, keep_free=0, quota=1 << 40)
    assert _room(again) == _stored(again) > 0
    for session in again.catalog.sessions():
        again.delete_session(uuid.UUID(str(session.id)))
    assert _room(again) == _stored(again) == 0
    again.close()


def test_an_import_beyond_it_leaves_nothing(tmp_path: Path) -> None:
    """It is refused on the way, or before it begins; a removal gives room back."""
    data_dir = DataDir(tmp_path, keep_free=0, quota=30_000)
    session = import_har(data_dir, numbered(100))
    stored = _stored(data_dir)
    writer = begin_capture(data_dir)
    writer._object.put(bytes(MIB))
    with pytest.raises(InsufficientStorageError, match="may take 30000"):
        writer._object.close()
    writer.discard()
    assert _room(data_dir) == _stored(data_dir) == stored
    data_dir.captures._quota.add(30_000)  # as if another one had been imported
    with pytest.raises(InsufficientStorageError):
        begin_capture(data_dir)
    data_dir.captures._quota.add(-30_000)
    data_dir.delete_session(session.id)
    assert import_har(data_dir, numbered(100)).entry_count == 100
    data_dir.close()
