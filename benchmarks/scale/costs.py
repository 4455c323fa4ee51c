"""``python -m benchmarks.scale.costs``: what captures cost in objects, in the catalog and in requests to S3.

The requests are counted by a proxy in front of the S3, and the bytes in PostgreSQL and in the bucket. Nothing is timed,
so it does not matter what else the machine does. ``docs/scale.md`` calculates with these figures.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import obstore
import psycopg
from obstore.store import S3Store

from benchmarks import results
from benchmarks.client import curl, post
from benchmarks.files import File, generated, varied
from benchmarks.machine import Machine, this_machine
from benchmarks.measuring import FailedError
from benchmarks.report import machine_line, table
from benchmarks.scale.cluster import bucket, catalog
from benchmarks.scale.report import digits
from benchmarks.servers import Server, harlake_server
from tests.support.faulty_proxy import FaultyProxy, faulty_proxy
from tests.support.s3 import BUCKET

#: Captures of each kind; what one takes is their mean.
_CAPTURES: Final = 50
_MIXED_BYTES: Final = 200_000_000
_PAGE: Final = "entries?limit=100&status=404"


class Kind(msgspec.Struct, frozen=True):
    """What one capture of a kind takes, in the mean: entries, and bytes."""

    name: str
    entries: int
    har: int
    object: float
    index: float
    catalog: float
    captures: int


class Operation(msgspec.Struct, frozen=True):
    """How many requests an operation sends to S3, by method."""

    name: str
    requests: dict[str, float]


class Costs(msgspec.Struct):
    """All that was counted."""

    machine: Machine
    kinds: list[Kind]
    operations: list[Operation]


@dataclass(frozen=True, slots=True)
class _Cluster:
    """What is counted in."""

    folder: Path
    options: tuple[str, ...]
    environment: dict[str, str]
    database: str
    proxy: FaultyProxy

    @contextmanager
    def node(self) -> Iterator[Server]:
        """Start a node that has nothing at hand."""
        with (
            tempfile.TemporaryDirectory(dir=self.folder) as data,
            harlake_server(Path(data), *self.options, environment=self.environment) as server,
        ):
            yield server

    def requests(self, action: Callable[[], object], times: int = 1) -> dict[str, float]:
        """Return what an action sends to S3, of so many times that it is done."""
        before = len(self.proxy.requests)
        for _ in range(times):
            action()
        sent = self.proxy.requests[before:]
        return {method: count / times for method, count in sorted(Counter(one.method for one in sent).items())}

    def stored(self, folder: str) -> int:
        """Return the bytes of all objects of a kind."""
        environment = self.environment
        store = S3Store(
            BUCKET,
            config={
                "endpoint": f"http://{self.proxy.upstream}",
                "access_key_id": environment["AWS_ACCESS_KEY_ID"],
                "secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
            },
            client_options={"allow_http": True},
        )
        return sum(one["size"] for page in obstore.list(store, f"benchmarks/{folder}") for one in page)

    def catalog_bytes(self) -> int:
        """Return the bytes of the captures in PostgreSQL, with their keys."""
        with psycopg.connect(self.database) as connection:
            row = connection.execute("SELECT pg_total_relation_size('captures')").fetchone()
        assert row is not None
        return int(row[0])


def costs(folder: Path, captures: int, mixed_bytes: int) -> Costs:
    """Import captures of several kinds, then ask for them."""
    found = Costs(this_machine(), [], [])
    with ExitStack() as opened:
        place = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=folder)))
        remote = opened.enter_context(bucket(place))
        proxy = opened.enter_context(faulty_proxy(remote.environment["AWS_ENDPOINT_URL"]))
        database = opened.enter_context(catalog())
        options = ("--catalog", database, "--objects", remote.url)
        cluster = _Cluster(place, options, {**remote.environment, "AWS_ENDPOINT_URL": proxy.endpoint}, database, proxy)
        found.operations.append(Operation("start of a node", cluster.requests(lambda: _start(cluster))))
        imported = {
            name: (session, times)
            for name, file, times in _files(opened, place, captures, mixed_bytes)
            for session in [_import(found, cluster, name, file, times)]
        }
        for name, (session, times) in imported.items():
            _ask(found, cluster, f"{times} × {name}" if times > 1 else name, session)
    return found


def _files(opened: ExitStack, folder: Path, captures: int, mixed_bytes: int) -> Iterator[tuple[str, File, int]]:
    """Yield the name of a kind, a file of it, and how often it is to be imported."""
    for entries in (20, 1_000):
        yield f"{entries:,} entries", opened.enter_context(varied(folder, entries, entries)), captures
    mixed = opened.enter_context(generated(folder, "mixed", mixed_bytes))
    yield mixed.name, mixed, 1


def _start(cluster: _Cluster) -> None:
    with cluster.node():
        pass


def _import(found: Costs, cluster: _Cluster, name: str, file: File, times: int) -> str:
    """Import a file so many times into one session, which is returned."""
    session, entries = "", 0

    def upload() -> None:
        nonlocal session, entries
        into = ("-F", f"sessionId={session}") if session else ()
        answer = json.loads(post(f"{node.url}/api/har/import", file.path, *into))
        session, entries = answer["sessionId"], answer["imported"]

    with cluster.node() as node:
        upload()
        session = ""  # what comes with the first of a kind is not counted
        before = (cluster.stored("captures"), cluster.stored("index"), cluster.catalog_bytes())
        sent = cluster.requests(upload, times)
        after = (cluster.stored("captures"), cluster.stored("index"), cluster.catalog_bytes())
    objects, index, rows = ((there - here) / times for here, there in zip(before, after, strict=True))
    found.operations.append(Operation(f"import of {name}", sent))
    found.kinds.append(Kind(name, entries, file.size, objects, index, rows, times))
    return session


def _ask(found: Costs, cluster: _Cluster, name: str, session: str) -> None:
    """Ask a node that has nothing at hand for a session, twice, and for all of it."""
    with cluster.node() as node:

        def page() -> None:
            curl("-o", "/dev/null", f"{node.url}/api/sessions/{session}/{_PAGE}")

        def entry() -> None:
            listed = json.loads(curl(f"{node.url}/api/sessions/{session}/entries?limit=1"))
            curl("-o", "/dev/null", f"{node.url}/api/entries/{listed['entries'][0]['id']}")

        def export() -> None:
            curl("-o", "/dev/null", f"{node.url}/api/har/export/{session}")

        for what, action in (("first page", page), ("same page again", page), ("an entry", entry), ("export", export)):
            found.operations.append(Operation(f"{what} of {name}", cluster.requests(action)))


def report(found: Costs) -> str:
    """Return what was counted as a document."""
    head = ("a capture of", "entries", "HAR", "object", "index", "catalog", "object an entry", "index an entry")
    kinds = [
        (
            one.name,
            f"{one.entries:,}",
            *(f"{size:,.0f}" for size in (one.har, one.object, one.index)),
            f"{one.catalog:,.0f}" if one.captures > 1 else "",  # tables grow by blocks of 8 KiB
            *(digits(size / one.entries) for size in (one.object, one.index)),
        )
        for one in found.kinds
    ]
    operations = [
        (one.name, *(digits(one.requests.get(method, 0)) for method in ("PUT", "POST", "GET", "HEAD", "DELETE")))
        for one in found.operations
    ]
    note = "Counted by `python -m benchmarks.scale.costs`. Bytes are means of captures of a kind."
    parts = ["# What captures cost", machine_line(found.machine), note, "## Bytes", table(head, kinds)]
    parts += ["## Requests to S3", table(("operation", "PUT", "POST", "GET", "HEAD", "DELETE"), operations)]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Count, and write the results."""
    parser = argparse.ArgumentParser(prog="benchmarks.scale.costs", description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the files go (default: a temporary folder)")
    parser.add_argument("--results", type=Path, default=results.FOLDER, help="where the results go")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        try:
            found = costs(Path(folder), _CAPTURES, _MIXED_BYTES)
        except FailedError as error:
            raise SystemExit(str(error)) from error
    text = report(found)
    results.write_document("costs", found, text, options.results)
    print(text)


if __name__ == "__main__":
    main()
