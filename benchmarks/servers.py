"""Servers to measure: processes of their own, whose memory and processor time are read from /proc."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

_SAMPLE_SECONDS = 0.02
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Sampler:
    """Samples the resident memory of a process while it is open; ``peak`` and ``samples`` in bytes."""

    pid: int
    peak: int = 0
    samples: list[tuple[float, int]] = field(default_factory=list)

    def __enter__(self) -> Sampler:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        begin = time.monotonic()
        while not self._stop.wait(_SAMPLE_SECONDS):
            with suppress(OSError):
                now = resident(self.pid)
                self.peak = max(self.peak, now)
                self.samples.append((time.monotonic() - begin, now))


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used."""
        values = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(values[11]) + int(values[12])) / _TICKS


def resident(pid: int) -> int:
    """Return a process's resident memory in bytes."""
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(match[1]) * 1024 if match else 0


@contextmanager
def harlake_server(data_dir: Path, *options: str) -> Iterator[Server]:
    """Serve a data folder with harlake's own command."""
    port = _free_port()
    command = [sys.executable, "-m", "harlake", "serve", "--port", str(port), "--data-dir", str(data_dir), *options]
    with _running(command, port, "/api/health") as server:
        yield server


@contextmanager
def limits_server() -> Iterator[Server]:
    """Serve the handlers that do nothing."""
    port = _free_port()
    with _running([sys.executable, "-m", "benchmarks.limits_app", str(port)], port, "/yield/1") as server:
        yield server


@contextmanager
def _running(command: list[str], port: int, path: str) -> Iterator[Server]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        server = Server(f"http://127.0.0.1:{port}", process.pid)
        for _ in range(600):
            with suppress(URLError, OSError):
                urlopen(server.url + path).read()
                break
            if process.poll() is not None:
                raise RuntimeError(f"{command} ended with status {process.returncode}")
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
