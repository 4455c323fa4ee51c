"""What a repair leaves alone, and where it puts things back. Which findings it mends is in ``test_check``."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from harlake.store.check import Finding, Remedy
from harlake.store.data_dir import DataDir
from harlake.store.direct_store import opened_folder
from harlake.store.ids import new_id
from harlake.store.repair import repair_of
from tests.support.folders import import_har
from tests.support.hars import numbered


def test_a_capture_is_mended_where_it_was(tmp_path: Path) -> None:
    """Its number, its session and the session's name are kept; one that the catalog does not know comes last."""
    with closing(DataDir(tmp_path, keep_free=0)) as data_dir:
        session = import_har(data_dir, numbered(1))
        import_har(data_dir, numbered(2), session)
        import_har(data_dir, numbered(3), session)
        data_dir.catalog.rename_session(session.id, "Renamed")
        first, second, third = data_dir.catalog.captures(session.id)
    with opened_folder(tmp_path) as store, repair_of(store) as repair:
        with store.catalog.database.writing() as cursor:
            cursor.execute("DELETE FROM captures WHERE id = ?", [first.id])
            cursor.execute("UPDATE captures SET imported = 9 WHERE id = ?", [second.id])
        for capture in (second, second, first):
            assert repair.mend(Finding(capture.id, "", "", Remedy.REBUILD))
        assert store.catalog.captures(session.id) == [second, third, first]
        assert store.catalog.session_names() == {session.id: "Renamed"}


def test_what_cannot_be_mended_is_left_alone(tmp_path: Path) -> None:
    """Without a remedy nothing is done, and without a whole object nothing is made."""
    with closing(DataDir(tmp_path, keep_free=0)) as data_dir:
        import_har(data_dir, numbered(1))
        (capture,) = data_dir.catalog.all_captures()
        path = tmp_path / "captures" / f"{capture.id}.har.zst"
        path.write_bytes(path.read_bytes()[:-1])
    with opened_folder(tmp_path) as store, repair_of(store) as repair:
        assert not repair.mend(Finding(capture.id, "", ""))
        assert not repair.mend(Finding(capture.id, "", "", Remedy.REBUILD))
        assert store.catalog.all_captures() == [capture]
        with store.catalog.database.writing() as cursor:
            cursor.execute("INSERT INTO unfinished VALUES (?, 'archived', 0, 0)", [new_id()])
        assert repair.mend(Finding(None, "", "", Remedy.COLLECT))
        with store.catalog.database.reading() as cursor:
            assert cursor.execute("SELECT state FROM unfinished").fetchall() == [("archived",)]
    assert path.exists()
