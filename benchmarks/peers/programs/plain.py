"""The importer that one writes first: ijson → msgspec → rows of DuckDB, and back: ``plain.py INPUT OUTPUT``.

It is harlake's baseline, and goes entry by entry as harlake does: each is parsed by ijson, encoded again by msgspec and
inserted with its URL, status and time, a few MB of them at a time. DuckDB has its defaults.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import ijson
import msgspec
import pyarrow as pa

_BATCH_BYTES = 4 << 20
_SELECTED = 1024
_SELECT = "SELECT entry FROM entries WHERE ordinal >= ? AND ordinal < ? ORDER BY ordinal"
_COLUMNS = ("ordinal", "url", "status", "started", "entry")


def main(source: Path, target: Path) -> None:
    """Import a HAR into a database, and export it from there."""
    with duckdb.connect(str(target.with_suffix(".duckdb"))) as connection:
        connection.execute(
            "CREATE TABLE entries (ordinal BIGINT, url VARCHAR, status INTEGER, started VARCHAR, entry VARCHAR)"
        )
        for rows in _batches(source):
            connection.register("batch", pa.table(dict(zip(_COLUMNS, zip(*rows, strict=True), strict=True))))
            connection.execute("INSERT INTO entries SELECT * FROM batch")
        _export(connection, target)


def _batches(source: Path) -> Iterator[list[tuple[Any, ...]]]:
    rows: list[tuple[Any, ...]] = []
    size = 0
    with source.open("rb") as file:
        for ordinal, entry in enumerate(ijson.items(file, "log.entries.item", use_float=True)):
            text = msgspec.json.encode(entry).decode()
            url, status = entry["request"]["url"], entry["response"]["status"]
            rows.append((ordinal, url, status, entry["startedDateTime"], text))
            size += len(text)
            if size >= _BATCH_BYTES:
                yield rows
                rows, size = [], 0
    if rows:
        yield rows


def _export(connection: duckdb.DuckDBPyConnection, target: Path) -> None:
    with target.open("w", encoding="utf-8") as out:
        out.write('{"log":{"version":"1.2","creator":{"name":"plain","version":"1"},"entries":[')
        first = 0
        while rows := connection.execute(_SELECT, [first, first + _SELECTED]).fetchall():
            out.write("," * bool(first) + ",".join(entry for (entry,) in rows))
            first += _SELECTED
        out.write("]}}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
