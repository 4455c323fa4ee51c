"""PostgreSQL or S3 is gone, or was never there: it is said, and all is well when it is back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import FIXTURES
from tests.support.cluster import Cluster, new_cluster
from tests.support.commands import environment, run
from tests.support.faulty_proxy import Fault, faulty_proxy
from tests.support.hars import JSON, export, headers, imported, send, wait_for
from tests.support.postgres import Postgres, PostgresServer
from tests.support.server import PATIENCE, Server

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"


def _problems(node: Server) -> tuple[int, list[str]]:
    status, answer = node.status("/api/health/ready")
    return status, answer["problems"]


@pytest.mark.slow
def test_postgres_is_gone_for_a_while(own_postgres: PostgresServer, s3_endpoint: str, tmp_path: Path) -> None:
    """Whoever asks is told to come again, and why; when it is back, nothing has changed."""
    cluster = new_cluster(own_postgres, s3_endpoint)
    node = cluster.start(tmp_path / "node")
    session = imported(node, _SAMPLE)["sessionId"]
    exported = export(node, session)
    own_postgres.kill()
    for arguments in (["/api/sessions"], [f"/api/har/export/{session}"], ["/api/har/import", "-F", f"file=@{_SAMPLE}"]):
        status, answer = node.status(*arguments)
        assert (status, answer["error"]) == (503, "Catalog unavailable")
    assert headers(node, "/api/sessions")["retry-after"] == ["5"]
    assert _problems(node) == (503, ["the catalog cannot be read"])
    own_postgres.start()
    wait_for(lambda: _problems(node) == (200, []))
    assert export(node, session) == exported
    wait_for(lambda: send(node, "import", _SAMPLE)[0] == 200)
    cluster.stop()


@pytest.mark.slow
def test_the_bucket_is_gone_for_a_while(cluster: Cluster, tmp_path: Path) -> None:
    """What needs no object is answered; the rest is tried for some seconds, and refused."""
    with faulty_proxy(cluster.endpoint) as proxy:
        cluster.endpoint = proxy.endpoint
        node = cluster.start(tmp_path / "node")
        session = imported(node, _SAMPLE)["sessionId"]
        exported = export(node, session)
        proxy.faults = lambda _: Fault(0)
        assert _problems(node) == (503, ["captures cannot be reached"])
        assert len(node.json(f"/api/sessions/{session}/entries")["entries"]) == 30
        assert node.json("/api/sql", *JSON, "-d", '{"sql": "SELECT count(*) n FROM entries"}') == {"n": 30}
        for arguments in ([f"/api/har/export/{session}"], ["/api/har/import", "-F", f"file=@{_SAMPLE}"]):
            status, answer = node.status(*arguments)
            assert (status, answer["error"]) == (503, "Storage unavailable")
        proxy.faults = lambda _: None
        assert _problems(node) == (200, [])
        assert export(node, session) == exported
        assert len(node.json("/api/sessions")["sessions"]) == 1
        cluster.stop()


def _refused(folder: Path, *options: str, **variables: str) -> str:
    """Start a service that cannot be; return the line that says so."""
    command = [sys.executable, "-m", "harlake", "serve", "--port", "1", "--data-dir", str(folder), *options]
    done = subprocess.run(
        command, env=environment(**variables), capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert (done.returncode, done.stdout) == (4, "")
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr
    return errors[0].removeprefix("Error: ")


@pytest.mark.slow
def test_one_of_two_options(tmp_path: Path) -> None:
    """They belong together."""
    assert "belong together" in _refused(tmp_path / "a", "--catalog", "postgresql://a:secret@b/c")


@pytest.mark.slow
def test_packages_that_are_missing(tmp_path: Path) -> None:
    """Whoever has not installed the extra is told its name."""
    (tmp_path / "psycopg.py").write_text("raise ImportError('hidden')")
    options = ("--catalog", "postgresql://a:secret@b/c", "--objects", "s3://bucket")
    assert "pip install 'harlake[cluster]'" in _refused(tmp_path / "a", *options, PYTHONPATH=str(tmp_path))


@pytest.mark.slow
def test_what_is_wrong_at_the_start_is_told(cluster: Cluster, tmp_path: Path) -> None:
    """A line, without the password."""
    good = cluster.environment

    def refused(catalog: str = cluster.catalog, objects: str = cluster.objects, **variables: str) -> str:
        return _refused(tmp_path / "a", "--catalog", catalog, "--objects", objects, **good, **variables)

    assert "cannot connect to the catalog" in refused("postgresql://harlake:secret@127.0.0.1:1/harlake")
    nobody = cluster.catalog.replace("harlake@", "nobody:secret@")
    assert "cannot connect to the catalog" in refused(nobody)
    assert "not one that PostgreSQL takes" in refused("mysql://a:secret@b/c")
    assert "no URL such as s3://bucket/prefix" in refused(objects="https://example.com/bucket")
    assert "object store" in refused(objects="s3://no-such-bucket")
    wrong = {"AWS_SECRET_ACCESS_KEY": "secret", **{name: good[name] for name in good if "SECRET" not in name}}
    line = _refused(tmp_path / "a", *cluster.options, **wrong)
    assert "refuses its credentials" in line


@pytest.mark.slow
def test_a_bucket_of_another_catalog_is_refused(cluster: Cluster, postgres: Postgres, tmp_path: Path) -> None:
    """So nobody takes the objects of one for orphans of the other, unless it is told to bring them in."""
    node = cluster.start(tmp_path / "node")
    session = imported(node, _SAMPLE)["sessionId"]
    other = Cluster(postgres.new_schema(), cluster.objects, cluster.endpoint)
    line = _refused(tmp_path / "a", *other.options, **other.environment)
    assert line.startswith(f"{cluster.objects} belongs to another catalog")
    exported = export(node, session)
    assert node.stop() == 0
    assert "(mended)" in run(f"harlake check --repair {other.line}", tmp_path, **other.environment).stdout
    assert "belongs to another catalog" in _refused(tmp_path / "b", *cluster.options, **cluster.environment)
    assert export(other.start(tmp_path / "node"), session) == exported
    other.stop()
