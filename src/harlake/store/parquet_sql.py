"""SQL over several Parquet files at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def read_parquet(paths: Sequence[Path]) -> str:
    """Return SQL for the rows of files, which have the same columns."""
    quoted = ("'" + str(path).replace("'", "''") + "'" for path in paths)
    # DuckDB would else make a column of each folder around them whose name is like `a=b`.
    return f"read_parquet([{', '.join(quoted)}], hive_partitioning = false)"


def value_by_file(values: Sequence[int]) -> str:
    """Return SQL for a value that each file has for its rows."""
    return str(values[0]) if len(set(values)) == 1 else element(values, "file_index::BIGINT")


def element(values: Sequence[int], number: str) -> str:
    """Return SQL for the value with a number, counted from 0."""
    return f"list_extract({list(values)}::BIGINT[], {number} + 1)"
