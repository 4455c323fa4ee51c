"""Questions: over rows in the catalog and in files alike, several at once, and what is missing or damaged is told."""

from __future__ import annotations

import contextvars
import threading
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import BadRequestError, DamagedCaptureError, InsufficientStorageError, SessionNotFoundError
from harlake.har.entry import Entry, Request
from harlake.har.parse.blocks import Block
from harlake.pipeline.interruption import Interrupted, interruptible
from harlake.store import engines
from harlake.store import index as index_module
from harlake.store.capture_object import Frame
from harlake.store.catalog import Capture, CaptureRecord, Catalog
from harlake.store.database import Database
from harlake.store.index import Index
from harlake.store.index_columns import ENTRY_SCHEMA, PAGE_SCHEMA
from harlake.store.index_files import IndexFiles
from harlake.store.index_rows import RowConverter, page_batch
from harlake.store.index_writer import IndexWriter, write_pages
from harlake.store.local_objects import LocalObjects
from harlake.store.timestamps import utc_now
from tests.support.server import PATIENCE

_SESSION = uuid.UUID(int=1)
_TABLES = {"entries": ENTRY_SCHEMA, "pages": PAGE_SCHEMA}
_HOURS = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range + b.range < 0"

#: Entries and pages of the captures: few, which are kept, many, which have files, and none.
_COUNTS = [(3, 1), (600, 0), (0, 600), (2, 700), (700, 2)]


def _nothing() -> None:
    """Let the disk have room."""


@dataclass
class _Store:
    """An index, with what it needs."""

    folder: Path
    catalog: Catalog
    files: IndexFiles
    index: Index
    threads: ThreadPoolExecutor
    converter: RowConverter

    def add(self, entries: int, pages: int) -> Capture:
        """Add a capture of so many entries and pages."""
        capture = uuid.uuid4()
        writer = IndexWriter(
            capture, partial(self.files.sink, capture, "entries", _nothing), self.converter, self.threads
        )
        if entries:
            urls = [f"http://h{number % 7}/{number}" for number in range(entries)]
            block = Block(b"", [Entry(Request(url)) for url in urls], [0] * entries, [1] * entries, [])
            writer.add(block, Frame(0, 1, 1))
        entry_rows = writer.close()
        rows = self.converter.pages(capture, page_batch([b'{"id":"p%d"}' % number for number in range(pages)]))
        page_rows = write_pages(rows, self.files.sink(capture, "pages", _nothing))
        envelope = Frame(1, 1, 1)
        sizes = (0, 0, 0, entries, entries)
        record = CaptureRecord(capture, None, utc_now(), *sizes, "", envelope, pages, entry_rows, page_rows)
        self.catalog.announce(capture)
        self.catalog.complete(record, _SESSION, None)
        (added,) = self.catalog.captures_by_id([capture])
        return added


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Store]:
    """An index in a folder whose name SQL, globs and DuckDB's partitions would take for something else."""
    folder = tmp_path_factory.mktemp("data") / "it's a [b]*{c}" / "d=e"
    folder.mkdir(parents=True)
    with (
        closing(Catalog(Database(folder / "catalog.duckdb"))) as catalog,
        closing(RowConverter()) as converter,
        ThreadPoolExecutor(1) as threads,
    ):
        catalog.create_session(_SESSION, "Mine")
        (folder / "scratch").mkdir()
        objects = LocalObjects(folder / "index")
        files = IndexFiles(objects, objects)
        with closing(Index(files, folder / "scratch", catalog)) as index:
            yield _Store(folder, catalog, files, index, threads, converter)


@pytest.fixture(scope="module")
def captures(store: _Store) -> list[Capture]:
    """Captures whose rows are in the catalog and in files."""
    return [store.add(*counts) for counts in _COUNTS]


def _counts(index: Index, captures: Sequence[Capture]) -> dict[str, list[tuple[object, ...]]]:
    sql = "SELECT capture, count(*) FROM {} GROUP BY capture"
    return {table: sorted(index.rows(captures, sql.format(table), tables=[table])) for table in _TABLES}


def test_rows_are_kept_or_in_files(captures: list[Capture]) -> None:
    """Of each table on its own."""
    kept = [(capture.keeps_entries, capture.keeps_pages) for capture in captures]
    assert kept == [(True, True), (False, True), (True, False), (True, False), (False, True)]


@given(chosen=st.lists(st.integers(0, len(_COUNTS) - 1), unique=True))
def test_a_question_is_about_its_captures(store: _Store, captures: list[Capture], chosen: list[int]) -> None:
    """Wherever their rows are, and about no other."""
    asked = [captures[number] for number in chosen]
    found = _counts(store.index, asked)
    for position, table in enumerate(_TABLES):
        expected = [(captures[number].id, _COUNTS[number][position]) for number in chosen]
        assert found[table] == sorted(row for row in expected if row[1])


