"""The catalog, rebuilt from the capture objects: the same captures, sessions, rows and order."""

from __future__ import annotations

import json
import logging
import os
import shutil
import uuid
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from harlake.errors import DamagedCaptureError, DataDirError, DataDirInUseError, InsufficientStorageError
from harlake.store.capture_object import compressor
from harlake.store.capture_writer import Destination, UploadedFile, begin_capture
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id
from harlake.store.new_catalog import NewCatalog
from harlake.store.rebuild import migrate_folder, rebuild_catalog
from harlake.upload.upload_reader import UploadReader
from tests.support.hars import entry, har
from tests.support.old_catalogs import write_earlier_catalog
from tests.support.uploads import read_upload

_CATALOG = "catalog.duckdb"

#: Rows of the index, in an order that does not depend on that of captures.
_ROWS = {
    "entries": "SELECT * EXCLUDE (position, row, file_row_number) FROM entries ORDER BY capture, ordinal",
    "pages": "SELECT * EXCLUDE (position) FROM pages ORDER BY capture, number",
}


def _import(data_dir: DataDir, session: uuid.UUID, name: str | None, count: int) -> uuid.UUID:
    writer = begin_capture(data_dir)
    reader = UploadReader()
    for block in read_upload(reader, har(*map(entry, range(count)), b"1", head=b'"pages":[{"id":"p"}],')):
        writer.append(block)
    report = reader.report()
    upload = UploadedFile("x.har", report.upload_bytes, report.har_bytes, report.sha256, report.total, report.envelope)
    writer.complete(upload, Destination(session, name), name or "Mine")
    return writer.id


def _state(path: Path) -> dict[str, Any]:
    """Return all that can be asked about a folder that nobody serves: sessions, captures in their order, and rows."""
    with closing(DataDir(path, keep_free=0)) as data_dir:
        captures = data_dir.catalog.all_captures()
        tables = {
            name: pa.concat_tables(data_dir.catalog.table(name)).sort_by("created_us").to_pylist()
            for name in ("sessions", "captures")
        }
        with data_dir.index.question(captures, ("entries", "pages")) as question:
            rows = {name: question.table(query).to_pylist() for name, query in _ROWS.items()}
        return tables | rows | {"order": captures}


def _files(path: Path) -> list[str]:
    return sorted(one.name for one in path.iterdir() if one.name.startswith("catalog"))


def _object(folder: Path, capture: uuid.UUID) -> Path:
    return folder / "captures" / f"{capture}.har.zst"


@dataclass(frozen=True)
class _Original:
    """A closed data folder, its captures in their order, and all that can be asked about it."""

    path: Path
    captures: list[uuid.UUID]
    state: dict[str, Any]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> _Original:
    """Three captures in one session, of which one is large, one in another, and one session without any."""
    path = tmp_path_factory.mktemp("original")
    with closing(DataDir(path, keep_free=0)) as data_dir:
        session = new_id()
        captures = [_import(data_dir, session, name, count) for name, count in (("Mine", 3), (None, 600), (None, 0))]
        captures.append(_import(data_dir, new_id(), "Other", 2))
        data_dir.catalog.create_session(new_id(), "Empty")
        data_dir.catalog.rename_session(session, "Renamed")
    return _Original(path, captures, _state(path))


@pytest.fixture
def folder(tmp_path: Path, original: _Original) -> Path:
    """A copy of it."""
    return shutil.copytree(original.path, tmp_path / "data")


def test_the_same_comes_back(folder: Path, original: _Original, caplog: pytest.LogCaptureFixture) -> None:
    """Sessions, captures and rows, to the letter; what an interrupted import left goes."""
    left = [folder / "captures" / f"{new_id()}.har.zst.part", folder / "index" / f"{original.captures[1]}.parquet.part"]
    for path in left:
        path.write_bytes(b"")
    caplog.set_level(logging.WARNING)
    assert list(rebuild_catalog(folder)) == list(zip(original.captures, [3, 600, 0, 2], strict=True))
    assert caplog.messages == [f"removed unfinished {path.stem}, which nobody writes any more" for path in left]
    assert _state(folder) == original.state
    assert _files(folder) == [_CATALOG]


