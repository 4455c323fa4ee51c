"""Two nodes that share a store: what one acknowledges, the other has; what dies leaves nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import FIXTURES
from tests.support.cluster import Cluster, new_cluster
from tests.support.commands import json_lines, output
from tests.support.hars import JSON, entries_of, export, generated, imported, numbered, saved, wait_for
from tests.support.postgres import Postgres
from tests.support.server import PATIENCE, Server

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"


@dataclass
class Nodes:
    """Two nodes of a cluster, and a folder for files."""

    cluster: Cluster
    one: Server
    two: Server
    folder: Path

    def upload_slowly(self, node: Server, size: int) -> subprocess.Popen[bytes]:
        """Start an upload that takes long, and return its curl when the bucket has something of it."""
        file = generated(self.folder / "large.har", "mixed", size)
        form = ["-F", f"file=@{file}", f"{node.url}/api/har/import"]
        curl = subprocess.Popen(["curl", "-sS", "-o", "/dev/null", "-m", str(PATIENCE), "--limit-rate", "8M", *form])
        wait_for(self.cluster.uploads)
        return curl


@pytest.fixture(scope="module")
def nodes(postgres: Postgres, s3_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Two nodes that run for all of these tests; objects of what is removed stay for an hour."""
    cluster, folder = new_cluster(postgres, s3_endpoint), tmp_path_factory.mktemp("nodes")
    yield Nodes(cluster, cluster.start(folder / "one"), cluster.start(folder / "two"), folder)
    cluster.stop()


def _names(server: Server) -> dict[str, str]:
    return {one["id"]: one["name"] for one in server.json("/api/sessions")["sessions"]}


def _count(server: Server, session: str) -> object:
    query = f"SELECT count(*) AS n FROM entries WHERE session = '{session}'"
    return server.json("/api/sql", *JSON, "-d", json.dumps({"sql": query}))


@pytest.mark.slow
def test_what_one_acknowledges_the_other_shows_next(nodes: Nodes, tmp_path: Path) -> None:
    """Imports, small and large, names, entries, exports, queries in SQL, and removals."""
    one, two = nodes.one, nodes.two
    small = imported(one, _SAMPLE)["sessionId"]
    assert (
        two.json(f"/api/sessions/{small}/entries")["entries"] == one.json(f"/api/sessions/{small}/entries")["entries"]
    )
    assert entries_of(export(two, small)) == entries_of(_SAMPLE.read_bytes())
    large = saved(tmp_path / "large.har", numbered(3_000))
    imported(two, large, "-F", f"sessionId={small}")
    assert _count(one, small) == {"n": 3_030}
    totals = [node.json(f"/api/sessions/{small}/entries?limit=1&method=GET")["total"] for node in (one, two)]
    assert totals[0] == totals[1] > 3_000
    exported = export(one, small)
    assert exported == export(two, small)
    assert entries_of(exported)[30:] == entries_of(large.read_bytes())
    for number, (asked, other) in enumerate([(one, two), (two, one)]):
        asked.json("-X", "PATCH", f"/api/sessions/{small}", *JSON, "-d", f'{{"name":"{number}"}}')
        assert _names(other)[small] == str(number)
    assert one.status("-X", "DELETE", f"/api/sessions/{small}") == (200, {"success": True})
    assert two.status(f"/api/sessions/{small}")[0] == 404
    assert two.status(f"/api/har/export/{small}")[0] == 404
    assert _count(two, small) == {"n": 0}


@pytest.mark.slow
def test_an_export_ends_though_another_node_removes_its_session(nodes: Nodes, tmp_path: Path) -> None:
    """Objects stay for the grace period; until then, whoever reads them goes on."""
    session = imported(nodes.one, saved(tmp_path / "a.har", numbered(60_000)))["sessionId"]
    whole, out = export(nodes.two, session), tmp_path / "out"
    url = f"{nodes.two.url}/api/har/export/{session}"
    with subprocess.Popen(["curl", "-sS", "-m", str(PATIENCE), "--limit-rate", "20M", "-o", out, url]) as curl:
        wait_for(lambda: out.exists() and out.stat().st_size > 0)
        assert curl.poll() is None
        nodes.one.json("-X", "DELETE", f"/api/sessions/{session}")
        assert nodes.two.status(f"/api/sessions/{session}")[0] == 404
    assert (curl.returncode, out.read_bytes() == whole) == (0, True)


@pytest.mark.slow
def test_a_node_that_is_killed_leaves_nothing(nodes: Nodes, postgres: Postgres) -> None:
    """Kill -9 in the middle of an import: another shows nothing of it, and removes what was left, parts of it too."""
    cluster, folder = nodes.cluster, nodes.folder
    kept = imported(nodes.two, _SAMPLE)
    before = set(cluster.keys())
    dying = cluster.start(folder / "dying")
    upload = nodes.upload_slowly(dying, 60_000_000)
    assert _names(nodes.two) == _names(dying) == _names(nodes.one)
    dying.kill()
    upload.wait()
    assert kept["sessionId"] in _names(nodes.two)
    assert cluster.uploads() != []
    # A database that has just been started has lost all locks: nobody is taken for dead.
    wait_for(lambda: postgres.execute("SELECT now() - pg_postmaster_start_time() > '30s'") == [(True,)])
    removed = json_lines(output(f"harlake gc --grace 0 --json {cluster.line}", folder, **cluster.environment))
    assert {one["kind"] for one in removed} >= {"capture", "unfinished"}
    assert cluster.uploads() == []
    assert set(cluster.keys()) <= before
    assert entries_of(export(nodes.two, kept["sessionId"])) == entries_of(_SAMPLE.read_bytes())
    assert nodes.one.status("-X", "DELETE", f"/api/sessions/{kept['sessionId']}")[0] == 200
