"""Rows of small captures: the same as those of one after the other, however they are cut into runs, held or written."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.limits import MIB
from harlake.store import kept_rows as kept_rows_module
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture, CaptureRecord, Catalog
from harlake.store.database import Database
from harlake.store.index_columns import ENTRY_SCHEMA, PAGE_SCHEMA
from harlake.store.index_writer import kept_rows
from harlake.store.kept_rows import KeptRows, rows_in_files, rows_in_memory
from harlake.store.timestamps import utc_now

_SESSION = uuid.UUID(int=1)
_TABLES = {"entries": (ENTRY_SCHEMA, "url", "ordinal"), "pages": (PAGE_SCHEMA, "title", "number")}


class _Counted(Catalog):
    """A catalog that counts captures whose rows are read."""

    read = 0

    def kept_rows(self, captures: Sequence[Capture], column: str) -> Iterator[tuple[uuid.UUID, bytes]]:
        self.read += len(captures)
        return super().kept_rows(captures, column)


@dataclass
class _Store:
    """A catalog of small captures; texts of their rows say whose they are."""

    catalog: _Counted
    folder: Path
    database: duckdb.DuckDBPyConnection
    texts: dict[uuid.UUID, str] = field(default_factory=dict)

    def add(self, entries: int, pages: int = 0, text: str = "") -> Capture:
        """Add a capture."""
        capture = uuid.uuid4()
        self.texts[capture] = text
        record = CaptureRecord(
            *(capture, None, utc_now(), 0, 0, 0, entries, entries, "", Frame(1, 1, 1), pages),
            entry_rows=kept_rows(_rows("entries", capture, entries, text)),
            page_rows=kept_rows(_rows("pages", capture, pages, text)),
        )
        self.catalog.announce(capture)
        self.catalog.complete(record, _SESSION, None)
        return self.catalog.captures(_SESSION)[-1]

    def asked(self, kept: KeptRows, captures: Sequence[Capture], table: str = "entries") -> list[dict[str, Any]]:
        """Return all rows that are kept, of memory and of files, in their order."""
        firsts = [0, *accumulate(capture.imported for capture in captures)]
        _, text, number = _TABLES[table]
        names = f"capture::VARCHAR AS capture, {text}, position, {number}"
        names += ", row, file_row_number" if table == "entries" else ""
        with kept.opened(captures, [table]) as runs:
            self.database.register("memory", rows_in_memory(runs[table], firsts, table))
            files = rows_in_files(runs[table], firsts, table)
            union = "FROM memory" + (f" UNION ALL BY NAME {files}" if files else "")
            sql = f"SELECT {names} FROM ({union}) ORDER BY position, {number}"
            return list(self.database.execute(sql).to_arrow_table().to_pylist())

    def expected(self, captures: Sequence[Capture], table: str) -> list[dict[str, Any]]:
        """Return the rows of captures, as a question has them."""
        _, text, number = _TABLES[table]
        firsts = [0, *accumulate(capture.imported for capture in captures)]
        rows: list[dict[str, Any]] = []
        for at, capture in enumerate(captures):
            for row in range(capture.rows_of(table) if capture.keeps(table) else 0):
                rows.append({"capture": str(capture.id), text: self.texts[capture.id] + str(row), "position": at})
                rows[-1] |= {number: row}
                if table == "entries":
                    rows[-1] |= {"row": firsts[at] + row, "file_row_number": row}
        return rows


def _limits(
    captures: int, rows: int = 40_960, short: int = 64, short_rows: int = 4_096, held: int = MIB, written: int = MIB
) -> dict[str, int]:
    """Return the limits of runs: of captures, of rows and of bytes."""
    names = ("GROUP_CAPTURES", "GROUP_ROWS", "_SHORT_CAPTURES", "_SHORT_ROWS", "_RUN_BYTES", "_WRITTEN_BYTES")
    return dict(zip(names, (captures, rows, short, short_rows, held, written), strict=True))


def _rows(table: str, capture: uuid.UUID, count: int, text: str) -> pa.Table:
    schema, column, number = _TABLES[table]
    ids = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([capture.bytes] * count, pa.binary(16)))
    values = {"capture": ids, number: range(count), column: [text + str(row) for row in range(count)]}
    columns = [
        values[one.name] if one.name == "capture" else pa.array(values.get(one.name, [None] * count), one.type)
        for one in schema
    ]
    return pa.table(columns, schema=schema)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Store]:
    """A catalog with a session."""
    folder = tmp_path_factory.mktemp("data")
    with closing(_Counted(Database(folder / "catalog.duckdb"))) as catalog, duckdb.connect() as database:
        catalog.create_session(_SESSION, "Mine")
        yield _Store(catalog, folder / "kept", database)


@pytest.fixture(scope="module")
def captures(store: _Store) -> list[Capture]:
    """Captures with few entries and pages each, or none."""
    return [store.add(number % 4, (number + 1) % 3, "x" * (50 * (number % 5))) for number in range(24)]


@pytest.fixture
def kept(store: _Store) -> Iterator[KeptRows]:
    """Their rows, of which none have been asked for yet."""
    with closing(KeptRows(store.catalog, store.folder)) as kept:
        yield kept


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs be of 8 captures, and short ones of 2."""
    for name, value in _limits(8, short=2).items():
        monkeypatch.setattr(kept_rows_module, name, value)


