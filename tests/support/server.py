"""A real server in a process of its own, and real curl that talks to it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Seconds after which something is taken to be stuck: many times what it takes on a busy machine.
PATIENCE = 300


@dataclass
class Server:
    """A harlake process that is serving a folder, or, if it ``is_shared``, a store that other nodes may serve too."""

    process: subprocess.Popen[bytes]
    url: str
    data_dir: Path
    log: Path
    is_shared: bool = False

    def curl(self, *arguments: str | Path) -> bytes:
        """Run curl on the arguments, in which a path from the root stands for this server's; return what it prints."""
        return self.try_curl(*arguments).stdout

    def try_curl(self, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        """Run curl, and return how it ended."""
        urls = [f"{self.url}{one}" if str(one).startswith("/api/") else str(one) for one in arguments]
        return subprocess.run(["curl", "-sS", "-m", str(PATIENCE), *urls], capture_output=True, check=False)

    def json(self, *arguments: str | Path) -> Any:
        """Run curl, and return the JSON that it prints."""
        return json.loads(self.curl(*arguments))

    def status(self, *arguments: str | Path) -> tuple[int, Any]:
        """Run curl, and return the HTTP status and the JSON body."""
        body, _, status = self.curl("-w", "\n%{http_code}", *arguments).rpartition(b"\n")
        return int(status), json.loads(body)

    def import_file(self, file: Path, *options: str) -> Any:
        """Import a file, and return the answer."""
        return self.json("-X", "POST", "/api/har/import", "-F", f"file=@{file}", *options)

    def resident(self) -> int:
        """Return the resident memory in bytes."""
        return 1024 * self._status("VmRSS")

    def peak_resident(self) -> int:
        """Return the highest resident memory so far in bytes."""
        return 1024 * self._status("VmHWM")

    def forget_peak(self) -> None:
        """Let the peak be that since now, see proc_pid_clear_refs(5)."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def threads(self) -> int:
        """Return how many threads the process has."""
        return self._status("Threads")

    def _status(self, field: str) -> int:
        """Return a number of proc_pid_status(5)."""
        match = re.search(rf"{field}:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        assert match is not None
        return int(match[1])

    def kill(self) -> None:
        """End the process as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """End the process as a user would, and return its status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(data_dir: Path, *options: str, port: int | None = None, **environment: str) -> Server:
    """Serve a folder, and return when the service answers."""
    port = port or free_port()
    log = data_dir.parent / f"{data_dir.name}.{port}.log"
    command = [sys.executable, "-m", "harlake", "serve", "--port", str(port), "--data-dir", str(data_dir), *options]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=os.environ | environment)
    give_up = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < give_up:
        with suppress(OSError, ValueError):
            said = json.loads((data_dir / "serving.json").read_bytes())
            if said["pid"] == process.pid:
                return Server(process, said["address"], data_dir, log, "--catalog" in options)
        time.sleep(0.02)
    process.kill()
    raise RuntimeError(f"no answer from {command}:\n{log.read_text()}")
