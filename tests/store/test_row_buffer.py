"""Index rows on their way into the catalog: however blocks come, each entry has its row, in its frame."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.entry import Entry, Request
from harlake.har.parse.blocks import Block
from harlake.store import row_buffer
from harlake.store.capture_object import Frame
from harlake.store.row_buffer import RowBuffer

_CAPTURE = uuid.UUID(int=1)


class _Appended:
    """Takes what is appended, as the catalog does."""

    def __init__(self, error: Exception | None = None) -> None:
        self.frames: list[dict[str, int]] = []
        self.rows: list[dict[str, object]] = []
        self.sizes: list[int] = []
        self._error = error

    def append(self, capture: uuid.UUID, frames: pa.Table, rows: pa.Table) -> None:
        assert capture == _CAPTURE
        if self._error is not None:
            raise self._error
        self.frames += frames.to_pylist()
        self.rows += rows.to_pylist()
        self.sizes.append(len(rows))


def _block(first: int, count: int) -> Block:
    entries = [Entry(request=Request(url=f"http://a/{first + number}")) for number in range(count)]
    return Block(b"", entries, list(range(count)), [2 * number + 1 for number in range(count)], [])


@given(st.lists(st.integers(1, 30), max_size=12), st.integers(1, 12), st.integers(1, 25), st.integers(200, 2_000))
def test_each_entry_has_its_row(
    threads: ThreadPoolExecutor, counts: list[int], arrow_rows: int, row_group: int, append_bytes: int
) -> None:
    """Blocks of any size, batches and row groups of any size: all rows come once, in order, and no group is larger."""
    catalog = _Appended()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_buffer, "_ARROW_ROWS", arrow_rows)
        patch.setattr(row_buffer, "ROW_GROUP_SIZE", row_group)
        patch.setattr(row_buffer, "_APPEND_BYTES", append_bytes)
        rows = RowBuffer(catalog, _CAPTURE, threads)  # type: ignore[arg-type]
        total = 0
        for number, count in enumerate(counts):
            rows.add(_block(total, count), Frame(10 * number, 9, 8))
            total += count
        rows.close()
    assert (rows.frame_count, rows.entry_count) == (len(counts), total)
    assert [row["ordinal"] for row in catalog.rows] == list(range(total))
    assert [row["url"] for row in catalog.rows] == [f"http://a/{number}" for number in range(total)]
    assert [row["frame"] for row in catalog.rows] == [n for n, count in enumerate(counts) for _ in range(count)]
    assert [row["length"] for row in catalog.rows] == [n + 1 for count in counts for n in range(count)]
    assert [
        (frame["number"], frame["start"], frame["first_ordinal"], frame["entries"]) for frame in catalog.frames
    ] == [(number, 10 * number, sum(counts[:number]), count) for number, count in enumerate(counts)]
    assert max(catalog.sizes, default=0) <= max(row_group, arrow_rows + max(counts, default=0))


def test_an_error_of_the_catalog_is_raised_at_the_end(threads: ThreadPoolExecutor) -> None:
    """Rows are added in the background; what fails there is not lost."""
    rows = RowBuffer(_Appended(OSError("full")), _CAPTURE, threads)  # type: ignore[arg-type]
    rows.add(_block(0, 3), Frame(0, 1, 1))
    with pytest.raises(OSError, match="full"):
        rows.close()
    rows.discard()


def test_without_entries_nothing_is_added(threads: ThreadPoolExecutor) -> None:
    """An empty HAR has no rows; one that is discarded adds none."""
    catalog = _Appended()
    RowBuffer(catalog, _CAPTURE, threads).close()  # type: ignore[arg-type]
    rows = RowBuffer(catalog, _CAPTURE, threads)  # type: ignore[arg-type]
    rows.add(_block(0, 3), Frame(0, 1, 1))
    rows.discard()
    assert catalog.sizes == []