def test_tables_have_their_columns(store: _Store, captures: list[Capture]) -> None:
    """Whether their rows come from the catalog, from files, from both, or there are none."""
    added = {"entries": {"position", "row", "file_row_number"}, "pages": {"position"}}
    for asked in ([], captures[:1], captures[1:2], captures):
        with store.index.question(asked, tuple(_TABLES)) as question:
            for name, schema in _TABLES.items():
                found = question.table(f"FROM {name}").schema
                assert set(found.names) == set(schema.names) | added[name]
                assert pa.types.is_timestamp(found.field("started_at").type)


@given(chosen=st.lists(st.integers(0, len(_COUNTS) - 1), unique=True))
def test_rows_have_the_number_of_their_capture_and_their_own(
    store: _Store, captures: list[Capture], chosen: list[int]
) -> None:
    """Counted through the captures in the order in which they are asked about, also those without rows."""
    asked = [captures[number] for number in chosen]
    found = store.index.rows(asked, "SELECT position, ordinal, row FROM entries ORDER BY row")
    places = [(at, ordinal) for at, capture in enumerate(asked) for ordinal in range(capture.imported)]
    assert found == [(*place, row) for row, place in enumerate(places)]
    pages = store.index.rows(asked, "SELECT DISTINCT position FROM pages ORDER BY 1", tables=["pages"])
    assert pages == [(at,) for at, capture in enumerate(asked) if capture.pages]


def test_rows_are_tuples_or_dictionaries(store: _Store, captures: list[Capture]) -> None:
    """What a client wrote is a parameter, and is found to the letter."""
    sql = "SELECT ordinal, host FROM entries WHERE url = ?"
    assert store.index.rows(captures[:1], sql, ["http://h2/2"]) == [(2, "h2")]
    assert store.index.rows(captures[:1], sql, ["http://h2/2"], named=True) == [{"ordinal": 2, "host": "h2"}]
    assert store.index.table(captures, sql, ["'; --"]).to_pylist() == []


def test_a_question_may_have_several_queries(store: _Store, captures: list[Capture]) -> None:
    """Of the same rows; and large answers come in batches."""
    with store.index.question(captures) as question:
        assert question.rows("SELECT count(*) FROM entries") == [(1_305,)]
        batches = list(question.batches("SELECT row FROM entries, range(60) ORDER BY ALL"))
    assert len(batches) > 1
    assert pa.Table.from_batches(batches)["row"].to_pylist() == [row for row in range(1_305) for _ in range(60)]


def test_an_answer_is_found_once(store: _Store, captures: list[Capture]) -> None:
    """For the same captures in the same order, and the same question."""
    found: list[int] = []

    def find() -> npt.NDArray[Any]:
        found.append(len(found))
        return np.array(found)

    for asked, question in ((captures, "a"), (captures, "a"), (captures, "b"), (captures[::-1], "a"), (captures, "a")):
        store.index.cached(asked, question, find)
    assert found == [0, 1, 2]
    assert store.index.cached(captures, "b", find).tolist() == [0, 1]
    store.index.forget(captures[:1])
    assert store.index.cached(captures, "b", find).tolist() == [0, 1, 2, 3]


def test_several_questions_are_asked_at_once(store: _Store, captures: list[Capture]) -> None:
    """As many as there are engines begin before any has ended; and each has its own answer."""
    together = threading.Barrier(engines._ENGINES)

    def ask(number: int) -> list[tuple[object, ...]]:
        with store.index.question([captures[number % 5]]) as question:
            if number < engines._ENGINES:
                together.wait(PATIENCE)
            return question.rows("SELECT count(*) FROM entries")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(40)))
    assert answers == [[(_COUNTS[number % 5][0],)] for number in range(40)]


def test_a_question_of_somebody_who_has_left_ends(store: _Store, captures: list[Capture]) -> None:
    """Others go on being answered, also by the same engine."""
    begun = threading.Event()

    def ask() -> None:
        with store.index.question(captures) as question:
            begun.set()
            question.rows(_HOURS)

    with interruptible() as interruption, ThreadPoolExecutor(1) as pool:
        running = pool.submit(contextvars.copy_context().run, ask)
        assert begun.wait(PATIENCE)
        while not running.done():  # what comes between two statements interrupts neither
            interruption.happen()
            wait([running], 0.05)
        with pytest.raises(Interrupted):
            running.result()
        with pytest.raises(Interrupted), store.index.question(captures):
            raise AssertionError("it has begun though nobody waits")
    for _ in range(engines._ENGINES):
        assert store.index.rows(captures, "SELECT count(*) FROM entries") == [(1_305,)]


