"""What a check finds: nothing in a folder that is as it was left, and each kind of damage in one that is not."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from harlake.errors import DamagedCatalogError, DataDirError, DataDirInUseError
from harlake.store import index_files
from harlake.store.backends import open_shared
from harlake.store.check import Finding, Remedy, StoreCheck
from harlake.store.copy_target import ClusterTarget
from harlake.store.data_dir import DataDir
from harlake.store.direct_store import opened_backend, opened_cluster, opened_folder
from harlake.store.index_columns import SCHEMA_VERSION
from harlake.store.repair import repair_of
from tests.support.copies import backup, copy_folder, files, fill_folder
from tests.support.postgres import PostgresServer

_UNKNOWN = uuid.UUID("00000000-0000-4000-8000-000000000000")


class _Folder:
    """A folder that something is done to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        by_size = sorted((path / "captures").iterdir(), key=lambda one: one.stat().st_size)
        self.small, self.large = by_size[1], by_size[-1]
        self.index = path / "index" / self.large.name.replace("har.zst", "parquet")
        self.pages = self.index.with_suffix(".pages.parquet")

    def execute(self, statement: str, path: Path | None = None) -> None:
        """Change the catalog, of the capture whose object is given, or the large one's."""
        with duckdb.connect(str(self.path / "catalog.duckdb")) as catalog:
            catalog.execute(statement.replace("$id", f"'{(path or self.large).name.partition('.')[0]}'"))


def _flip(path: Path, at: float = 0.5) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 0xFF
    path.write_bytes(data)


def _of_version(path: Path, version: int) -> None:
    table = pq.read_table(path)
    with pq.ParquetWriter(path, table.schema, write_page_checksum=True) as file:
        file.add_key_value_metadata({"harlake.schema": str(version)})
        file.write_table(table)


def _without_last_row(path: Path) -> None:
    table = pq.read_table(path)
    with pq.ParquetWriter(path, table.schema) as file:
        file.add_key_value_metadata({"harlake.schema": str(SCHEMA_VERSION)})
        file.write_table(table[:-1])


def _with_places_moved(path: Path) -> None:
    table = pq.read_table(path)
    number = table.schema.get_field_index("start")
    moved = table["start"].to_numpy() + 1
    table = table.set_column(number, table.schema.field("start"), [moved.astype("int32")])
    with pq.ParquetWriter(path, table.schema) as file:
        file.add_key_value_metadata({"harlake.schema": str(SCHEMA_VERSION)})
        file.write_table(table)


_Change = Callable[[_Folder], Any]

