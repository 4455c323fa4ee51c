"""The catalog's tables: made where there are none, and refused where they are not this version's."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from harlake.errors import DataDirError
from harlake.store.catalog_database import CatalogCursor, CatalogDatabase

#: What the tables are like, and the rows of indexes that they keep (see ``index_columns.SCHEMA_VERSION``).
VERSION: Final = 2

_TABLE: Final = re.compile(r"^CREATE TABLE IF NOT EXISTS (\w+) \(\n(.*?)^\);", re.MULTILINE | re.DOTALL)

#: Of tables that are being filled with a copy, and are not to be used until they are complete.
_FILLING: Final = -1

#: Of tables whose rows are being made this version's, and are not to be used until all are.
_MIGRATING: Final = -2


def make_tables(cursor: CatalogCursor, database: CatalogDatabase) -> None:
    """Make the tables where there are none.

    Raises DataDirError, and changes nothing, where those of another version of harlake are there.
    """
    columns = columns_of(cursor)  # asked for once: another node may make the tables meanwhile
    if "store" in columns:
        _check_version(_version(cursor) or 0)
        _check_columns(columns)
        return
    if "captures" in columns:
        raise _earlier_version()
    database.create_tables(cursor, _schema())
    if _version(cursor) is None:  # another node may have been faster
        cursor.execute("INSERT INTO store VALUES (?, ?)", [VERSION, uuid.uuid4()])


def store_id(cursor: CatalogCursor, database: CatalogDatabase) -> uuid.UUID:
    """Return the id of the store that the tables belong to, whatever their version; make them where there are none.

    Raises DataDirError where they are of an earlier version than all that have one.
    """
    columns = columns_of(cursor)
    if "store" not in columns:
        make_tables(cursor, database)
    elif "id" not in columns["store"]:
        raise _earlier_version()
    ((found,),) = cursor.execute("SELECT id FROM store").fetchall()
    return uuid.UUID(str(found))


def version_of(cursor: CatalogCursor) -> int | None:
    """Return which version of the tables is there, None where they are earlier than all versions, or none."""
    return _version(cursor) if "store" in columns_of(cursor) else None


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


def changed_table(columns: Mapping[str, set[str]]) -> str | None:
    """Return a table that has other columns than those of this version, None where all are as they should be."""
    for table, definition in _TABLE.findall(_schema()):
        names = {
            line.split()[0] for line in definition.splitlines() if line.strip() and not line.strip().startswith("--")
        }
        if columns.get(table) != names:
            return str(table)
    return None


def begin_filling(cursor: CatalogCursor, database: CatalogDatabase) -> bool:
    """Make empty tables that nobody uses until :func:`end_filling`; return whether that was begun before.

    Raises DataDirError, and changes nothing, where tables hold something, or are another version's.
    """
    version = version_of(cursor)
    if version != _FILLING:
        make_tables(cursor, database)
        for table in ("sessions", "captures", "unfinished"):
            if cursor.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall():
                raise DataDirError("the catalog holds captures or sessions already")
        cursor.execute("UPDATE store SET version = ?", [_FILLING])
    cursor.execute("DELETE FROM captures")
    cursor.execute("DELETE FROM sessions")
    return version == _FILLING


def end_filling(cursor: CatalogCursor) -> None:
    """Let tables be used."""
    cursor.execute("UPDATE store SET version = ?", [VERSION])


def begin_migration(cursor: CatalogCursor) -> bool:
    """Let nobody use the tables of an earlier version until :func:`end_migration`; return False where they are none.

    Raises DataDirError, and changes nothing, where this version cannot make them its own.
    """
    version = _version(cursor) if "store" in columns_of(cursor) else None
    if version == VERSION:
        return False
    if version is None:
        raise DataDirError("there is no catalog of an earlier version")
    if version > VERSION or version == _FILLING:
        _check_version(version)
    _check_columns(columns_of(cursor))
    cursor.execute("UPDATE store SET version = ?", [_MIGRATING])
    return True


def end_migration(cursor: CatalogCursor) -> None:
    """Let tables be used, which are now this version's."""
    cursor.execute("UPDATE store SET version = ?", [VERSION])


def _version(cursor: CatalogCursor) -> int | None:
    ((version,),) = cursor.execute("SELECT max(version) FROM store").fetchall()
    return None if version is None else int(version)


def _check_version(version: int) -> None:
    if version == _FILLING:
        raise DataDirError("the catalog holds a part of a copy: the command that copies has to be run again")
    if version == _MIGRATING:
        raise DataDirError("the catalog is an earlier version's in part: `harlake migrate` has to be run again")
    if version > VERSION:
        raise DataDirError(
            f"the catalog was made by a newer version of harlake (format {version}, and not {VERSION}): use that one;"
            " `harlake reindex` makes one for this version, and keeps the newer"
        )
    if version < VERSION:
        raise _earlier_version()


def _check_columns(columns: Mapping[str, set[str]]) -> None:
    """Raise DataDirError where something has been added or taken away: what is written would fail, or be incomplete."""
    table = changed_table(columns)
    if table is not None:
        raise DataDirError(
            f"the catalog's table {table} has other columns than this version of harlake knows;"
            " `harlake reindex` makes a new catalog, and keeps this one"
        )


def _schema() -> str:
    return files(__package__).joinpath("schema.sql").read_text("utf-8")


def _earlier_version() -> DataDirError:
    return DataDirError(
        "the catalog was made by an earlier version of harlake; `harlake migrate` brings it to this one"
    )
