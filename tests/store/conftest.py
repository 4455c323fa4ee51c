"""The databases that a catalog can be in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harlake.store.catalog_database import CatalogDatabase
from harlake.store.database import Database
from harlake.store.postgres import PostgresDatabase
from tests.support.postgres import PostgresServer


@pytest.fixture(params=["duckdb", "postgresql"])
def catalog_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CatalogDatabase]:
    """An empty database, of either kind."""
    database: CatalogDatabase
    if request.param == "duckdb":
        database = Database(tmp_path / "catalog.duckdb")
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        # The server has just been started: it would take no node for dead.
        database = PostgresDatabase(server.new_schema(), grace=0)
    yield database
    database.close()