#: What is done to a folder, and what is found.
_MENDED: dict[str, tuple[_Change, str]] = {
    "an index that is gone": (lambda one: one.index.unlink(), "there is no such file"),
    "an index that is damaged": (lambda one: _flip(one.index, 0.3), "it is damaged: "),
    "an index that is cut": (lambda one: one.index.write_bytes(one.index.read_bytes()[:-9]), "it is damaged: "),
    "an index of nothing": (lambda one: one.index.write_bytes(b""), "it is damaged: "),
    "an index of an earlier version": (lambda one: _of_version(one.index, 0), "an earlier version of harlake has made"),
    "an index without a row": (lambda one: _without_last_row(one.index), "it ends behind 599 of 600 entries"),
    "an index with other places": (lambda one: _with_places_moved(one.index), "entry 0 is not where its frame has one"),
    "an index of another capture": (lambda one: shutil.copy(one.pages, one.index), "it has other columns"),
    "pages that are gone": (lambda one: one.pages.unlink(), "there is no such file"),
    "pages without a row": (lambda one: _without_last_row(one.pages), "has 599 pages, and should have 600"),
    "a wrong number of entries": (
        lambda one: one.execute("UPDATE captures SET imported = 601 WHERE id = $id"),
        "it ends behind 600 of 601 entries",
    ),
    "another digest": (
        lambda one: one.execute("UPDATE captures SET sha256 = 'x' WHERE id = $id"),
        "sha256 is ",
    ),
    "another length": (
        lambda one: one.execute("UPDATE captures SET har_bytes = 1 WHERE id = $id"),
        "harBytes is ",
    ),
    "an envelope elsewhere": (
        lambda one: one.execute("UPDATE captures SET envelope_start = 7 WHERE id = $id"),
        "the envelope is at byte",
    ),
    "kept rows that are damaged": (
        lambda one: one.execute("UPDATE captures SET entry_rows = '\\x00'::BLOB WHERE id = $id", one.small),
        "the rows that the catalog keeps are damaged",
    ),
    "a session that is gone": (
        lambda one: one.execute("DELETE FROM sessions WHERE name = 'Session'"),
        "is not there",
    ),
    "a capture that the catalog does not know": (
        lambda one: one.execute("DELETE FROM captures WHERE id = $id"),
        "the catalog does not know it",
    ),
    "an index of no capture": (
        lambda one: shutil.copy(one.index, one.index.with_name(f"{_UNKNOWN}.parquet")),
        "no capture has it",
    ),
    "an object that nobody completes": (
        lambda one: (one.path / "captures" / f"{_UNKNOWN}.har.zst.part").touch(),
        "nobody writes it any more",
    ),
    "a capture that was not completed": (
        lambda one: one.execute(f"INSERT INTO unfinished VALUES ('{_UNKNOWN}', 'importing', 0, 1)"),
        "it is not complete, and is still to be cleaned up",
    ),
}
_NOT_MENDED: dict[str, tuple[_Change, str]] = {
    "an object that is gone": (lambda one: one.large.unlink(), "there is no such object"),
    "an object that is damaged": (lambda one: _flip(one.large), "the frame is damaged: "),
    "an object that is cut": (lambda one: one.large.write_bytes(one.large.read_bytes()[:-1]), "cut off"),
    "an object without its end": (
        lambda one: one.small.write_bytes(one.small.read_bytes()[: one.small.read_bytes().rindex(b"\x28\xb5\x2f\xfd")]),
        "it has no end",
    ),
    "an index of a newer version": (lambda one: _of_version(one.index, 99), "a newer version of harlake has made it"),
    "a state of another version": (
        lambda one: one.execute(f"INSERT INTO unfinished VALUES ('{_UNKNOWN}', 'archived', 0, 1)"),
        "in the state 'archived', which this version of harlake does not know",
    ),
}


#: Kinds that are shown by default; each takes some seconds.
_BY_DEFAULT = frozenset(
    {"an index that is damaged", "a capture that the catalog does not know"}
    | {"an object that is damaged", "a state of another version"}
)


def _some_by_default(kinds: Iterable[str]) -> list[Any]:
    return [kind if kind in _BY_DEFAULT else pytest.param(kind, marks=pytest.mark.slow) for kind in kinds]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is not changed."""
    path = tmp_path_factory.mktemp("original") / "data"
    fill_folder(path)
    return path


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> _Folder:
    """A folder of the test's own."""
    return _Folder(shutil.copytree(original, tmp_path / "data"))


def _check(path: Path, *, repair: bool = False) -> list[tuple[Finding, bool]]:
    with opened_folder(path) as store, repair_of(store) as mender:
        return [(one, repair and mender.mend(one)) for one in StoreCheck(store).findings()]


def test_nothing_is_found_and_nothing_changed_where_all_is_well(folder: _Folder) -> None:
    """Also where it may mend."""
    before = files(folder.path)
    assert _check(folder.path, repair=True) == []
    assert files(folder.path) == before


@pytest.mark.parametrize("kind", _some_by_default(_MENDED))
def test_what_can_be_mended_is(folder: _Folder, original: Path, kind: str) -> None:
    """It is found, and only named at first; then files are what they were, and nothing is found any more."""
    change, problem = _MENDED[kind]
    change(folder)
    found = _check(folder.path)
    assert any(problem in one.problem for one, _ in found), found
    assert all(is_mended for _, is_mended in _check(folder.path, repair=True))
    assert _check(folder.path) == []
    assert files(folder.path) == files(original)


