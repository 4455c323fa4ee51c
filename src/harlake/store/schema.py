"""The catalog's tables: made where there are none, and refused where they are not this version's."""

from __future__ import annotations

import uuid
from importlib.resources import files
from typing import Final

from harlake.errors import DataDirError
from harlake.store.catalog_database import CatalogCursor, CatalogDatabase

#: What the tables are like.
VERSION: Final = 1


def make_tables(cursor: CatalogCursor, database: CatalogDatabase) -> None:
    """Make the tables where there are none.

    Raises DataDirError, and changes nothing, where those of another version of harlake are there.
    """
    columns = columns_of(cursor)  # asked for once: another node may make the tables meanwhile
    if "store" in columns:
        _check(version_of(cursor) or 0)
        return
    if "captures" in columns:
        raise _other_version("an earlier")
    database.create_tables(cursor, files(__package__).joinpath("schema.sql").read_text("utf-8"))
    if version_of(cursor) is None:  # another node may have been faster
        cursor.execute("INSERT INTO store VALUES (?, ?)", [VERSION, uuid.uuid4()])


def store_id(cursor: CatalogCursor, database: CatalogDatabase) -> uuid.UUID:
    """Return the id of the store that the tables belong to, whatever their version; make them where there are none.

    Raises DataDirError where they are of an earlier version than all that have one.
    """
    columns = columns_of(cursor)
    if "store" not in columns:
        make_tables(cursor, database)
    elif "id" not in columns["store"]:
        raise _other_version("an earlier")
    ((found,),) = cursor.execute("SELECT id FROM store").fetchall()
    return uuid.UUID(str(found))


def version_of(cursor: CatalogCursor) -> int | None:
    """Return which version of the tables is there, None where they are earlier than all versions, or none."""
    if "store" not in columns_of(cursor):
        return None
    ((version,),) = cursor.execute("SELECT max(version) FROM store").fetchall()
    return None if version is None else int(version)


def columns_of(cursor: CatalogCursor) -> dict[str, set[str]]:
    """Return the names of all tables, and of the columns of each."""
    rows = cursor.execute(
        """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_catalog = current_database() AND table_schema = current_schema()
        """
    ).fetchall()
    columns: dict[str, set[str]] = {}
    for table, column in rows:
        columns.setdefault(table, set()).add(column)
    return columns


def _check(version: int) -> None:
    if version != VERSION:
        raise _other_version("a newer" if version > VERSION else "an earlier")


def _other_version(which: str) -> DataDirError:
    return DataDirError(
        f"the catalog was made by {which} version of harlake; `harlake reindex` makes one for this version"
    )
