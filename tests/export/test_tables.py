"""Tables: Parquet and CSV that other readers read back, row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pyarrow.parquet as pq
import pytest

from harlake.errors import SessionNotFoundError
from harlake.export import tables
from harlake.export.tables import table_chunks
from harlake.query.columns import COLUMNS
from harlake.query.filters import Filter, parse_filter
from harlake.query.listing import list_entries
from harlake.query.selection import FilteredSelection
from tests.support.folders import Folder, folder_of
from tests.support.hars import entry, har

_LONG = entry(7).replace(b"/7?", b"/7?" + b"x" * 3_000)
_HARS = [har(*map(entry, range(50)), b'{"request":{"url":""}}'), har(_LONG, *map(entry, range(20)))]


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A session of two captures, one with a long URL, one with an entry that has next to nothing."""
    with folder_of(*_HARS) as folder:
        yield folder


def _table(
    folder: Folder, file_format: str, entry_filter: Filter, *, by_time: bool = False, bodies: bool = False
) -> bytes:
    index = folder.data_dir.index
    selection = FilteredSelection(index, folder.captures, entry_filter, by_time=by_time)
    return b"".join(table_chunks(index, folder.data_dir.captures, selection, file_format, bodies=bodies))


@pytest.mark.parametrize("path", ["*", "/1*", "/none"])
@pytest.mark.parametrize("batch", [3, 2_048])
def test_tables_have_the_rows_of_the_listing(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, path: str, batch: int
) -> None:
    """Both formats have each row once, in order, in batches of any size."""
    monkeypatch.setattr(tables, "_BATCH_ROWS", batch)
    entry_filter = parse_filter([("path", path)] if path != "*" else [])
    rows = list_entries(folder.data_dir, folder.session.id, 1_000, None, entry_filter).entries
    parquet = pq.read_table(io.BytesIO(_table(folder, "parquet", entry_filter)))
    assert parquet.schema.names == ["id", *COLUMNS, "truncated"]
    text = _table(folder, "csv", entry_filter).decode()
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    for name in ("id", "ordinal", "method", "status", "time", "bytes"):
        assert parquet[name].to_pylist() == [row[name] for row in rows]
        as_text = ["" if row[name] is None else row[name] for row in rows]
        assert [type(value)(line[name]) for line, value in zip(lines, as_text, strict=True)] == as_text
    cut = [name or "" for name in parquet["truncated"].to_pylist()]
    assert cut == [line["truncated"] for line in lines] == [" ".join(_truncated(row)) for row in rows]


def _truncated(row: dict[str, str]) -> list[str]:
    """The listing completes the long URL, of which the table has the beginning."""
    return ["url"] if len(row["url"]) > 3_000 else []


@pytest.mark.parametrize("batch_bytes", [1, 2 << 20])
def test_bodies_are_those_of_the_rows(folder: Folder, monkeypatch: pytest.MonkeyPatch, batch_bytes: int) -> None:
    """A body is in the row of its entry, by time too, and absent where there is none."""
    monkeypatch.setattr(tables, "_BATCH_BYTES", batch_bytes)
    table = pq.read_table(io.BytesIO(_table(folder, "parquet", Filter(), by_time=True, bodies=True)))
    bodies = table["responseBody"].to_pylist()
    assert bodies == [b"ok" if url else None for url in table["url"].to_pylist()]
    assert bodies.count(None) == 1
    assert table["url"].to_pylist()[-1] == ""


def test_entries_that_go_meanwhile_are_an_error() -> None:
    """A table that would lack rows ends with an error, and its writer with it."""
    with folder_of(_HARS[0]) as folder:
        index = folder.data_dir.index
        selection = FilteredSelection(index, folder.captures, Filter(), by_time=False)
        folder.data_dir.delete_session(folder.session.id)
        with pytest.raises(SessionNotFoundError):
            list(table_chunks(index, folder.data_dir.captures, selection, "csv"))


def test_whoever_stops_reading_ends_the_writer(folder: Folder) -> None:
    """A table that nobody reads to its end leaves no thread behind."""
    selection = FilteredSelection(folder.data_dir.index, folder.captures, Filter(), by_time=False)
    chunks = table_chunks(folder.data_dir.index, folder.data_dir.captures, selection, "csv")
    assert next(iter(chunks)).startswith(b"id,ordinal")
    chunks.close()  # type: ignore[attr-defined]
