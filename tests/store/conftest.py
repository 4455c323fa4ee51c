"""The databases that a catalog can be in, and where objects can be: in a folder, or in a bucket."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from harlake.store.catalog import Catalog
from harlake.store.catalog_database import CatalogDatabase
from harlake.store.database import Database
from harlake.store.local_objects import LocalObjects
from harlake.store.objects import ObjectStore
from harlake.store.postgres import PostgresDatabase
from harlake.store.s3_objects import S3Objects
from tests.support.faulty_proxy import FaultyProxy, faulty_proxy
from tests.support.postgres import PostgresServer
from tests.support.s3 import BUCKET, CREDENTIALS


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


@pytest.fixture
def s3_environment(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a service finds in its environment; the URL of an empty prefix of a bucket."""
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": s3_endpoint}.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/{uuid.uuid4()}"


@pytest.fixture
def s3_objects(s3_environment: str, tmp_path: Path) -> Iterator[S3Objects]:
    """Objects in a bucket."""
    objects = S3Objects(s3_environment, "captures", tmp_path)
    yield objects
    objects.close()


@pytest.fixture
def proxy(s3_endpoint: str) -> Iterator[FaultyProxy]:
    """A proxy in front of S3."""
    with faulty_proxy(s3_endpoint) as running:
        yield running


@pytest.fixture
def proxied(
    proxy: FaultyProxy, s3_environment: str, s3_objects: S3Objects, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[S3Objects]:
    """The same objects, behind the proxy."""
    assert s3_objects  # which has read the environment before it is changed
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.endpoint)
    objects = S3Objects(s3_environment, "captures", tmp_path)
    yield objects
    objects.close()


@pytest.fixture(params=["local", "s3"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """Objects in a folder, then in a bucket."""
    if request.param == "local":
        return LocalObjects(tmp_path / "objects")
    found = request.getfixturevalue("s3_objects")
    assert isinstance(found, S3Objects)
    return found