def test_without_the_index_it_is_made_again(folder: Path, original: _Original) -> None:
    """Its files are worth nothing that is not in the objects."""
    for path in (folder / "index").iterdir():
        path.unlink()
    list(rebuild_catalog(folder))
    assert _state(folder) == original.state


@pytest.mark.slow
def test_the_order_of_captures_is_kept(folder: Path, original: _Original) -> None:
    """That in which they were completed, whatever the clock said; those that only objects know come after them."""
    captures = original.captures
    with duckdb.connect(str(folder / _CATALOG)) as catalog:
        for number, capture in enumerate(reversed(captures)):
            catalog.execute("UPDATE captures SET number = ? WHERE id = ?", [10 + number, capture])
    before = _state(folder)
    list(rebuild_catalog(folder))
    assert _state(folder) == before
    with duckdb.connect(str(folder / _CATALOG)) as catalog:
        catalog.execute("DELETE FROM captures WHERE id IN (?, ?)", [captures[0], captures[2]])
    list(rebuild_catalog(folder))
    order = [captures[1], captures[0], captures[2], captures[3]]
    assert [capture.id for capture in _state(folder)["order"]] == order
    with closing(DataDir(folder, keep_free=0)) as data_dir:
        (session,) = (one.id for one in data_dir.catalog.sessions() if one.name == "Renamed")
        added = _import(data_dir, session, None, 1)
        assert [capture.id for capture in data_dir.catalog.captures(session)] == [*order[:3], added]


@pytest.mark.slow
@pytest.mark.parametrize("is_missing", [True, False])
def test_without_the_old_catalog_the_objects_know_their_sessions(
    folder: Path, original: _Original, is_missing: bool
) -> None:
    """A missing or broken catalog costs the sessions without captures, and names that were given later."""
    before = original.state
    broken = os.urandom(20_000)
    if is_missing:
        (folder / _CATALOG).unlink()
    else:
        (folder / _CATALOG).write_bytes(broken)
    list(rebuild_catalog(folder))
    after = _state(folder)
    assert sorted(session["name"] for session in after["sessions"]) == ["Mine", "Other"]
    assert {session["id"] for session in after["sessions"]} < {session["id"] for session in before["sessions"]}
    for name in ("captures", "order", "entries", "pages"):
        assert after[name] == before[name]
    kept = [(folder / name).read_bytes() for name in _files(folder) if name != _CATALOG]
    assert kept == ([] if is_missing else [broken])
    list(rebuild_catalog(folder))
    assert _state(folder) == after


def test_a_newer_catalog_is_kept_under_another_name(
    folder: Path, original: _Original, caplog: pytest.LogCaptureFixture
) -> None:
    """What this version understands of it is taken over."""
    with duckdb.connect(str(folder / _CATALOG)) as catalog:
        catalog.execute("UPDATE store SET version = 99; CREATE TABLE novelty (x INT)")
    old = (folder / _CATALOG).read_bytes()
    with pytest.raises(DataDirError, match="made by a newer version"):
        DataDir(folder)
    list(rebuild_catalog(folder))
    assert _state(folder) == original.state
    _, kept = _files(folder)
    assert (folder / kept).read_bytes() == old
    assert f"the old catalog, which could not be read as a whole, is kept as {kept}" in caplog.messages


def test_an_earlier_catalog_knows_its_sessions(folder: Path, original: _Original) -> None:
    """And the order of captures, which was that of times and ids."""
    before, captures = original.state, original.captures
    (folder / _CATALOG).unlink()
    created_at = datetime(2024, 2, 28, 16, 0, 0, 123_456, tzinfo=UTC)
    of = {row["id"]: row["session"] for row in before["captures"]}
    sessions = [(session, f"Named {number}", created_at) for number, session in enumerate(sorted(set(of.values())))]
    empty = (new_id(), "Empty too", created_at + timedelta(days=1))
    times = [(capture, of[capture], created_at - timedelta(hours=hours)) for hours, capture in enumerate(captures)]
    write_earlier_catalog(folder / _CATALOG, [*sessions, empty], times)
    with pytest.raises(DataDirError, match="made by an earlier version of harlake; `harlake migrate`"):
        DataDir(folder)
    list(rebuild_catalog(folder))
    after = _state(folder)
    assert _files(folder) == [_CATALOG]
    assert {(row["id"], row["name"]) for row in after["sessions"]} == {row[:2] for row in (*sessions, empty)}
    assert {row["created_us"] % 1_000_000 for row in after["sessions"]} == {123_456}
    order = [capture.id for capture in after["order"] if of[capture.id] == of[captures[0]]]
    assert order == captures[2::-1]
    assert (after["entries"], after["pages"]) == (before["entries"], before["pages"])