def _count_files(store: _Store) -> int:
    return len(list(store.folder.iterdir()))


@given(
    chosen=st.lists(st.integers(0, 27), unique=True),
    limits=st.builds(
        _limits,
        st.integers(1, 9),
        st.integers(1, 20),
        st.integers(1, 4),
        st.integers(1, 9),
        *[st.integers(1, 9_000)] * 2,
    ),
    table=st.sampled_from(list(_TABLES)),
)
@settings(max_examples=20, deadline=None)
def test_any_runs_have_the_rows_of_their_captures(
    store: _Store, captures: list[Capture], chosen: list[int], limits: dict[str, int], table: str
) -> None:
    """In whichever order captures are asked about, and whichever have files of their own between them."""
    others = [Capture(uuid.uuid4(), count, Frame(1, 1, 1), count, False, False) for count in (1, 600, 0, 7)]
    asked = [[*captures, *others][number] for number in chosen]
    with pytest.MonkeyPatch.context() as patch, closing(KeptRows(store.catalog, store.folder)) as kept:
        for name, value in limits.items():
            patch.setattr(kept_rows_module, name, value)
        for _ in range(2):
            assert store.asked(kept, asked, table) == store.expected(asked, table)


@pytest.mark.usefixtures("short")
def test_rows_are_read_from_the_catalog_once(store: _Store, kept: KeptRows, captures: list[Capture]) -> None:
    """An import makes the last run again, and no other."""
    asked = [capture for capture in captures if capture.imported]
    asked = [*asked, *(store.add(1) for _ in range(8 - len(asked) % 8 + 3))]
    before = store.catalog.read
    assert store.asked(kept, asked) == store.expected(asked, "entries")
    assert store.catalog.read == before + len(asked)
    assert _count_files(store) == len(asked) // 8
    store.asked(kept, asked)
    assert store.catalog.read == before + len(asked)
    asked.append(store.add(1))
    assert store.asked(kept, asked) == store.expected(asked, "entries")
    assert store.catalog.read == before + len(asked) + 1


@pytest.mark.usefixtures("short")
def test_what_is_held_is_bounded(store: _Store, captures: list[Capture], monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs in memory, those that were used last; and files, also those that are used together."""
    asked = [capture for capture in captures if capture.imported]
    monkeypatch.setattr(kept_rows_module, "_HELD_BYTES", 3 * (kept_rows_module._OVERHEAD + 4_000))
    monkeypatch.setattr(kept_rows_module, "_FILE_BYTES", 1)
    with closing(KeptRows(store.catalog, store.folder)) as kept:
        for first in range(len(asked)):
            assert store.asked(kept, asked[first:]) == store.expected(asked[first:], "entries")
            assert len(kept._held._values) <= 3
            assert _count_files(store) == 0


@pytest.mark.usefixtures("short")
def test_a_short_run_of_many_bytes_is_a_file(store: _Store, kept: KeptRows, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that memory does not depend on what is imported."""
    monkeypatch.setattr(kept_rows_module, "_RUN_BYTES", 20_000)
    asked = [store.add(40, text="x" * 1_000), store.add(1), store.add(1), store.add(40, text="y" * 1_000)]
    for _ in range(2):
        assert store.asked(kept, asked) == store.expected(asked, "entries")
    assert _count_files(store) == 2
    with kept.opened(asked, ["entries"]) as runs:
        assert [run.rows for run in runs["entries"]] == [None, None]


@pytest.mark.usefixtures("short")
def test_rows_of_removed_captures_go(store: _Store, kept: KeptRows) -> None:
    """From memory and from the disk, and those of others stay; who asks about them nevertheless finds none."""
    others, removed = [store.add(2) for _ in range(9)], [store.add(2) for _ in range(9)]
    for asked in (others, removed):
        assert len(store.asked(kept, asked)) == 18
    for capture in removed:
        store.catalog.remove(capture.id)
    kept.forget(removed)
    assert _count_files(store) == len(kept._held._values) == 1
    assert store.asked(kept, removed) == []
    before = store.catalog.read
    store.asked(kept, others)
    assert store.catalog.read == before


@pytest.mark.usefixtures("short")
def test_on_a_full_disk_rows_are_in_memory(
    store: _Store, kept: KeptRows, captures: list[Capture], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was imported can still be listed."""
    monkeypatch.setattr(kept_rows_module, "_KEEP_FREE", shutil.disk_usage(store.folder).total)
    assert store.asked(kept, captures) == store.expected(captures, "entries")
    assert _count_files(store) == 0