@pytest.mark.parametrize("kind", _some_by_default(_NOT_MENDED))
def test_what_cannot_be_mended_stays(folder: _Folder, kind: str) -> None:
    """Nothing is removed or changed because of it."""
    change, problem = _NOT_MENDED[kind]
    change(folder)
    before = files(folder.path)
    found = _check(folder.path, repair=True)
    assert any(problem in one.problem for one, _ in found), found
    assert not any(is_mended for _, is_mended in found)
    assert [one for one, _ in _check(folder.path)] == [one for one, _ in found]
    assert files(folder.path) == before


@pytest.mark.slow
def test_an_index_of_several_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them is checked, copied and made again."""
    monkeypatch.setattr(index_files, "ROWS_PER_FILE", 250)
    fill_folder(tmp_path / "data")
    before = files(tmp_path / "data")
    assert sum(name.endswith(".2.parquet") for name in before) == 1
    backup(tmp_path / "data", tmp_path / "copy")
    assert files(tmp_path / "copy") == before
    second = next((tmp_path / "copy" / "index").glob("*.1.parquet"))
    second.unlink()
    ((finding, is_mended),) = _check(tmp_path / "copy", repair=True)
    assert (finding.place, finding.problem, is_mended) == (f"index/{second.name}", "there is no such file", True)
    assert files(tmp_path / "copy") == before


def test_what_was_removed_goes_also_with_its_object(folder: _Folder) -> None:
    """The catalog says so; an object that it says nothing of stays, and comes back."""
    folder.execute("DELETE FROM captures WHERE id = $id")
    folder.execute("INSERT INTO unfinished VALUES ($id, 'removed', 0, 1)")
    ((finding, is_mended),) = _check(folder.path, repair=True)
    assert (finding.remedy, is_mended) == (Remedy.COLLECT, True)
    assert not folder.large.exists()
    assert not folder.index.exists()


def test_where_it_cannot_be_checked(folder: _Folder, tmp_path: Path) -> None:
    """There is no folder, somebody has it open, its catalog is missing, or a newer version's."""
    with pytest.raises(DataDirError, match="holds no captures"):
        _check(tmp_path / "nothing")
    with closing(DataDir(folder.path)), pytest.raises(DataDirInUseError):
        _check(folder.path)
    folder.execute("UPDATE store SET version = 99")
    with pytest.raises(DataDirError, match="newer version of harlake"):
        _check(folder.path)
    (folder.path / "catalog.duckdb").unlink()
    with pytest.raises(DamagedCatalogError, match="has no catalog"):
        _check(folder.path)


@pytest.mark.slow
def test_a_cluster(original: Path, postgres: PostgresServer, s3_environment: str, tmp_path: Path) -> None:
    """The same is found and mended where nodes share what is stored, while one of them runs."""
    open_backend = open_shared(postgres.new_schema(), s3_environment)
    with opened_backend(open_backend) as backend:
        copy_folder(original, lambda: ClusterTarget(backend))
    with (
        closing(DataDir(tmp_path / "node", open_backend=open_backend)) as node,
        opened_cluster(s3_environment, open_backend) as store,
        repair_of(store) as mender,
    ):
        assert list(StoreCheck(store).findings()) == []
        (large,) = (one for one in node.catalog.all_captures() if one.imported == 600)
        node.catalog.announce(_UNKNOWN)  # which it is writing
        store.index.delete(large.id)
        found = list(StoreCheck(store).findings())
        assert [one.problem for one in found] == ["there is no such file"] * 2
        assert all(map(mender.mend, found))
        assert list(StoreCheck(store).findings()) == []
    lost = open_shared(postgres.new_schema(), s3_environment, adopting=True)
    with opened_cluster(s3_environment, lost) as store, repair_of(store) as mender:
        assert all(mender.mend(one) for one in StoreCheck(store).findings())
        assert {one.imported for one in store.catalog.all_captures()} == {0, 2, 3, 600}
        assert sorted(store.catalog.session_names().values()) == ["Session", "Session"]
        assert list(StoreCheck(store).findings()) == []
