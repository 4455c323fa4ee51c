"""docs/operating.md is true: its proxies pass bodies on as they come, its unit and its rules are valid."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from harlake.cli.serve import serve
from harlake.settings import Settings
from tests.conftest import FIXTURES, ROOT
from tests.observability.test_metrics import samples
from tests.support.commands import environment
from tests.support.hars import entries_of, har, saved
from tests.support.postgres import Postgres
from tests.support.s3 import BUCKET
from tests.support.server import PATIENCE, Server, free_port, start_server
from tests.support.shell_lines import broken_links, needs, paste

_OPERATING = ROOT / "docs" / "operating.md"
_TEXT = _OPERATING.read_text("utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", _TEXT, re.MULTILINE | re.DOTALL)


def _replaced(text: str, **pairs: str) -> str:
    """Return an example with what a reader would put in place of ours; each text that is replaced must be there."""
    for old, new in pairs.items():
        assert old in text
        text = text.replace(old, new)
    return text


def _nginx(folder: Path, server: Server, port: int) -> list[str]:
    """Return nginx's command, for the example with a certificate of its own."""
    name = "har.example.org"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", "2"]
    files = ["-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem")]
    subprocess.run([*request, *files], check=True, capture_output=True)
    (example,) = _blocks("nginx")
    site = _replaced(
        example, **{"/etc/ssl": str(folder), "127.0.0.1:8889": server.url[7:], "listen 443": f"listen 127.0.0.1:{port}"}
    )
    temporary = "".join(f"{one}_temp_path {folder};\n" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    main = f"pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nworker_processes 1;\ndaemon off;\nevents {{}}\n"
    own = saved(folder / "nginx.conf", f"{main}http {{\naccess_log off;\n{temporary}{site}}}\n".encode())
    return ["nginx", "-c", str(own), "-e", str(folder / "error.log")]


def _caddy(folder: Path, server: Server, port: int) -> list[str]:
    """Return Caddy's command, for the example without TLS: Caddy would ask for a certificate from the internet."""
    (example,) = _blocks("caddyfile")
    site = _replaced(example, **{"har.example.org": f"http://127.0.0.1:{port}", "127.0.0.1:8889": server.url[7:]})
    own = saved(folder / "Caddyfile", f"{{\n\tadmin off\n\tauto_https off\n}}\n{site}".encode())
    return ["caddy", "run", "--config", str(own), "--adapter", "caddyfile"]


@contextmanager
def _proxy(command: list[str], folder: Path, port: int) -> Iterator[None]:
    """Run a proxy for as long as the context lasts, which begins when it listens."""
    environment = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "proxy.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        _wait_for(lambda: process.poll() is not None or _listens(port))
        assert process.poll() is None, (folder / "proxy.log").read_text()
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def _wait_for(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.parametrize(
    "proxy",
    [
        pytest.param(("https", _nginx), marks=needs("nginx", "openssl", "curl"), id="nginx"),
        pytest.param(("http", _caddy), marks=needs("caddy", "curl"), id="caddy"),
    ],
)
def test_a_proxy_passes_bodies_on_as_they_come(
    tmp_path: Path, proxy: tuple[str, Callable[[Path, Server, int], list[str]]]
) -> None:
    """A file above the usual limits of proxies, read by harlake while it is sent; and back again, byte for byte."""
    scheme, command = proxy
    server, port = start_server(tmp_path / "data"), free_port()
    url = f"{scheme}://127.0.0.1:{port}"
    text = b"".join(b"%032x" % (number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128)) for number in range(150_000))
    entry = b'{"request":{"url":"http://a.test/"},"response":{"content":{"text":"%b"}}}' % text
    file = saved(tmp_path / "large.har", har(*[entry] * 2))
    with _proxy(command(tmp_path, server, port), tmp_path, port):
        slow = ["curl", "-sk", "--limit-rate", "2M", f"{url}/api/har/import", "-F", f"file=@{file}"]
        with subprocess.Popen(slow, stdout=subprocess.PIPE) as upload:
            captures = server.data_dir / "captures"
            _wait_for(lambda: any(captures.iterdir()) or upload.poll() is not None)
            assert upload.poll() is None
            answer, _ = upload.communicate()
        assert b'"imported":2' in answer
        (session,) = server.json("/api/sessions")["sessions"]
        path = f"/api/har/export/{session['id']}"
        exported = server.curl("-k", "-H", "X-Forwarded-For: 192.0.2.7", f"{url}{path}")
        assert exported == server.curl(f"{server.url}{path}")
        assert server.curl("-k", "-o", "/dev/null", "-w", "%{http_code}", f"{url}/metrics") == b"404"
    assert server.stop() == 0
    own = [line for line in server.log.read_text().splitlines() if "path=/api/har/import" in line]
    assert re.search(r"client=127\.0\.0\.1 request_id=[0-9a-f-]{32,36}$", own[0])
    assert "client=192.0.2.7" not in server.log.read_text()  # a client's word


@needs("systemd-analyze")
def test_the_unit_is_valid_and_hardened(tmp_path: Path) -> None:
    """Systemd finds nothing wrong with it, and counts it among the services that are little exposed (from 0 to 10)."""
    (example,) = _blocks("ini")
    unit = saved(
        tmp_path / "harlake.service", _replaced(example, **{"/opt/harlake/bin/harlake": sys.executable}).encode()
    )
    for command in (["verify", "--man=no"], ["security", "--no-pager", "--offline=yes", "--threshold=25"]):
        done = subprocess.run(["systemd-analyze", *command, str(unit)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_unit_starts_what_there_is() -> None:
    """Its command's options are those of harlake."""
    (options,) = re.findall(r"^ExecStart=\S+ serve (.+)$", _TEXT, re.MULTILINE)
    known = {option for parameter in serve.params for option in parameter.opts}
    assert set(re.findall(r"--[\w-]+", options)) <= known


def test_rules_ask_for_metrics_that_there_are(server: Server) -> None:
    """Prometheus reads the configuration, and each metric of a rule is one of the service's."""
    probes, configuration, rules = map(yaml.safe_load, _blocks("yaml"))
    assert configuration["scrape_configs"][0]["static_configs"][0]["targets"] == ["127.0.0.1:8889"]
    assert {probe["httpGet"]["path"] for probe in probes.values()} == {"/api/health/live", "/api/health/ready"}
    server.status("/api/x")
    known = {name for name, *_ in samples(server.curl(f"{server.url}/metrics").decode())} | {"up"}
    for rule in rules["groups"][0]["rules"]:
        asked = re.findall(r"\b(?:harlake|process)_\w+|\bup\b", re.sub(r'"[^"]*"', "", rule["expr"]))
        assert asked
        assert set(asked) <= known, rule


def test_every_metric_is_documented(server: Server) -> None:
    """The table has the names of all, as Prometheus shows them."""
    server.status("/api/x")
    server.import_file(FIXTURES / "playwright-1.65_minimal.har")
    names = {name for name, *_ in samples(server.curl(f"{server.url}/metrics").decode()) if name.startswith("harlake")}
    documented = set(re.findall(r"`(harlake_\w+)`", _TEXT))
    assert {re.sub("_(bucket|count|sum)$", "", name) for name in names} == documented


@needs("promtool")
def test_prometheus_takes_the_configuration(tmp_path: Path) -> None:
    """Its own tool finds nothing wrong with it."""
    _, configuration, rules = _blocks("yaml")
    saved(tmp_path / "harlake-rules.yml", rules.encode())
    own = saved(tmp_path / "prometheus.yml", configuration.encode())
    subprocess.run(["promtool", "check", "config", str(own)], check=True, capture_output=True)


@needs("logrotate")
def test_logrotate_takes_its_configuration(tmp_path: Path) -> None:
    """It is a dry run."""
    (example,) = re.findall(r"^```\n(/var/log/harlake/audit\.log \{.*?)^```$", _TEXT, re.MULTILINE | re.DOTALL)
    own = saved(tmp_path / "harlake", example.replace("/var/log/harlake", str(tmp_path)).encode())
    (tmp_path / "audit.log").touch()
    own.chmod(0o644)
    done = subprocess.run(["logrotate", "-d", str(own)], capture_output=True, text=True, check=False)
    assert (done.returncode, "error:" in done.stderr) == (0, False), done.stderr


@pytest.mark.slow
def test_captures_are_a_backup(tmp_path: Path) -> None:
    """Files that were copied while the service runs make the same sessions and entries again."""
    server = start_server(tmp_path / "data")
    imported = server.import_file(FIXTURES / "playwright-1.65_minimal.har")
    path = f"/api/sessions/{imported['sessionId']}/entries"
    entries = server.json(path)["entries"]
    shutil.copytree(server.data_dir / "captures", tmp_path / "restored" / "captures")
    assert server.stop() == 0
    subprocess.run([sys.executable, "-m", "harlake", "reindex", "--data-dir", str(tmp_path / "restored")], check=True)
    restored = start_server(tmp_path / "restored")
    assert restored.json(path)["entries"] == entries
    assert restored.stop() == 0


@pytest.mark.slow
@needs("bash", "jq", "curl")
def test_two_nodes_by_hand(
    postgres: Postgres, s3_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines work as they stand, with another PostgreSQL, another S3 and other ports."""
    monkeypatch.setenv("PATH", environment()["PATH"])
    (lines,) = _blocks("bash")
    own = _replaced(
        lines,
        **{
            "http://127.0.0.1:8333": s3_endpoint,
            "postgresql://harlake@127.0.0.1/harlake": f"'{postgres.new_schema()}'",
            "s3://harlake/production": f"s3://{BUCKET}/{uuid.uuid4()}",
            ":8889": f":{(one := free_port())}",
            ":8890": f":{(two := free_port())}",
            "--port 8889": f"--port {one}",
            "--port 8890": f"--port {two}",
        },
    )
    shutil.copy(FIXTURES / "playwright-1.65_minimal.har", tmp_path / "traffic.har")
    paste(own, tmp_path)
    assert entries_of((tmp_path / "session.har").read_bytes()) == entries_of((tmp_path / "traffic.har").read_bytes())


def _composed() -> Any:
    """Return what compose.cluster.yaml says, as Docker reads it."""
    text = (ROOT / "compose.cluster.yaml").read_text("utf-8")
    return yaml.safe_load(re.sub(r"\$\{HARLAKE_SECRET[^}]*\}", "secret", text))


def test_the_composed_cluster_is_set_up_as_there_are_settings() -> None:
    """Variables of nodes are settings; what is named is there, and all have the same secret."""
    composed = _composed()
    services = composed["services"]
    names = {f"HARLAKE_{field.name.upper()}" for field in fields(Settings)}
    for node in ("node-1", "node-2"):
        variables = services[node]["environment"]
        assert {name for name in variables if name.startswith("HARLAKE_")} <= names
        assert set(services[node]["depends_on"]) <= set(services)
        assert urlsplit(variables["HARLAKE_CATALOG"]).hostname in services
        assert urlsplit(variables["AWS_ENDPOINT_URL"]).hostname in services
        assert variables["PGPASSWORD"] == services["postgres"]["environment"]["POSTGRES_PASSWORD"]
    (identity,) = json.loads(composed["configs"]["identities"]["content"])["identities"]
    assert identity["credentials"] == [
        {"accessKey": variables["AWS_ACCESS_KEY_ID"], "secretKey": variables["AWS_SECRET_ACCESS_KEY"]}
    ]
    for service in services.values():
        assert {one["source"] for one in service.get("configs", [])} <= set(composed["configs"])
    assert set(composed["volumes"]) == {"catalog", "objects"}


@needs("caddy")
def test_caddy_takes_the_composed_balancer(tmp_path: Path) -> None:
    """Its own tool finds nothing wrong with it."""
    own = saved(tmp_path / "Caddyfile", _composed()["configs"]["caddyfile"]["content"].encode())
    command = ["caddy", "validate", "--config", str(own), "--adapter", "caddyfile"]
    done = subprocess.run(
        command, env=os.environ | {"HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_links_lead_somewhere() -> None:
    """Every heading and file that is linked is there."""
    assert broken_links(_OPERATING) == []
