"""The data folder: what is left by a crash is removed, what is not harlake's stays, and one process has it."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harlake.errors import (
    DamagedCaptureError,
    DataDirError,
    DataDirInUseError,
    InsufficientStorageError,
    SessionNotFoundError,
)
from harlake.store import data_dir as data_dir_module
from harlake.store.capture_object import Frame
from harlake.store.capture_writer import CaptureWriter, Destination, UploadedFile, begin_capture
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id
from harlake.store.rebuild import rebuild_catalog
from harlake.upload.upload_reader import UploadReader
from tests.support.hars import numbered
from tests.support.uploads import read_upload


def _import(data_dir: DataDir, session: uuid.UUID, name: str | None = "Mine", *, count: int = 3) -> CaptureWriter:
    """Import a HAR of that many entries into a session, which is made if it has a name."""
    writer = begin_capture(data_dir)
    reader = UploadReader()
    for block in read_upload(reader, numbered(count)):
        writer.append(block)
    report = reader.report()
    upload = UploadedFile("x.har", report.upload_bytes, report.har_bytes, report.sha256, report.total, report.envelope)
    writer.complete(upload, Destination(session, name), "Mine")
    return writer


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[DataDir]:
    """An empty data folder."""
    opened = DataDir(tmp_path / "data", keep_free=0)
    yield opened
    opened.close()


def _objects(data_dir: DataDir) -> list[str]:
    return sorted(path.name for path in (data_dir.path / "captures").iterdir())


def test_an_imported_capture_is_there_as_a_whole(data_dir: DataDir) -> None:
    """Its session, its envelope without harlake's own member, and its object; a second one joins the session."""
    session = new_id()
    writer = _import(data_dir, session)
    assert data_dir.session(str(session)).entry_count == 3
    (capture,) = data_dir.catalog.captures(session)
    assert (capture.id, capture.imported) == (writer.id, 3)
    envelope = data_dir.envelope(capture)
    assert set(envelope.log) == {"version", "creator"}
    _import(data_dir, session, None, count=0)
    assert (data_dir.session(str(session)).entry_count, data_dir.session(str(session)).capture_count) == (3, 2)
    data_dir.delete_session(session)
    assert (_objects(data_dir), data_dir.catalog.unfinished(), data_dir.catalog.sessions()) == ([], [], [])


@pytest.mark.parametrize("name", [b"bad\xff\xfe", b"a=b st*r[x] quo'te\" %20\n;", b"l" * 250])
def test_a_folder_of_any_name(tmp_path: Path, name: bytes) -> None:
    """Rows in the catalog and in files are found, before and after a start, and what is damaged is said."""
    path = tmp_path / os.fsdecode(name)
    for count in (3, 600):
        opened = DataDir(path, keep_free=0)
        _import(opened, new_id(), count=count)
        captures = opened.catalog.all_captures()
        assert opened.index.rows(captures, "SELECT count(*) FROM entries") == [(sum(c.imported for c in captures),)]
        opened.close()
    assert [c.imported for c in captures] == [3, 600]
    (path / "catalog.duckdb").write_bytes(b"garbage" * 3_000)
    with pytest.raises(DataDirError, match="not a valid DuckDB database file"):
        DataDir(path)
    assert sorted(count for _, count in rebuild_catalog(path)) == [3, 600]


def test_what_is_removed_while_it_is_read_is_not_damaged(data_dir: DataDir) -> None:
    """Who has found a capture just before its session went learns that it went; a lost object is damage."""
    session, other = new_id(), new_id()
    _import(data_dir, session)
    lost = _import(data_dir, other).id
    (capture,) = data_dir.catalog.captures(session)
    data_dir.delete_session(session)
    with pytest.raises(SessionNotFoundError):
        data_dir.envelope(capture)
    data_dir.captures.delete(lost)
    with pytest.raises(DamagedCaptureError):
        data_dir.captures.open(lost)


