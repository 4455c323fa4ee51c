"""A real PostgreSQL server, in a folder of its own, on a port of its own."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support.hars import wait_for
from tests.support.server import PATIENCE
from tests.support.sharing import shared

_USER = "harlake"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "fsync": "off",  # what a killed process has written is not lost: only the machine's crash would lose it
}


def start_postgres() -> PostgresServer:
    """Start a server; the test is skipped where PostgreSQL is not installed."""
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    server = PostgresServer(programs)
    server.start()
    return server


@contextmanager
def shared_postgres(folder: Path) -> Iterator[Postgres]:
    """Give a server that all workers share; the last one that needs it ends it."""

    def start() -> dict[str, Any]:
        programs = find_programs()
        if programs is None:
            pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
        server = PostgresServer(programs)
        return {"port": server.port, "folder": str(server.folder), "pid": server.start_detached()}

    def stop(known: Mapping[str, Any]) -> None:
        os.kill(known["pid"], signal.SIGQUIT)
        wait_for(lambda: not (Path(known["folder"]) / "data" / "postmaster.pid").exists())
        shutil.rmtree(known["folder"])

    with shared(folder, start, stop) as known:
        yield Postgres(known["port"])


def find_programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, None where there are none."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "postgres").is_file()), None)


class Postgres:
    """A server that somebody else has started, on a port of this machine."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, schema: str = "public") -> str:
        """Return the URL of a schema in its database."""
        options = f"?options=-csearch_path%3D{schema}"
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/postgres{options}"

    def new_schema(self) -> str:
        """Return the URL of a schema that nothing is in."""
        name = f"s{uuid.uuid4().hex}"
        self.execute(f"CREATE SCHEMA {name}")
        return self.url(name)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Execute a statement, and return its rows."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


class PostgresServer(Postgres):
    """A server that is running; :meth:`stop` it, which removes its folder.

    PostgreSQL does not run as root: then, it runs as the user that its package has made, or as nobody.
    """

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._data = self._folder / "data"
        self._user = _user_to_run_as()
        if self._user is not None:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        super().__init__(_free_port())
        self._run("initdb", "-D", self._data, "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    @property
    def folder(self) -> Path:
        """What is removed with it."""
        return self._folder

    def start(self) -> None:
        """Start it, and wait until it can be connected to; what was killed may be on its way out."""
        self._process = self._begin("postgres", "-D", self._data, "-p", str(self.port), *_options())
        wait_for(self._is_up)

    def start_detached(self) -> int:
        """Start it so that it outlives this process, wait until it can be connected to, and return its id."""
        options = shlex.join(["-p", str(self.port), *_options()])
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-o", options)
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def kill(self) -> None:
        """Kill it, with the processes that serve its clients."""
        self._signal(signal.SIGKILL)
        self._process.wait(PATIENCE)

    def pause(self) -> None:
        """Let it stand still; connections stay open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """Stop it, without waiting for its clients, and remove its folder."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(PATIENCE)
        shutil.rmtree(self._folder)

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal to the server, and to the processes that serve its clients."""
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        processes = children.read_text().split() if children.is_file() else []
        for process in (self._process.pid, *map(int, processes)):
            with suppress(ProcessLookupError):
                os.kill(process, number)

    def _is_up(self) -> bool:
        if self._process.poll() is not None:  # it could not have the memory of the one before yet
            self._process = self._begin("postgres", "-D", self._data, "-p", str(self.port), *_options())
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str | Path) -> None:
        assert self._begin(program, *arguments).wait(PATIENCE) == 0, (self._folder / "log").read_text()

    def _begin(self, program: str, *arguments: str | Path) -> subprocess.Popen[bytes]:
        user = self._user
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                [self._programs / program, *arguments],
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=user and user.pw_uid,
                group=user and user.pw_gid,
                extra_groups=user and [],
            )


def _options() -> list[str]:
    return [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _user_to_run_as() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")
