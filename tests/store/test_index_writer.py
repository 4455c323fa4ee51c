"""Writing an index: few rows are kept, many make a file that anybody can read, and a failure leaves nothing."""

from __future__ import annotations

import gc
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harlake.errors import InsufficientStorageError
from harlake.har.entry import Entry, Request
from harlake.har.parse.blocks import Block
from harlake.limits import KIB, MIB
from harlake.store import index_files, index_writer
from harlake.store.capture_object import Frame
from harlake.store.index_columns import ENTRY_SCHEMA, PAGE_SCHEMA, SCHEMA_VERSION
from harlake.store.index_rows import RowConverter, page_batch
from harlake.store.index_writer import IndexWriter, kept_rows, read_kept_rows, write_pages
from harlake.store.local_objects import LocalSink

_CAPTURE = uuid.UUID(int=1)
_MOST_KEPT = index_writer._MOST_KEPT


@pytest.fixture(scope="module")
def converter() -> Iterator[RowConverter]:
    """What converts rows, for all tests."""
    opened = RowConverter()
    yield opened
    opened.close()


def _block(first: int, count: int, url: str = "http://a/") -> Block:
    entries = [Entry(Request(f"{url}{first + number}"), time=float(number)) for number in range(count)]
    return Block(b"", entries, list(range(count)), list(range(3, count + 3)), [])


def _blocks(counts: Sequence[int], url: str = "http://a/") -> Iterator[tuple[Block, Frame]]:
    first = 0
    for number, count in enumerate(counts):
        yield _block(first, count, url), Frame(number * 100, 90, count)
        first += count


def _expected(counts: Sequence[int], url: str = "http://a/") -> list[tuple[object, ...]]:
    """Return capture, ordinal, URL, frame, and place of each entry of such blocks."""
    rows = [(number, position, count) for number, count in enumerate(counts) for position in range(count)]
    return [
        (_CAPTURE, ordinal, f"{url}{ordinal}", number * 100, 90, count, position, 3)
        for ordinal, (number, position, count) in enumerate(rows)
    ]


def _values(rows: pa.Table | pa.RecordBatch) -> list[tuple[object, ...]]:
    columns = ["capture", "ordinal", "url", "frame_start", "frame_length", "frame_text_length", "start", "length"]
    return [tuple(row.values()) for row in rows.select(columns).to_pylist()]


def _write(writer: IndexWriter, counts: Sequence[int], url: str = "http://a/") -> bytes | None:
    for block, frame in _blocks(counts, url):
        writer.add(block, frame)
    return writer.close()


def _nothing() -> None:
    """Let the disk have room."""


def _full() -> None:
    raise InsufficientStorageError("full")


