"""Rows as files of all forms, read back by others."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harlake.errors import ExpensiveQueryError, InvalidQueryError
from harlake.query.sql_formats import SQL_FORMATS, written

_ROWS = """
    SELECT n AS id, n AS id, 'é' || n AS "a text", NULL::INTEGER AS none, [n, 2] AS list, {'b': true} AS struct,
        make_timestamptz(n) AS at, n / 4 AS half
    FROM range(3000) r(n)
"""


def _file(sql: str, file_format: str) -> bytes:
    reader = duckdb.sql("SET TimeZone = 'UTC'; " + sql).to_arrow_reader(1_000)
    return b"".join(written(reader, file_format))


def _read(data: bytes, file_format: str) -> list[dict[str, Any]]:
    match file_format:
        case "ndjson":
            return [json.loads(line) for line in data.splitlines()]
        case "json":
            return list(json.loads(data))
        case "arrow":
            return list(pa.ipc.open_stream(data).read_all().to_pylist())
        case "parquet":
            return list(pq.read_table(io.BytesIO(data)).to_pylist())
    return list(csv.DictReader(io.StringIO(data.decode())))


@pytest.mark.parametrize("file_format", SQL_FORMATS)
def test_all_rows_in_their_order(file_format: str) -> None:
    """Of equal names, the second has a number."""
    rows = _read(_file(_ROWS, file_format), file_format)
    assert [int(row["id"]) for row in rows] == [int(row["id_2"]) for row in rows] == list(range(3_000))
    assert rows[7]["a text"] == "é7"
    assert rows[7]["none"] in (None, "")
    assert rows[7]["list"] in ([7, 2], "[7,2]")
    assert rows[7]["struct"] in ({"b": True}, '{"b":true}')
    assert float(rows[7]["half"]) == 1.75
    assert str(rows[7]["at"]).replace(" ", "T").startswith("1970-01-01T00:00:00.000007")


@pytest.mark.parametrize("file_format", SQL_FORMATS)
def test_no_rows(file_format: str) -> None:
    """Forms that name columns name them nevertheless."""
    data = _file("SELECT 1 AS a, 'x' AS b LIMIT 0", file_format)
    assert _read(data, file_format) == []
    if file_format == "csv":
        assert data == b"a,b\n"
    if file_format == "parquet":
        assert pq.read_schema(io.BytesIO(data)).names == ["a", "b"]


@pytest.mark.parametrize("file_format", SQL_FORMATS)
def test_long_rows(file_format: str) -> None:
    """What is long comes in pieces; a row that is too long is refused, whatever the form."""
    reader = duckdb.sql("SELECT repeat('x', 120000) AS x FROM range(60)").to_arrow_reader(1_000)
    pieces = list(written(reader, file_format))
    assert len(_read(b"".join(pieces), file_format)) == 60
    with pytest.raises(ExpensiveQueryError, match="8 MiB"):
        _file("SELECT repeat('x', 9000000) AS x", file_format)


def test_formulas_in_csv() -> None:
    """Texts and names that a spreadsheet would compute are texts there; numbers stay numbers."""
    texts = ["=1+1", " +1", "@x", "-2+3", "\u200b=1", "＝1", "\tx"]
    values = ", ".join(f"('{text}')" for text in texts)
    rows = _read(_file(f"SELECT col0 AS t FROM (VALUES {values})", "csv"), "csv")
    assert [row["t"] for row in rows] == [f"'{text}" for text in texts]
    plain = _file("SELECT '-5' AS a, -5 AS b, 'a=b' AS c, 'x' AS \"=d\"", "csv")
    assert plain == b"a,b,c,'=d\n-5,-5,a=b,x\n"


def test_quotes_and_lines_in_csv() -> None:
    """What has commas, quotes or ends of lines comes back as it was."""
    (row,) = _read(_file("SELECT 'a,\"b\"' || chr(10) || 'c' AS x", "csv"), "csv")
    assert row["x"] == 'a,"b"\nc'


def test_types_that_a_format_has_no_form_for() -> None:
    """What to do is said."""
    with pytest.raises(InvalidQueryError, match="cast it to VARCHAR"):
        _file("SELECT INTERVAL 1 DAY AS i", "parquet")
