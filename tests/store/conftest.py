"""The databases that a catalog can be in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from harlake.store.catalog import Catalog
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


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    """An empty schema."""
    return postgres.new_schema()


@pytest.fixture
def nodes(url: str) -> Iterator[tuple[Catalog, Catalog]]:
    """Two nodes with one catalog."""
    with (
        closing(Catalog(PostgresDatabase(url, grace=0))) as one,
        closing(Catalog(PostgresDatabase(url, grace=0))) as two,
    ):
        yield one, two
