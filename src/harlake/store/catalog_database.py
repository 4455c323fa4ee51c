"""What the catalog asks of its database: DuckDB's for one process, PostgreSQL's for several at once.

Statements are the same for both, with ``?`` for each parameter; UUIDs, binary values and numbers are Python's.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol


class ConflictError(Exception):
    """What a transaction has written refers to a row that another transaction has removed; nothing of it is there."""


class CatalogCursor(Protocol):
    """Executes statements, one after the other."""

    def execute(self, statement: str, parameters: Sequence[object] = ..., /) -> CatalogCursor:
        """Execute a statement, and return the cursor that has its rows."""

    def fetchall(self) -> list[Any]:
        """Return the rows of the last statement."""


class CatalogDatabase(Protocol):
    """An open database. All of its processes see what one of them has committed.

    A process is a *node*, with a number that no other has. What is announced under it is of use as long as it lives.
    """

    @property
    def node(self) -> int:
        """The number of this process."""

    def create_tables(self, cursor: CatalogCursor, schema: str) -> None:
        """Create the tables of ``schema.sql`` that are not there, while no other node does."""

    def reading(self) -> AbstractContextManager[CatalogCursor]:
        """Let statements be executed that only read, each by itself."""

    def try_reading(self) -> AbstractContextManager[CatalogCursor]:
        """Do so without waiting. Raises BusyError where others keep the database busy."""

    def writing(self) -> AbstractContextManager[CatalogCursor]:
        """Let statements be executed as one transaction. Raises ConflictError at its end."""

    def ensure_alive(self) -> None:
        """See to it that other nodes know that this one lives, before anything is announced under its number."""

    def has_ended(self, cursor: CatalogCursor, node: int) -> bool:
        """Return whether a node lives no more; if so, it cannot come back before the transaction ends."""

    def lease(self) -> AbstractContextManager[bool]:
        """Take what one node at a time has; what is given is whether this one got it."""

    def close(self) -> None:
        """Let go of the database; whoever comes later gets a DataDirError."""
