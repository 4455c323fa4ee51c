"""Rows of an index, checked: they are readable, in order, and where the frames of their object are."""

from __future__ import annotations

import uuid
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harlake.store import index_files
from harlake.store.index_check import EntryRowsCheck, IndexProblem, PageRowsCheck, file_rows, kept_rows_of
from harlake.store.index_columns import ENTRY_SCHEMA, PAGE_SCHEMA, SCHEMA_VERSION
from harlake.store.index_writer import kept_rows

_CAPTURE = uuid.UUID(int=7)

#: Rows of three entries in two frames, the second of which has one: ordinal, frame, its lengths, start, length.
_ROWS = [(0, 19, 40, 25, 0, 10), (1, 19, 40, 25, 12, 13), (2, 60, 30, 8, 0, 8)]
_FRAMES = array("q", [19, 40, 25, 60, 30, 8])
_NAMES = ("ordinal", "frame_start", "frame_length", "frame_text_length", "start", "length")


def _batch(rows: Sequence[tuple[int | None, ...]], capture: uuid.UUID = _CAPTURE) -> pa.RecordBatch:
    values: dict[str, Any] = dict(zip(_NAMES, zip(*rows, strict=True), strict=True)) if rows else {}
    columns = []
    for field in ENTRY_SCHEMA:
        if field.name == "capture":
            columns.append(
                pa.ExtensionArray.from_storage(field.type, pa.array([capture.bytes] * len(rows), pa.binary(16)))
            )
        else:
            columns.append(pa.array(values.get(field.name, [None] * len(rows)), field.type))
    return pa.RecordBatch.from_arrays(columns, schema=ENTRY_SCHEMA)


def _check(*batches: pa.RecordBatch, frames: array[int] | None = _FRAMES, count: int = 3) -> None:
    check = EntryRowsCheck(_CAPTURE, frames)
    check.add_all(iter(batches))
    check.end_file(count)
    check.end(count)


def test_rows_that_are_right() -> None:
    """However they come, and whether the frames are known or not."""
    _check(_batch(_ROWS))
    _check(*(_batch([row]) for row in _ROWS), _batch([]), frames=None)
    _check(frames=array("q"), count=0)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (_ROWS[:2], "it ends behind 2 of 3 entries"),
        ([_ROWS[0], _ROWS[2], _ROWS[1]], "entries from 0 on are not in their order"),
        ([_ROWS[0], (1, 19, 40, 25, 9, 16), _ROWS[2]], "entry 1 is not where its frame has one"),
        ([_ROWS[0], (1, 19, 40, 25, 12, 12), _ROWS[2]], "entry 2 is not where its frame has one"),
        ([*_ROWS[:2], (2, 60, 30, 8, 1, 7)], "entry 2 is not where its frame has one"),
        ([*_ROWS[:2], (2, 60, 30, 8, 0, 9)], "entry 2 is not where its frame has one"),
        ([*_ROWS[:2], (2, 60, 30, 8, 0, 7)], "the last entry ends before its frame does"),
        ([*_ROWS[:2], (2, 61, 30, 8, 0, 8)], "it knows other frames of entries than the object has"),
        ([*_ROWS[:2], (2, None, 30, 8, 0, 8)], "it does not say of each entry where it is"),
    ],
)
def test_rows_that_are_not(rows: list[tuple[int | None, ...]], problem: str) -> None:
    """The first that is wrong is told."""
    with pytest.raises(IndexProblem) as found:
        _check(_batch(rows))
    assert str(found.value) == problem


def test_rows_of_another_capture_or_fewer_frames() -> None:
    """Neither fits."""
    with pytest.raises(IndexProblem, match="rows of another capture"):
        _check(_batch(_ROWS, uuid.UUID(int=8)))
    with pytest.raises(IndexProblem, match="it knows 2 frames of entries, and the object has 3"):
        _check(_batch(_ROWS), frames=_FRAMES + array("q", [99, 1, 1]))


def test_files_and_their_versions(tmp_path: Path) -> None:
    """One of this version is read; another's is told to be that, and a damaged one to be damaged."""
    path = tmp_path / "x.parquet"
    for version, problem in ((SCHEMA_VERSION, ""), (SCHEMA_VERSION + 1, "a newer"), (SCHEMA_VERSION - 1, "an earlier")):
        with pq.ParquetWriter(path, ENTRY_SCHEMA, write_page_checksum=True) as file:
            file.add_key_value_metadata({"harlake.schema": str(version)})
            file.write_batch(_batch(_ROWS))
        if problem:
            with pytest.raises(IndexProblem, match=f"{problem} version of harlake has made it") as found:
                list(file_rows(path, "entries"))
            assert found.value.is_newer == (version > SCHEMA_VERSION)
        else:
            assert sum(map(len, file_rows(path, "entries"))) == 3
            with pytest.raises(IndexProblem, match="other columns"):
                list(file_rows(path, "pages"))
    with pytest.raises(IndexProblem, match="no such file"):
        list(file_rows(tmp_path / "y", "entries"))
    path.write_bytes(b"PAR1")
    with pytest.raises(IndexProblem, match="it is damaged"):
        list(file_rows(path, "entries"))


def test_rows_that_the_catalog_keeps() -> None:
    """They have a checksum, too."""
    data = kept_rows(pa.Table.from_batches([_batch(_ROWS)]))
    assert [len(batch) for batch in kept_rows_of(data, "entries")] == [3]
    for damaged in (data[:-1] + bytes([data[-1] ^ 1]), data[:9], b""):
        with pytest.raises(IndexProblem, match="the rows that the catalog keeps are damaged"):
            list(kept_rows_of(damaged, "entries"))


def test_pages_are_counted() -> None:
    """And numbered."""

    def pages(*numbers: int) -> pa.RecordBatch:
        columns = [
            pa.array(numbers, field.type) if field.name == "number" else pa.nulls(len(numbers), field.type)
            for field in PAGE_SCHEMA
        ]
        return pa.RecordBatch.from_arrays(columns, schema=PAGE_SCHEMA)

    def check(count: int, *batches: pa.RecordBatch) -> None:
        rows = PageRowsCheck()
        rows.add_all(iter(batches))
        rows.end(count)

    check(3, pages(0, 1), pages(2))
    check(0)
    with pytest.raises(IndexProblem, match="has 2 pages, and should have 3"):
        check(3, pages(0, 1))
    with pytest.raises(IndexProblem, match="page 1 has the number 2"):
        check(2, pages(0, 2))


def test_a_file_ends_where_the_next_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or with the last entry."""
    monkeypatch.setattr(index_files, "ROWS_PER_FILE", 2)
    check = EntryRowsCheck(_CAPTURE, _FRAMES)
    for rows in (_ROWS[:2], _ROWS[2:]):
        check.add_all(iter([_batch(rows)]))
        check.end_file(3)
    check.end(3)
    check = EntryRowsCheck(_CAPTURE, _FRAMES)
    check.add_all(iter([_batch(_ROWS[:1])]))
    with pytest.raises(IndexProblem, match="it ends behind 1 of 3 entries"):
        check.end_file(3)
