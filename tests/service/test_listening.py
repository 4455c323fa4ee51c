"""Where a service listens: on which addresses it starts without tokens, on Unix sockets, with TLS, behind proxies."""

from __future__ import annotations

import json
import os
import shlex
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import failure, output, run
from tests.support.hars import JSON, numbered, saved
from tests.support.server import free_port, start_server
from tests.support.shell_lines import needs

_QUERY = ("/api/sql", *JSON, "-d", '{"sql": "SELECT 1 AS one"}')


#: A certificate for the loopback address, and its key.
_REQUEST = (
    "-x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost"
    " -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
)


@pytest.mark.slow
@pytest.mark.parametrize("host", ["0.0.0.0", pytest.param("::", marks=pytest.mark.slow)])
def test_it_refuses_to_listen_to_everybody_without_tokens(tmp_path: Path, host: str) -> None:
    """It says how to make one; nothing has been made, and nobody has been listened to."""
    said = failure(f"harlake serve --host {host} --port {free_port()} --data-dir data", tmp_path)
    assert f"everybody who reaches {host} could read it" in said
    assert "`harlake token create --scope admin --data-dir data`" in said
    assert "--insecure" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_with_a_token_it_listens_to_everybody(tmp_path: Path) -> None:
    """The command that the error names is enough; whoever has no token gets nothing."""
    token = output("harlake token create --scope admin --data-dir data", tmp_path).strip()
    server = start_server(tmp_path / "data", "--host", "0.0.0.0", "--allowed-host", "har.example.com")
    try:
        assert server.status("/api/sessions")[0] == 401
        assert server.status("/api/sessions", "-u", f":{token}") == (200, {"sessions": []})
        assert server.status(*_QUERY, "-u", f":{token}") == (200, {"one": 1})
        assert server.status("/api/sessions", "-u", f":{token}", "-H", "Host: har.example.com")[0] == 200
        assert server.status("/api/sessions", "-u", f":{token}", "-H", "Host: x.example.com")[0] == 403
    finally:
        assert server.stop() == 0


@pytest.mark.slow
def test_insecure_is_said_aloud_and_has_no_sql(tmp_path: Path) -> None:
    """Everybody may do everything but what costs the most, and the log says so."""
    server = start_server(tmp_path / "data", HARLAKE_HOST="0.0.0.0", HARLAKE_INSECURE="1")
    try:
        assert server.status("-X", "POST", "/api/sessions")[0] == 201
        status, answer = server.status(*_QUERY)
        assert (status, answer["error"]) == (403, "Insufficient scope")
        assert "everybody who reaches 0.0.0.0 can read and remove everything" in server.log.read_text()
    finally:
        server.stop()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ("--require-token", "--require-token needs a token"),
        ("--require-token --insecure", "exclude each other"),
        ("--allowed-host http://a", "no host name"),
        ("--root-path lake", "no path such as /harlake"),
        ("--root-path '/a\"b'", "no path such as /harlake"),
        ("--uds /nowhere/socket", "/nowhere/socket: No such file"),
        ("--ssl-certfile /nowhere.pem", "No such file"),
    ],
)
def test_settings_that_cannot_be(tmp_path: Path, options: str, complaint: str) -> None:
    """One line says what is wrong."""
    done = run(f"harlake serve --port {free_port()} --data-dir data {options}", tmp_path)
    assert done.returncode != 0
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_unix_socket(tmp_path: Path) -> None:
    """It is its owner's only whatever the umask; the command line and curl reach it; it is gone at the end."""
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))  # by a service that was killed
    before = os.umask(0)
    try:
        server = start_server(tmp_path / "data", "--uds", str(path))
    finally:
        os.umask(before)
    try:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert server.url == f"unix:{path}"
        assert json.loads(server.curl("--unix-socket", path, "http://localhost/api/sessions")) == {"sessions": []}
        saved(tmp_path / "a.har", numbered(3))
        for number, address in enumerate((f"unix:{path}", f"http+unix://{str(path).replace('/', '%2F')}"), start=1):
            assert "a.har: 3 entries" in output(f"harlake import a.har --server {address}", tmp_path)
            assert output(f"harlake sessions --json --server {address}", tmp_path).count("\n") == number
        assert output("harlake sessions --json --data-dir data", tmp_path).count("\n") == 2
        said = failure(f"harlake serve --uds {path} --data-dir other", tmp_path)
        assert "Address already in use" in said
    finally:
        assert server.stop() == 0
    assert not path.exists()


@pytest.mark.slow
@needs("openssl")
def test_tls(tmp_path: Path) -> None:
    """Curl and the command line reach it with its certificate, and not without; pages without TLS are others."""
    subprocess.run(["openssl", "req", *shlex.split(_REQUEST)], cwd=tmp_path, check=True, capture_output=True)
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    server = start_server(tmp_path / "data", "--ssl-certfile", str(certificate), "--ssl-keyfile", str(key))
    try:
        assert server.url.startswith("https://127.0.0.1:")
        here = ("--cacert", str(certificate))
        saved(tmp_path / "big.har", numbered(3_000))
        imported = server.json(*here, "/api/har/import", "-F", f"file=@{tmp_path / 'big.har'}")
        assert imported["imported"] == 3_000
        exported = json.loads(server.curl(*here, f"/api/har/export/{imported['sessionId']}"))
        assert len(exported["log"]["entries"]) == 3_000
        assert server.status(*here, "/api/sessions", "-H", f"Origin: {server.url}")[0] == 200
        assert server.status(*here, "/api/sessions", "-H", f"Origin: http{server.url[5:]}")[0] == 403
        assert server.try_curl("/api/sessions").returncode == 60
        sessions = f"harlake sessions --json --server {server.url}"
        assert output(f"{sessions} --ca-file cert.pem", tmp_path) == output(
            sessions, tmp_path, SSL_CERT_FILE="cert.pem"
        )
        assert "certificate" in failure(sessions, tmp_path)
    finally:
        assert server.stop() == 0


@pytest.mark.slow
def test_a_root_path(tmp_path: Path) -> None:
    """Links, assets and the servers of the schema begin with it, whether the proxy takes it away or leaves it."""
    server = start_server(tmp_path / "data", "--root-path", "/lake/har/")
    try:
        for prefix in ("", "/lake/har"):
            assert server.json(f"{server.url}{prefix}/api/sessions") == {"sessions": []}
            page = server.curl("--fail", f"{server.url}{prefix}/schema").decode()
            assert page.count('="/lake/har/schema/') == page.count('="/') == 5
        asset = server.curl("--fail", f"{server.url}/lake/har/schema/assets/swagger-ui.css")
        assert len(asset) > 1_000
        schema = server.json(f"{server.url}/schema/openapi.json")
        assert schema["servers"] == [{"url": "/lake/har"}]
        assert output(f"harlake sessions --json --server {server.url}/lake/har", tmp_path) == ""
        assert server.status(f"{server.url}/lake/harbour")[0] == 404
    finally:
        assert server.stop() == 0
