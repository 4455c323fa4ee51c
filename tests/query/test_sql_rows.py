"""Rows as JSON, a few at a time."""

from __future__ import annotations

import json

import duckdb
import pyarrow as pa
import pytest

from harlake.errors import ExpensiveQueryError, InvalidQueryError
from harlake.query.sql_rows import lines


def test_all_rows_in_pieces() -> None:
    """However long they are, in their order; no piece is much longer than a MiB."""
    texts = [str(number) * 300_000 for number in range(10)]
    pieces = list(lines(pa.record_batch({"x": texts})))
    assert [json.loads(line)["x"] for piece in pieces for line in piece.splitlines()] == texts
    assert len(pieces) > 2
    assert max(map(len, pieces)) < 2_000_000


def test_a_row_that_is_too_long() -> None:
    """It is refused; never cut."""
    with pytest.raises(ExpensiveQueryError, match="8 MiB"):
        list(lines(pa.record_batch({"x": ["short", "x" * 9_000_000]})))


def test_equal_names_get_numbers() -> None:
    """Also thousands of them, and where a name is taken."""
    batch = pa.RecordBatch.from_arrays([pa.array([1])] * 5, names=["m", "m", "m_2", "m", "m_2"])
    (piece,) = lines(batch)
    assert list(json.loads(piece)) == ["m", "m_2", "m_2_2", "m_3", "m_2_3"]
    (piece,) = lines(pa.RecordBatch.from_arrays([pa.array([1])] * 3_000, names=["x"] * 3_000))
    assert len(json.loads(piece)) == 3_000


def test_no_rows() -> None:
    """Nothing is nothing."""
    assert b"".join(lines(pa.record_batch({"x": pa.array([], pa.int64())}))) == b""


@pytest.mark.parametrize(
    "value",
    [
        "date '20000-01-01'",
        "date '-4000-01-01'",
        "timestamp 'infinity'",
        "timestamptz '290000-01-01'",
        "'2020-01-01 00:00:00.123456789'::timestamp_ns",
        "row(1, 2)",
        "[row(1, 2)]",
    ],
)
def test_values_that_python_cannot_hold(value: str) -> None:
    """They are the client's matter, who is told the column and what to do."""
    (batch,) = duckdb.execute(f"select {value} as odd").to_arrow_reader()
    with pytest.raises(InvalidQueryError, match=r"odd .* cast it to VARCHAR"):
        list(lines(batch))
