"""Read a HAR into a DuckDB table of entries and write that as JSON: ``duckdb_json.py INPUT OUTPUT``.

DuckDB takes a HAR for one JSON object, and has to be told that it may be as large as the file.
"""

import sys
from pathlib import Path

import duckdb

source, target = Path(sys.argv[1]), Path(sys.argv[2])
database = target.with_suffix(".duckdb")
with duckdb.connect(str(database)) as connection:
    connection.execute(
        "CREATE TABLE entries AS SELECT unnest(log.entries) AS entry "
        "FROM read_json(?, format = 'unstructured', maximum_object_size = ?)",
        [str(source), source.stat().st_size + 1],
    )
    connection.execute(f"COPY (SELECT entry.* FROM entries) TO '{target}' (FORMAT json, ARRAY true)")
