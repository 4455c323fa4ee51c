"""SQL over Parquet files: wherever they are, and with values of each file's own."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harlake.store.parquet_sql import element, read_parquet, value_by_file


@pytest.mark.parametrize("count", [1, 3])
def test_rows_have_the_value_of_their_file(tmp_path: Path, count: int) -> None:
    """Also where the folder's name has what SQL, globs and DuckDB's partitions take for something else."""
    folder = tmp_path / "it's a [b]*{c}" / "d=e"
    folder.mkdir(parents=True)
    paths = [folder / f"{number}.parquet" for number in range(count)]
    for number, path in enumerate(paths):
        pq.write_table(pa.table({"x": [number, number]}), path)
    with duckdb.connect() as database:
        selected = f"x, {value_by_file([10 * number for number in range(count)])}, {element([5, 6, 7], 'x')}"
        rows = database.execute(f"SELECT *, {selected} FROM {read_parquet(paths)} ORDER BY x").fetchall()
    assert rows == [(x, x, 10 * x, 5 + x) for x in range(count) for _ in range(2)]