@given(
    counts=st.lists(st.integers(1, 40) | st.integers(1, 600), max_size=6),
    memory=st.sampled_from([128 * KIB, 8 * MIB]),
    most=st.integers(400, 2_000),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_blocks_of_any_size_come_back(
    tmp_path: Path, threads: ThreadPoolExecutor, converter: RowConverter, counts: list[int], memory: int, most: int
) -> None:
    """Few rows without a file, and many with files that pyarrow reads, all full but the last; with little memory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index_files, "ROWS_PER_FILE", most)
        writer = IndexWriter(
            _CAPTURE, lambda number: LocalSink(tmp_path / str(number), _nothing), converter, threads, memory
        )
        kept = _write(writer, counts)
        writer.discard()
    assert (writer.frame_count, writer.entry_count) == (len(counts), sum(counts))
    if kept is None:
        paths = [tmp_path / str(number) for number in range(-(-sum(counts) // most))]
        rows = pa.concat_tables(map(pq.read_table, paths))
        assert rows.schema.equals(ENTRY_SCHEMA)
        assert all(pq.read_metadata(path).num_rows == most for path in paths[:-1])
        for path in paths:
            path.unlink()
    else:
        rows = read_kept_rows(kept, ENTRY_SCHEMA)
        assert sum(counts) <= _MOST_KEPT
    assert list(tmp_path.iterdir()) == []
    assert _values(rows) == _expected(counts)


@pytest.mark.parametrize(("count", "url", "is_kept"), [
    (_MOST_KEPT, "http://a/", True),
    (_MOST_KEPT + 1, "http://a/", False),
    (_MOST_KEPT, "http://a/" + "x" * 600, False),
    (0, "", True),
])  # fmt: skip
def test_few_rows_are_kept(
    tmp_path: Path, threads: ThreadPoolExecutor, converter: RowConverter, count: int, url: str, is_kept: bool
) -> None:
    """If they are not too long together."""
    writer = IndexWriter(_CAPTURE, lambda _: LocalSink(tmp_path / "x", _nothing), converter, threads)
    assert (_write(writer, [count] if count else [], url) is not None) == is_kept
    assert [path.name for path in tmp_path.iterdir()] == ([] if is_kept else ["x"])


def test_a_file_says_what_it_is(
    tmp_path: Path, threads: ThreadPoolExecutor, converter: RowConverter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row groups are as large as they may be, in stored order, with a version; and it is its owner's only."""
    monkeypatch.setattr(index_writer, "ROWS_PER_GROUP", 2_000)
    path = tmp_path / "x.parquet"
    writer = IndexWriter(_CAPTURE, lambda _: LocalSink(path, _nothing), converter, threads)
    assert _write(writer, [1_000] * 7) is None
    file = pq.ParquetFile(path)
    groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
    assert [group.num_rows for group in groups] == [2_000, 2_000, 2_000, 1_000]
    assert file.metadata.metadata[b"harlake.schema"] == str(SCHEMA_VERSION).encode()
    assert path.stat().st_mode & 0o777 == 0o600
    ordinals = groups[1].column(ENTRY_SCHEMA.get_field_index("ordinal")).statistics
    assert (ordinals.min, ordinals.max) == (2_000, 3_999)


@pytest.mark.parametrize("counts", [[], [3], [600, 600, 600]])
def test_what_is_discarded_leaves_nothing(
    tmp_path: Path, threads: ThreadPoolExecutor, converter: RowConverter, counts: list[int]
) -> None:
    """Whether the file had been begun or not, and also when pyarrow lets go of it."""
    writer = IndexWriter(_CAPTURE, lambda _: LocalSink(tmp_path / "x", _nothing), converter, threads, memory=128 * KIB)
    for block, frame in _blocks(counts):
        writer.add(block, frame)
    writer.discard()
    writer.discard()
    del writer
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_what_is_complete_stays(tmp_path: Path, threads: ThreadPoolExecutor, converter: RowConverter) -> None:
    """Discarding it then is too late."""
    writer = IndexWriter(_CAPTURE, lambda _: LocalSink(tmp_path / "x", _nothing), converter, threads)
    writer.add(_block(0, 2_000), Frame(0, 1, 1))
    writer.close()
    writer.discard()
    assert len(pq.read_table(tmp_path / "x")) == 2_000


@pytest.mark.parametrize("memory", [128 * KIB, 8 * MIB])
def test_an_error_of_the_sink_is_raised(
    tmp_path: Path, threads: ThreadPoolExecutor, converter: RowConverter, memory: int
) -> None:
    """At the end at the latest, and nothing is left."""
    writer = IndexWriter(_CAPTURE, lambda _: LocalSink(tmp_path / "x", _full), converter, threads, memory)

    with pytest.raises(InsufficientStorageError, match="full"):
        _write(writer, [600, 600])
    writer.discard()
    del writer
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def _pages(converter: RowConverter, count: int) -> pa.Table:
    return converter.pages(_CAPTURE, page_batch([b'{"id":"p%d"}' % number for number in range(count)]))


@pytest.mark.parametrize("count", [0, 1, _MOST_KEPT, _MOST_KEPT + 1])
def test_pages_come_back(tmp_path: Path, converter: RowConverter, count: int) -> None:
    """Few without a file, many with one."""
    path = tmp_path / "x.pages.parquet"
    kept = write_pages(_pages(converter, count), LocalSink(path, _nothing))
    assert (kept is None) == path.exists() == (count > _MOST_KEPT)
    rows = pq.read_table(path) if kept is None else read_kept_rows(kept, PAGE_SCHEMA)
    assert rows.schema.equals(PAGE_SCHEMA)
    assert rows.column("id").to_pylist() == [f"p{number}" for number in range(count)]


def test_pages_that_cannot_be_written_leave_nothing(tmp_path: Path, converter: RowConverter) -> None:
    """The error is the sink's."""
    pages = _pages(converter, 1_000)
    with pytest.raises(InsufficientStorageError, match="full"):
        write_pages(pages, LocalSink(tmp_path / "x", _full))
    gc.collect()
    assert list(tmp_path.iterdir()) == []


def test_kept_rows_are_small(converter: RowConverter) -> None:
    """They have no names of columns: these are this version's."""
    rows = _pages(converter, 20)
    assert len(kept_rows(rows)) < 1_000
    assert read_kept_rows(kept_rows(rows), PAGE_SCHEMA).equals(rows.to_batches()[0])
