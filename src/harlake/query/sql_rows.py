"""Rows of a client's query as values: a few at a time, columns of different names, and as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pyarrow as pa

from harlake.errors import ExpensiveQueryError, InvalidQueryError
from harlake.limits import MIB

#: Bytes of a row; as JSON, each can become six.
_MAX_ROW: Final = 8 * MIB
#: Bytes of rows that are made Python objects at a time.
_PIECE: Final = MIB

#: Characters of a type that an error tells; that of a struct names all members.
_MAX_TYPE: Final = 100

_encoder: Final = msgspec.json.Encoder(enc_hook=str, decimal_format="number")


def lines(batch: pa.RecordBatch) -> Iterator[bytes]:
    """Yield rows as JSON, an object a line; columns of one name get numbers.

    Raises ExpensiveQueryError, and InvalidQueryError where a column has what Python cannot hold: years beyond 9999,
    nanoseconds, structs whose members have no names.
    """
    names = numbered(batch.schema.names)
    for rows in value_rows(batch):
        yield _encoder.encode_lines(dict(zip(names, row, strict=True)) for row in rows)


def value_rows(batch: pa.RecordBatch) -> Iterator[list[tuple[Any, ...]]]:
    """Yield rows as Python's values, so many at a time as are small together. Raises as :func:`lines` does."""
    names = numbered(batch.schema.names)
    columns = [_utc(column) for column in batch.columns]
    for piece in pieces(pa.RecordBatch.from_arrays(columns, names=names)):
        values = [_values(name, column) for name, column in zip(names, piece.columns, strict=True)]
        yield list(zip(*values, strict=True))


def json_text(value: Any) -> str:
    """Return a value as JSON."""
    return _encoder.encode(value).decode()


def _values(name: str, column: pa.Array) -> list[Any]:
    try:
        return column.to_pylist()  # type: ignore[no-any-return]
    except (ValueError, OverflowError, pa.ArrowException):
        kind = column.type if len(str(column.type)) < _MAX_TYPE else "this type"
        raise InvalidQueryError(f"{name} has a value of {kind} that JSON has no form for: cast it to VARCHAR") from None


def pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Yield halves of a batch, and halves of those, until each is small."""
    if batch.nbytes <= _PIECE:
        yield batch
    elif batch.num_rows > 1:
        half = batch.num_rows // 2
        yield from pieces(batch.slice(0, half))
        yield from pieces(batch.slice(half))
    elif batch.nbytes <= _MAX_ROW:
        yield batch
    else:
        raise ExpensiveQueryError(f"a row of it has {batch.nbytes} bytes; {_MAX_ROW // MIB} MiB are allowed")


def numbered(names: list[str]) -> list[str]:
    """Return names of which no two are equal."""
    numbers: dict[str, int] = {}
    unique: dict[str, None] = {}
    for name in names:
        candidate = name
        while candidate in unique:
            numbers[name] = numbers.get(name, 1) + 1
            candidate = f"{name}_{numbers[name]}"
        unique[candidate] = None
    return list(unique)


def _utc(column: pa.Array) -> pa.Array:
    """Name the zone of timestamps by its offset: to look it up, Python needs a database that not all systems have."""
    if pa.types.is_timestamp(column.type) and column.type.tz:
        return column.cast(pa.timestamp("us", "+00:00"))
    return column
