"""Nodes that share a catalog in PostgreSQL and objects in S3, of a test's own."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from harlake.store.s3_uploads import S3Uploads
from tests.support.postgres import Postgres
from tests.support.s3 import ACCESS_KEY, BUCKET, CREDENTIALS, SECRET_KEY
from tests.support.server import Server, start_server


@dataclass
class Cluster:
    """A store that nobody else has: its ``catalog`` and ``objects`` are URLs, ``endpoint`` is where S3 is."""

    catalog: str
    objects: str
    endpoint: str
    _nodes: list[Server] = field(default_factory=list)

    @property
    def options(self) -> list[str]:
        """The options of ``harlake serve``."""
        return ["--catalog", self.catalog, "--objects", self.objects]

    @property
    def line(self) -> str:
        """The same, as a shell takes them."""
        return shlex.join(self.options)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that say where S3 is, and who asks."""
        return {**CREDENTIALS, "AWS_ENDPOINT_URL": self.endpoint}

    def start(self, data_dir: Path, *options: str) -> Server:
        """Start a node, which :meth:`stop` ends."""
        node = start_server(data_dir, *self.options, *options, port=None, **self.environment)
        self._nodes.append(node)
        return node

    def stop(self) -> None:
        """Stop the nodes that are running."""
        for node in self._nodes:
            if node.process.poll() is None:
                assert node.stop() == 0

    def keys(self) -> list[str]:
        """Return the keys of all objects, without what they have in common."""
        return sorted(found["path"] for page in obstore.list(self._store()) for found in page)

    def uploads(self) -> list[str]:
        """Return the keys of uploads that were begun, and neither completed nor ended."""
        prefix = self.objects.removeprefix(f"s3://{BUCKET}/")
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            return sorted(upload.key for upload in S3Uploads(BUCKET, f"{prefix}/").list())

    def put(self, key: str, data: bytes) -> None:
        """Put an object beside those of harlake."""
        obstore.put(self._store(), key, data)

    def _store(self) -> S3Store:
        return S3Store(
            BUCKET,
            prefix=self.objects.removeprefix(f"s3://{BUCKET}/"),
            config={"endpoint": self.endpoint, "access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY},
            client_options={"allow_http": True},
        )


def new_cluster(postgres: Postgres, endpoint: str) -> Cluster:
    """Return a store in which nothing is."""
    catalog = postgres.new_schema()
    return Cluster(catalog, f"s3://{BUCKET}/{catalog.rpartition('%3D')[2]}", endpoint)
