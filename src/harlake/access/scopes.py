"""Scopes: what a token lets its bearer do."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class TokenScope(StrEnum):
    """What a route needs, and a token has."""

    #: List, export, search, sum up and compare; validate; read the API's description.
    READ = "read"
    #: Import; create, rename and remove sessions.
    WRITE = "write"
    #: Query the catalog in SQL.
    SQL = "sql"
    #: See what was captured as it is, where the service redacts.
    RAW = "raw"
    #: Everything, and what concerns the service itself.
    ADMIN = "admin"


ALL_SCOPES: Final = frozenset(TokenScope)


def granted_scopes(scopes: Iterable[TokenScope]) -> frozenset[TokenScope]:
    """Return the given scopes, and those that they include: all include ``read``, and ``admin`` all."""
    given = frozenset(scopes)
    if TokenScope.ADMIN in given:
        return ALL_SCOPES
    return given | {TokenScope.READ} if given else given
