"""Stores that services are started on and killed on: a folder, or PostgreSQL and S3; and what is left in them."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psycopg
import pytest

from harlake.store.backends import open_shared
from harlake.store.captures import CaptureStore
from harlake.store.catalog import Catalog
from harlake.store.collector import Collector
from harlake.store.objects import OBJECT_NAME, capture_of
from harlake.store.postgres import PostgresDatabase
from tests.support.cluster import Cluster
from tests.support.hars import catalog_rows, wait_for
from tests.support.s3 import BUCKET, CREDENTIALS
from tests.support.server import Server, free_port, start_server


class Store(Protocol):
    """Where nodes are started: ``nodes`` of them at most at a time, named by their numbers."""

    nodes: int

    def start(self, node: int) -> Server:
        """Start a node."""

    def begin_to_start(self, node: int) -> subprocess.Popen[bytes]:
        """Start the process of a node, and do not wait for it."""

    def settle(self, node: int) -> None:
        """Wait until a node that was killed can have no more effects."""

    def check(self, captures: Iterable[uuid.UUID]) -> None:
        """Check that the objects are those of the captures, and that nothing else is left.

        All nodes have been stopped.
        """


@dataclass
class LocalStore:
    """A data folder."""

    folder: Path
    nodes: int = 1

    def start(self, node: int = 0) -> Server:
        """Start a service, and check that it has removed what an earlier one has left."""
        server = start_server(self.folder)
        assert node == 0
        assert not [name for name in self._names("captures", "index") if name.endswith(".part")]
        return server

    def begin_to_start(self, node: int = 0) -> subprocess.Popen[bytes]:
        """Start the process of a service, and do not wait for it."""
        assert node == 0
        return _begin(self.folder, [], {})

    def settle(self, node: int) -> None:
        """Do nothing: what is dead does nothing more."""

    def check(self, captures: Iterable[uuid.UUID]) -> None:
        """Check that the objects are those of the captures, and that nothing else is left."""
        check_objects(self._names("captures", "index"), captures)
        assert self._names("scratch") == []
        assert catalog_rows(self.folder)["unfinished"] == 0
        assert {path.name for path in self.folder.iterdir()} <= {
            "catalog.duckdb",
            "captures",
            "index",
            "lock",
            "reserve",
        }

    def _names(self, *folders: str) -> list[str]:
        paths = (path for folder in folders for path in (self.folder / folder).rglob("*"))
        return [str(path.relative_to(self.folder)) for path in paths]


@dataclass
class SharedStore:
    """A schema of PostgreSQL and a prefix of a bucket, with a folder for each node."""

    folder: Path
    catalog: str
    s3: str
    nodes: int = 2
    #: Where nodes find them, if there is something in between.
    catalog_for_nodes: str = ""
    s3_for_nodes: str = ""
    prefix: str = field(default_factory=lambda: str(uuid.uuid4()))

    def start(self, node: int) -> Server:
        """Start a node."""
        return start_server(self.folder / str(node), *self._options(node), port=None, **self._environment())

    def begin_to_start(self, node: int) -> subprocess.Popen[bytes]:
        """Start the process of a node, and do not wait for it."""
        return _begin(self.folder / str(node), self._options(node), self._environment())

    def settle(self, node: int) -> None:
        """Wait until PostgreSQL has noticed that a node was killed: a commit may have been on its way."""
        sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        with psycopg.connect(self.catalog, autocommit=True) as connection:
            wait_for(lambda: connection.execute(sql, [self._name(node)]).fetchone() == (0,))

    def wait_until_quiet(self) -> None:
        """Wait until PostgreSQL does nothing for any node: a commit that nobody waited for may have been on its way."""
        sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE %s AND state <> 'idle'"
        with psycopg.connect(self.catalog, autocommit=True) as connection:
            wait_for(lambda: connection.execute(sql, [f"{self.prefix}/%"]).fetchone() == (0,))

    def collect(self) -> None:
        """Collect as a node does, without a grace period: all nodes have been stopped."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self._cluster.environment.items():
                patch.setenv(name, value)
            backend = open_shared(self.catalog, self._objects)(self.folder, lambda: None)
        backend.database.close()
        with closing(Catalog(PostgresDatabase(self.catalog, grace=0))) as catalog, closing(backend):
            captures = CaptureStore(backend.captures, 0)
            Collector(catalog, captures, backend.index, grace=0, is_written=lambda _: False).collect()

    def check(self, captures: Iterable[uuid.UUID]) -> None:
        """Check that the objects are those of the captures, and that nothing else is left."""
        for node in range(self.nodes):
            self.settle(node)
        self.collect()
        keys = self._cluster.keys()
        keys.remove("store.json")
        check_objects(keys, captures)
        assert self._cluster.uploads() == []
        assert self.unfinished() == []
        for node in range(self.nodes):
            assert list((self.folder / str(node)).rglob("scratch/*")) == []

    def unfinished(self) -> list[uuid.UUID]:
        """Return the captures that are not complete, yet or any more."""
        with psycopg.connect(self.catalog) as connection:
            return [capture for (capture,) in connection.execute("SELECT capture FROM unfinished")]

    def disconnect(self, node: int) -> None:
        """Cut the connections of a node to PostgreSQL, and wait until these are gone."""
        sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
        with psycopg.connect(self.catalog, autocommit=True) as connection:
            connection.execute(sql, [self._name(node)])
        self.settle(node)

    @property
    def _cluster(self) -> Cluster:
        return Cluster(self.catalog, self._objects, self.s3)

    @property
    def _objects(self) -> str:
        return f"s3://{BUCKET}/{self.prefix}"

    def _options(self, node: int) -> list[str]:
        catalog = f"{self.catalog_for_nodes or self.catalog}&application_name={self._name(node)}"
        return ["--catalog", catalog, "--objects", self._objects]

    def _environment(self) -> dict[str, str]:
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.s3_for_nodes or self.s3}

    def _name(self, node: int) -> str:
        return f"{self.prefix}/{node}"


def check_objects(names: Iterable[str], captures: Iterable[uuid.UUID]) -> None:
    """Check that there is one object of each capture, with at most files of its index, and no other."""
    found = [name.partition("/")[2] for name in names]
    assert [name for name in found if not OBJECT_NAME.fullmatch(name)] == []
    stored = [capture_of(name) for name in found if name.endswith(".har.zst")]
    expected = set(captures)
    assert (len(stored), set(stored) ^ expected) == (len(expected), set()), (stored, expected)
    assert set(map(capture_of, found)) <= expected


def _begin(folder: Path, options: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    port = str(free_port())
    command = [sys.executable, "-m", "harlake", "serve", "--port", port, "--data-dir", str(folder), *options]
    with (folder.parent / f"{folder.name}.killed.log").open("ab") as log:
        return subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | environment)