@pytest.mark.parametrize("session_id", ["", "nothing", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_session_is_not_found(data_dir: DataDir, session_id: str) -> None:
    """Whether it is an id or not."""
    with pytest.raises(SessionNotFoundError, match=f"no session {session_id!r}"):
        data_dir.session(session_id)


def test_a_disk_that_is_nearly_full_takes_no_capture(tmp_path: Path) -> None:
    """Nothing is begun."""
    data_dir = DataDir(tmp_path, keep_free=1 << 60)
    with pytest.raises(InsufficientStorageError):
        begin_capture(data_dir)
    assert data_dir._unfinished == set()
    data_dir.close()


def test_what_cannot_be_removed_is_collected_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The request goes well nevertheless; the next start removes the rest."""
    data_dir = DataDir(tmp_path, keep_free=0)
    session = new_id()
    capture = _import(data_dir, session).id

    def fail(*_: object) -> None:
        raise OSError("busy")

    with monkeypatch.context() as patch:
        patch.setattr(data_dir.captures, "delete", fail)
        data_dir.delete_session(session)
        assert caplog.messages == [f"the rest of capture {capture} is left to be collected: busy"]
        patch.setattr(data_dir.catalog, "remove", fail)
        data_dir.discard(capture)
        assert caplog.messages[1:] == [f"capture {capture} is left to be collected: busy"]
    assert data_dir.catalog.unfinished() == [capture]
    data_dir.close()
    data_dir = DataDir(tmp_path, keep_free=0)
    assert (_objects(data_dir), data_dir.catalog.unfinished()) == ([], [])
    data_dir.close()


def test_a_start_reports_what_is_not_harlakes_to_remove(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Objects without a row and rows without an object are errors in the log; objects half written go."""
    data_dir = DataDir(tmp_path, keep_free=0)
    capture = _import(data_dir, new_id()).id
    folder = tmp_path / "captures"
    (folder / f"{capture}.har.zst").rename(folder / f"{new_id()}.har.zst")
    staged = folder / f"{new_id()}.har.zst.part"
    staged.write_bytes(b"")
    index = tmp_path / "index" / f"{new_id()}.parquet.part"
    index.write_bytes(b"")
    data_dir.close()
    (tmp_path / "scratch").mkdir(0o700)
    (tmp_path / "scratch" / "old").write_text("worth nothing")
    caplog.set_level(logging.WARNING)
    data_dir = DataDir(tmp_path, keep_free=0)
    assert caplog.messages == [
        f"removed unfinished {staged.stem}, which nobody writes any more",
        f"removed unfinished {index.stem}, which nobody writes any more",
        f"the objects of 1 captures are missing from captures: {capture}",
        "1 captures are not in the catalog; `harlake reindex` brings them back, or says what is wrong with them",
    ]
    assert ((tmp_path / "scratch" / "old").exists(), len(_objects(data_dir))) == (False, 1)
    data_dir.close()
    assert not (tmp_path / "scratch").exists()


@pytest.mark.parametrize("name", ["catalog.duckdb", "captures", "index"])
def test_nothing_is_taken_in_where_a_part_of_the_folder_is_gone(data_dir: DataDir, name: str) -> None:
    """It would be nowhere after the next start."""
    path = data_dir.path / name
    path.rename(path.with_name("away"))
    with pytest.raises(DataDirError, match="a part of it"):
        _import(data_dir, new_id())
    with pytest.raises(DataDirError, match="a part of it"):
        data_dir.catalog.sessions()
    path.with_name("away").rename(path)
    _import(data_dir, new_id())


def test_a_start_names_few_of_many_captures_that_are_missing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A folder of captures that is not there is one error, and not one for each."""
    data_dir = DataDir(tmp_path, keep_free=0)
    captures = sorted(_import(data_dir, new_id()).id for _ in range(11))
    data_dir.close()
    (tmp_path / "captures").rename(tmp_path / "elsewhere")
    DataDir(tmp_path, keep_free=0).close()
    some = ", ".join(map(str, captures[:10]))
    assert caplog.messages == [f"the objects of 11 captures are missing from captures: {some}, …"]


def test_a_capture_without_an_end_is_damage(data_dir: DataDir) -> None:
    """Where the catalog points to a frame that ends no HAR, the error names the capture."""
    session = new_id()
    _import(data_dir, session)
    (capture,) = data_dir.catalog.captures(session)
    columns = "frame_start, frame_length, frame_text_length"
    (frame,) = data_dir.index.rows([capture], f"SELECT DISTINCT {columns} FROM entries")
    wrong = replace(capture, envelope=Frame(*frame))
    with pytest.raises(DamagedCaptureError, match=f"capture {capture.id} has no end where the catalog says"):
        data_dir.envelope(wrong)


def test_one_opener_has_the_folder(tmp_path: Path, data_dir: DataDir) -> None:
    """A second one is told who has it; a stale address is removed by the next who gets it."""
    data_dir.announce("http://127.0.0.1:1")
    code = (
        f"from pathlib import Path; from harlake.store.data_dir import DataDir; DataDir(Path({str(data_dir.path)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert DataDirInUseError.__name__ in done.stderr
    assert "is in use by the service at http://127.0.0.1:1" in done.stderr
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "serving.json").write_text('{"address":"http://127.0.0.1:2"}')
    other = DataDir(tmp_path / "other")
    assert not (other.path / "serving.json").exists()
    other.close()


def test_a_folder_that_cannot_be_opened_is_free(tmp_path: Path) -> None:
    """Whoever mends it need not wait for the process that failed."""
    (tmp_path / "catalog.duckdb").write_bytes(b"no database" * 2_000)
    for _ in range(2):
        with pytest.raises(DataDirError, match="`harlake reindex` can make again") as raised:
            DataDir(tmp_path)
        assert not isinstance(raised.value, DataDirInUseError)
    (tmp_path / "catalog.duckdb").unlink()
    DataDir(tmp_path).close()


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    """Whatever DuckDB makes of its characters elsewhere: entries are found in catalog and files."""
    data_dir = DataDir(tmp_path / 'it\'s a=b [c]*{d} "é"', keep_free=0)
    session = new_id()
    _import(data_dir, session, count=3)
    _import(data_dir, session, None, count=1_000)
    captures = data_dir.catalog.captures(session)
    assert [capture.keeps_entries for capture in captures] == [True, False]
    assert data_dir.index.rows(captures, "SELECT count(*), count(DISTINCT url) FROM entries") == [(1_003, 1_000)]
    data_dir.close()


def test_closing_waits_for_captures_that_are_being_written(tmp_path: Path) -> None:
    """They are completed or discarded before the catalog closes."""
    data_dir = DataDir(tmp_path, keep_free=0)
    writer = begin_capture(data_dir)
    closing = threading.Thread(target=data_dir.close)
    closing.start()
    assert closing.is_alive()
    writer.discard()
    closing.join(10)
    assert not closing.is_alive()


def test_closing_does_not_wait_forever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What is left then is removed by the next start."""
    monkeypatch.setattr(data_dir_module, "_PATIENCE", 0.01)
    data_dir = DataDir(tmp_path, keep_free=0)
    writer = begin_capture(data_dir)
    data_dir.close()
    assert caplog.messages == ["1 captures are still being written; the next start removes them"]
    writer.discard()
    again = DataDir(tmp_path, keep_free=0)
    assert (_objects(again), again.catalog.unfinished()) == ([], [])
    again.close()


def test_what_is_left_in_a_folder_goes_at_once(tmp_path: Path) -> None:
    """Nobody else can be reading it: whatever the grace period is, only nodes that share a store have one."""
    data_dir = DataDir(tmp_path / "data", keep_free=0, grace=3600)
    _import(data_dir, session := new_id())
    (capture,) = data_dir.catalog.captures(session)
    data_dir.catalog.remove(capture.id)
    data_dir.catalog.announce(left := new_id())
    (tmp_path / "data" / "captures" / f"{left}.har.zst").touch()
    data_dir.close()
    data_dir = DataDir(tmp_path / "data", keep_free=0, grace=3600)
    assert (_objects(data_dir), data_dir.catalog.unfinished()) == ([], [])
    data_dir.close()
