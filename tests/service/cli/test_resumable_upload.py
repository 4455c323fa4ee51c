"""``harlake import`` to a service that goes away while a file is sent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.hars import generated, numbered, saved, wait_for
from tests.support.server import PATIENCE, Server, start_server
from tests.support.tcp_proxy import tcp_proxy


def _importing(server: Server, file: Path, url: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "harlake", "import", str(file), "--json", "--server", url or server.url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _received(server: Server) -> int:
    return sum(one["received"] for one in server.json("/api/imports")["imports"])


def _check(server: Server, command: subprocess.Popen[str], file: Path) -> None:
    out, err = command.communicate(timeout=PATIENCE)
    assert command.returncode == 0, err
    assert "going on as soon as the service answers" in err
    assert json.loads(out)["uploadBytes"] == file.stat().st_size
    assert len(server.json("/api/captures")["captures"]) == 1
    assert [path.suffix for path in (server.data_dir / "uploads").glob("*")] in ([], [".json"])


@pytest.mark.slow
def test_the_service_is_killed_and_starts_again(own_server: Server, tmp_path: Path) -> None:
    """A large file goes on where it ended, which is said."""
    file = generated(tmp_path / "large.har", "tiny", 60_000_000)
    command = _importing(own_server, file)
    wait_for(lambda: _received(own_server) > 20_000_000)
    own_server.kill()
    server = start_server(own_server.data_dir, port=urlsplit(own_server.url).port)
    _check(server, command, file)
    assert server.stop() == 0


@pytest.mark.slow
@pytest.mark.parametrize("size", [3_000_000, 40_000_000], ids=["small", "large"])
def test_the_connection_breaks(own_server: Server, tmp_path: Path, size: int) -> None:
    """A small file goes again as a whole, and is imported once."""
    file = generated(tmp_path / "a.har", "tiny", size)
    port = urlsplit(own_server.url).port
    assert port is not None
    with tcp_proxy(port) as proxy:
        proxy.delay = 0.001
        command = _importing(own_server, file, f"http://127.0.0.1:{proxy.port}")
        wait_for(lambda: _received(own_server) > 500_000)
        proxy.delay = 0
        assert proxy.cut() > 0
        _check(own_server, command, file)


@pytest.mark.slow
def test_what_is_wrong_with_a_large_file_is_said(own_server: Server, tmp_path: Path) -> None:
    """As of a small one, with the place; and a session that is none ends it before it is sent."""
    file = saved(tmp_path / "bad.har", numbered(40_000)[:-100] + b"x")
    assert file.stat().st_size > 16 << 20
    out, err = _importing(own_server, file).communicate(timeout=PATIENCE)
    assert out == ""
    assert "bad.har:1:" in err
    assert "Invalid HAR file format" in err
    assert own_server.json("/api/sessions") == {"sessions": []}


def test_a_service_that_is_not_there_is_not_waited_for(tmp_path: Path) -> None:
    """Nobody has named it in vain before."""
    file = saved(tmp_path / "a.har", numbered(1))
    command = [sys.executable, "-m", "harlake", "import", str(file), "--server", "http://127.0.0.1:9"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.returncode != 0
    assert "refused" in done.stderr
