"""Headers, cookies and query parameters of entries as rows: read from the captures, for the index does not have them.

Strategy: entries are read as an export reads them, a batch at a time, and what is in a batch becomes rows at once. So
memory does not depend on how many there are; time does. Names and values are cut as texts of the index are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import pyarrow as pa

from harlake.har.raw_json import is_object, members, object_at
from harlake.har.values.numbers import flag
from harlake.har.values.pairs import named_lines, named_values, pair_objects
from harlake.har.values.texts import python_text
from harlake.limits import MIB
from harlake.query.entry_reader import read_entries
from harlake.query.filters import Filter
from harlake.query.selection import FilteredSelection
from harlake.store.catalog import Capture
from harlake.store.data_dir import DataDir
from harlake.store.index_columns import truncated_text

_CAPTURE: Final = [("capture", pa.uuid()), ("ordinal", pa.int64())]
_PAIR: Final = [("number", pa.int32()), ("name", pa.string()), ("value", pa.string())]
_MESSAGE: Final = [("message", pa.string())]

#: What rows of each table are.
PART_SCHEMAS: Final = {
    "headers": pa.schema([*_CAPTURE, *_MESSAGE, *_PAIR]),
    "cookies": pa.schema(
        [
            *_CAPTURE,
            *_MESSAGE,
            *_PAIR,
            *((name, pa.string()) for name in ("path", "domain", "expires")),
            *((name, pa.bool_()) for name in ("http_only", "secure")),
        ]
    ),
    "query_parameters": pa.schema([*_CAPTURE, *_PAIR]),
}

#: Rows that are made a table at a time: with texts of 1 KiB, some MiB.
_TABLE_ROWS: Final = 4_096
#: Bytes of entries after which there is a table, be it an empty one: whoever waits may have left.
_TABLE_BYTES: Final = 4 * MIB

_Row = tuple[Any, ...]


def part_tables(data_dir: DataDir, captures: Sequence[Capture], table: str) -> Iterator[pa.Table]:
    """Yield the rows of a table of PART_SCHEMAS of captures, some at a time, and now and then none.

    Raises SessionNotFoundError where a capture is removed meanwhile, and DamagedCaptureError.
    """
    schema, rows_of = PART_SCHEMAS[table], _ROWS[table]
    positions = {capture.id: capture.id.bytes for capture in captures}
    rows: list[_Row] = []
    read = 0
    selection = FilteredSelection(data_dir.index, captures, Filter(), by_time=False)
    for locations in selection.batches():
        for location, entry in read_entries(data_dir.captures, locations):
            place = (positions[location.capture], location.ordinal)
            for row in rows_of(entry):
                rows.append((*place, *row))
                if len(rows) == _TABLE_ROWS:
                    yield _table(rows, schema)
                    rows = []
            read += location.length
            if read >= _TABLE_BYTES:
                yield _table(rows, schema)
                rows, read = [], 0
    yield _table(rows, schema)


def _table(rows: list[_Row], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table(list(map(_array, columns, schema.types)), schema=schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind == pa.uuid():
        return pa.ExtensionArray.from_storage(kind, pa.array(values, pa.binary(16)))
    return pa.array(values, kind)


def _headers(entry: bytes) -> Iterator[_Row]:
    for message in ("request", "response"):
        value = object_at(entry, message).get("headers", b"null")
        for number, (name, text) in enumerate(named_lines(value)):
            yield message, number, _text(name), _text(text)


def _query_parameters(entry: bytes) -> Iterator[_Row]:
    value = object_at(entry, "request").get("queryString", b"null")
    for number, (name, text) in enumerate(named_values(value)):
        yield number, _text(name), _text(text)


def _cookies(entry: bytes) -> Iterator[_Row]:
    for message in ("request", "response"):
        value = object_at(entry, message).get("cookies", b"null")
        pairs = (dict(members(pair)) for pair in pair_objects(value) or () if is_object(pair))
        for number, parts in enumerate(pairs):
            texts = (python_text(parts.get(name, b"null")) for name in ("name", "value", "path", "domain", "expires"))
            flags = (_flag(parts.get(name, b"null")) for name in ("httpOnly", "secure"))
            yield (message, number, *map(_text, texts), *flags)


def _text(value: str | None) -> str | None:
    return truncated_text(None if value is None else value.encode("utf-8", "replace").decode())


def _flag(value: bytes) -> bool | None:
    read = flag(value)
    return None if read is None else read == b"true"


_ROWS: Final[dict[str, Callable[[bytes], Iterator[_Row]]]] = {
    "headers": _headers,
    "cookies": _cookies,
    "query_parameters": _query_parameters,
}