@pytest.mark.parametrize(
    "damage", ["cut", *(pytest.param(one, marks=pytest.mark.slow) for one in ("no end", "no HAR"))]
)
def test_a_damaged_object_is_left_out(
    folder: Path, original: _Original, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    """All others are there; it is named, and comes back when it is whole again."""
    before, captures = original.state, original.captures
    path = _object(folder, captures[1])
    whole = path.read_bytes()
    ends = {"cut": whole[:-5], "no end": whole[: whole.rindex(b"\x28\xb5\x2f\xfd")], "no HAR": whole * 2}
    path.write_bytes(ends[damage])
    rebuilt: list[tuple[uuid.UUID, int]] = []
    with pytest.raises(DamagedCaptureError, match=f"is rebuilt without damaged captures: {captures[1]}$"):
        rebuilt.extend(rebuild_catalog(folder))
    assert rebuilt == [(captures[0], 3), (captures[2], 0), (captures[3], 2)]
    assert any(message.startswith(f"capture {captures[1]} is left out: ") for message in caplog.messages)
    after = _state(folder)
    assert [capture.id for capture in after["order"]] == [capture for capture, _ in rebuilt]
    assert after["sessions"] == before["sessions"]
    path.write_bytes(whole)
    list(rebuild_catalog(folder))
    assert _state(folder)["entries"] == before["entries"]


@pytest.mark.parametrize("count", [pytest.param(2, marks=pytest.mark.slow), 4])
def test_one_that_is_given_up_leaves_the_old_catalog(folder: Path, original: _Original, count: int) -> None:
    """After whichever capture; the next one reads the others only, and its result is the same."""
    work = rebuild_catalog(folder)
    assert len(list(islice(work, count))) == count
    work.close()  # type: ignore[attr-defined]
    assert _files(folder) == [_CATALOG, f"{_CATALOG}.new"]
    assert _state(folder) == original.state
    objects = [_object(folder, capture) for capture in original.captures[:count]]
    for path in objects:
        path.write_bytes(bytes(path.stat().st_size))  # of the same length, and no HAR
    assert len(list(rebuild_catalog(folder))) == 4
    assert _files(folder) == [_CATALOG]
    for path in objects:
        shutil.copy(original.path / "captures" / path.name, path)
    assert _state(folder) == original.state


@pytest.mark.slow
def test_what_was_given_up_is_compared_with_the_folder(folder: Path, original: _Original) -> None:
    """It may have changed since: a capture that has gone, a file of an index that has, a session with a new name."""
    captures = original.captures
    list(islice(rebuild_catalog(folder), 3))
    with closing(DataDir(folder, keep_free=0)) as data_dir:
        (mine,) = (one.id for one in data_dir.catalog.sessions() if one.name == "Renamed")
        data_dir.catalog.rename_session(mine, "Renamed again")
        data_dir.catalog.create_session(new_id(), "Late")
        data_dir.discard(captures[0])
        added = _import(data_dir, mine, None, 4)
        before = data_dir.catalog.all_captures(), {one.name for one in data_dir.catalog.sessions()}
    (folder / "index" / f"{captures[1]}.parquet").unlink()
    list(rebuild_catalog(folder))
    after = _state(folder)
    assert (after["order"], {row["name"] for row in after["sessions"]}) == before
    assert [capture.id for capture in after["order"]].index(added) == 2


def test_what_was_removed_does_not_come_back(folder: Path, original: _Original) -> None:
    """Nor what was never complete: the catalog knows of it until its object has gone, which the next start sees to."""
    with duckdb.connect(str(folder / _CATALOG)) as catalog:
        catalog.execute("DELETE FROM captures WHERE id = ?", [original.captures[3]])
        catalog.execute("INSERT INTO unfinished VALUES (?, 'removed', 0, 0)", [original.captures[3]])
    assert [capture for capture, _ in rebuild_catalog(folder)] == original.captures[:3]
    assert _object(folder, original.captures[3]).exists()
    assert len(_state(folder)["order"]) == 3
    assert not _object(folder, original.captures[3]).exists()


def test_an_earlier_folder_is_migrated(folder: Path, original: _Original) -> None:
    """It is rebuilt, once; a folder of this version stays as it is."""
    captures, created_at = original.captures, datetime(2024, 2, 28, tzinfo=UTC)
    sessions = {row["session"] for row in original.state["captures"]}
    shutil.rmtree(folder / "index")
    (folder / _CATALOG).unlink()
    write_earlier_catalog(
        folder / _CATALOG,
        [(session, "Earlier", created_at) for session in sessions],
        [(row["id"], row["session"], created_at) for row in original.state["captures"] if row["id"] != captures[3]],
        removed=captures[3:],
    )
    assert {capture for capture, _ in migrate_folder(folder)} == set(captures[:3])
    after = _state(folder)
    assert {row["name"] for row in after["sessions"]} == {"Earlier"}
    assert not _object(folder, captures[3]).exists()
    assert list(migrate_folder(folder)) == []
    assert _state(folder) == after


@pytest.mark.parametrize("is_earlier", [True, False])
def test_a_full_disk_leaves_the_old_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch, is_earlier: bool) -> None:
    """Files of an index that the earlier version had not are removed, to make room."""
    if is_earlier:
        shutil.rmtree(folder / "index")
        (folder / _CATALOG).unlink()
        write_earlier_catalog(folder / _CATALOG, [], [])
    old = (folder / _CATALOG).read_bytes()

    def replace(new: NewCatalog, **_: bool) -> None:
        new.close()
        raise InsufficientStorageError("the disk is full")

    monkeypatch.setattr(NewCatalog, "replace", replace)
    with pytest.raises(InsufficientStorageError):
        list(rebuild_catalog(folder))
    assert _files(folder) == [_CATALOG]
    assert (folder / _CATALOG).read_bytes() == old
    assert len(list((folder / "index").iterdir())) == (0 if is_earlier else 1)


