"""Pieces of SQL about an entry's row: conditions, and what several queries compute of its columns.

Rules:

* Only fixed texts, and ids and numbers of harlake's own, become SQL; whatever a client wrote is a parameter.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

#: Bytes of a response's body, NULL where they are not known: as it was decoded, else as it was transferred.
BODY_SIZE: Final = (
    "coalesce(CASE WHEN content_size >= 0 THEN content_size END, CASE WHEN response_size >= 0 THEN response_size END)"
)

#: What an entry may not have, of which the columns have an empty text then: NULL would make DuckDB read and group
#: them six times as slowly.
HOST: Final = "nullif(host, '')"
MEDIA_TYPE: Final = "nullif(media_type, '')"
OPERATION: Final = "nullif(operation, '')"
TRANSFER_SIZE_FROM: Final = "nullif(transfer_size_from, '')"


#: An entry's id, as :func:`ids.entry_id` makes it.
ENTRY_ID: Final = """
    substr(capture::VARCHAR, 1, 14) || '8' || substr(capture::VARCHAR, 16, 13) || printf('%08x', ordinal)
"""


@dataclass(frozen=True, slots=True)
class Condition:
    """A piece of SQL that is true or not of an entry's row, and the values of the ``?`` in it."""

    sql: str
    parameters: tuple[object, ...] = ()


def in_range(column: str, start: int, end: int) -> Condition:
    """Return the condition that a row has a number from one up to, and without, another."""
    return Condition(f"{column} >= ? AND {column} < ?", (start, end))


def has_number(column: str, numbers: Collection[int]) -> str:
    """Return the condition that a row has one of the numbers, or is between them where they are dense.

    As a list in the statement, DuckDB compares them with what it knows of each row group; as a parameter it would
    not, and read all of them.
    """
    if max(numbers) - min(numbers) < 2 * len(numbers):
        return f"{column} BETWEEN {min(numbers):d} AND {max(numbers):d}"
    return f"{column} IN ({', '.join(f'{number:d}' for number in numbers)})"
