"""Spilled rows: each partition gives back its rows, in the order in which they came."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis import spill as module
from harlake.analysis.spill import Spill

_TABLES = st.lists(st.lists(st.tuples(st.integers(0, 6), st.text(max_size=3) | st.none())), max_size=5)
_SCHEMA = pa.schema([("partition", pa.int32()), ("text", pa.string())])


@given(_TABLES, st.sampled_from([1, 2, 3, 6, 7]), st.integers(1, 9))
def test_partitions_have_what_was_added_to_them(
    tables: list[list[tuple[int, str | None]]], most: int, count: int
) -> None:
    """Whatever is added in however many tables, even of no rows; with a file for all partitions, or for groups."""
    with (
        TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(module, "_MOST_PARTITIONS", most)
        patch.setattr(module, "_TABLE_ROWS", count)
        _check(Path(folder), tables)
        assert [path.name for path in Path(folder).iterdir()] in ([], ["rows"])


def _check(folder: Path, tables: list[list[tuple[int, str | None]]]) -> None:
    with Spill(folder / "rows", 7) as spill:
        for rows in tables:
            ordered = sorted(rows, key=lambda row: row[0])
            columns = [[row[column] for row in ordered] for column in (0, 1)]
            spill.add(pa.table(columns, schema=_SCHEMA))
        spill.finish()
        for partition in range(7):
            batches = spill.partition(partition)
            texts = [] if batches is None else batches.read_all()["text"].to_pylist()
            assert texts == [text for rows in tables for number, text in rows if number == partition]