def test_one_has_the_folder(folder: Path) -> None:
    """A service cannot be started meanwhile, nor another rebuild; nor a rebuild while a service has it."""
    work = rebuild_catalog(folder)
    next(work)
    with pytest.raises(DataDirInUseError):
        DataDir(folder)
    with pytest.raises(DataDirInUseError):
        list(rebuild_catalog(folder))
    assert len(list(work)) == 3
    with closing(DataDir(folder)) as data_dir:
        data_dir.announce("http://127.0.0.1:1")
        with pytest.raises(DataDirInUseError, match=r"the service at http://127\.0\.0\.1:1"):
            list(rebuild_catalog(folder))


def test_an_object_of_an_earlier_version_lacks_what_it_lacks(folder: Path, original: _Original) -> None:
    """It is still a capture: of a session that is made for it."""
    text = json.dumps({"log": {"entries": []}}).encode()
    _object(folder, identity := new_id()).write_bytes(b"".join(map(compressor().compress, (text[:-3], text[-3:]))))
    assert (identity, 0) in list(rebuild_catalog(folder))
    state = _state(folder)
    assert "Recovered" in {session["name"] for session in state["sessions"]}
    assert len(state["order"]) == len(original.captures) + 1


def test_a_folder_without_captures_is_none(tmp_path: Path) -> None:
    """A wrong path is not made a data folder."""
    with pytest.raises(DataDirError, match="holds no captures"):
        list(rebuild_catalog(tmp_path / "nothing"))
    assert list(tmp_path.iterdir()) == []