def test_what_does_not_fit_in_memory_goes_to_the_disk(store: _Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several questions at once, to folders of their own: DuckDB gives files the same names in each."""
    monkeypatch.setattr(engines, "MEMORY", "12MB")
    monkeypatch.setattr(index_module, "_MORE_MEMORY", "12MB")
    count = 500_000
    together = threading.Barrier(2)

    def ask(number: int) -> tuple[object, ...]:
        with index.question([]) as question:
            question.rows(
                f"CREATE TEMP TABLE x AS SELECT i + {number} AS i, md5(i::VARCHAR) AS m FROM range({count}) r(i)"
            )
            assert list((store.folder / "scratch").glob("question-*/*"))
            together.wait(PATIENCE)
            (row,) = question.rows("SELECT min(i), count(*) FILTER (m = md5((i - ?)::VARCHAR)) FROM x", [number])
            return tuple(row)

    with closing(Index(store.files, store.folder / "scratch", store.catalog)) as index, ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, range(2))) == [(0, count), (1, count)]


def test_a_question_that_lacks_memory_gets_more(store: _Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once; the next one has as little as before."""
    monkeypatch.setattr(engines, "MEMORY", "8MB")
    with closing(Index(store.files, store.folder / "scratch", store.catalog)) as index:
        with index.question([]) as question:
            assert question.rows("SELECT length(string_agg(md5(i::VARCHAR), '')) FROM range(300_000) r(i)") == [
                (9_600_000,)
            ]
            (limit,) = question.rows("SELECT current_setting('memory_limit')")
        with index.question([]) as question:
            assert question.rows("SELECT current_setting('memory_limit')") == [limit] == [("7.6 MiB",)]


def test_a_full_disk_is_none_that_is_damaged(store: _Store, captures: list[Capture]) -> None:
    """Whoever needs room on it is told so."""
    with pytest.raises(InsufficientStorageError), store.index.question(captures):
        raise duckdb.IOException('IO Error: Could not write file "x": No space left on device')


def test_an_engine_that_is_broken_is_not_used_again(store: _Store, captures: list[Capture]) -> None:
    """DuckDB answers nothing after some errors; the next question has another."""
    with pytest.raises(duckdb.FatalException), store.index.question(captures):
        raise duckdb.FatalException("invalidated")
    assert store.index.rows(captures[:1], "SELECT count(*) FROM entries") == [(3,)]


def test_a_file_that_is_missing_is_damage(store: _Store, caplog: pytest.LogCaptureFixture) -> None:
    """Clients are not told of paths; the log is, and others can be asked about."""
    capture, other = store.add(600, 0), store.add(600, 0)
    path = store.folder / "index" / f"{capture.id}.parquet"
    path.unlink()
    with pytest.raises(DamagedCaptureError, match="cannot be read; `harlake reindex` makes it again") as raised:
        store.index.rows([other, capture], "SELECT count(*) FROM entries")
    assert str(store.folder) not in str(raised.value)
    assert str(path.name) in caplog.text
    assert store.index.rows([other], "SELECT count(*) FROM entries") == [(600,)]


@pytest.mark.parametrize("damage", ["empty", "cut", "zeros", "garbage"])
def test_a_file_that_is_damaged_says_so(store: _Store, damage: str) -> None:
    """Whatever class DuckDB's error has."""
    capture = store.add(600, 0)
    path = store.folder / "index" / f"{capture.id}.parquet"
    whole = path.read_bytes()
    middle = len(whole) // 2
    damaged = {
        "empty": b"",
        "cut": whole[:middle],
        "zeros": whole[:4] + bytes(middle) + whole[middle + 4 :],
        "garbage": whole[:-500] + bytes(range(250)) * 2,
    }
    path.write_bytes(damaged[damage])
    with pytest.raises(DamagedCaptureError):
        store.index.table([capture], "FROM entries")


def test_a_capture_that_is_removed_meanwhile_is_not_damaged(store: _Store) -> None:
    """Who has found it just before learns that it went, where its rows were in a file; others are left out."""
    in_file, kept = store.add(600, 0), store.add(3, 0)
    for capture in (in_file, kept):
        store.catalog.remove(capture.id)
        store.files.delete(capture.id)
    with pytest.raises(SessionNotFoundError, match="removed while it was being read"):
        store.index.rows([in_file], "SELECT count(*) FROM entries")
    assert store.index.rows([kept], "SELECT count(*) FROM entries") == [(0,)]


def test_an_error_of_a_query_is_its_own(store: _Store, captures: list[Capture]) -> None:
    """It is no damage."""
    for asked in (captures[:1], captures):
        with pytest.raises(duckdb.BinderException):
            store.index.rows(asked, "SELECT nothing FROM entries")
        with pytest.raises(duckdb.ConversionException):
            store.index.rows(asked, "SELECT url::INT FROM entries")
    with pytest.raises(duckdb.InvalidInputException):
        store.index.rows(captures[:1], "SELECT error('x')")


def test_a_pattern_that_duckdb_cannot_take_is_refused(store: _Store) -> None:
    """The error says which, and questions go on."""
    store.index.check_pattern("^a+$")
    with pytest.raises(BadRequestError, match=r"'\(' is no regular expression"):
        store.index.check_pattern("(")
    assert store.index.rows([], "SELECT count(*) FROM entries") == [(0,)]


def test_an_engine_holds_nothing_of_a_question_that_has_ended(store: _Store, captures: list[Capture]) -> None:
    """Neither its views nor rows of small captures, however it ended."""
    with closing(Index(store.files, store.folder / "scratch", store.catalog)) as index:
        index.rows(captures, "SELECT 1", tables=list(_TABLES))
        with pytest.raises(duckdb.BinderException):
            index.rows(captures, "SELECT nothing FROM entries")
        (engine,) = index._engines._engines
        assert engine.connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall() == []
