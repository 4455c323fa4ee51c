"""Servers to measure: processes of their own, whose memory and processor time are read from /proc."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

_SAMPLE_SECONDS = 0.02
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Sampler:
    """Samples the resident memory of a process while it is open; ``peak`` and ``samples`` in bytes.

    A process that exceeds ``memory`` bytes or ``patience`` seconds is killed (0: no limit); ``killed`` then says why.
    """

    pid: int
    memory: int = 0
    patience: float = 0
    killed: str = ""
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
        waiting = True
        while waiting:  # however short it is, there is a sample at the beginning and one at the end
            waiting = not self._stop.wait(_SAMPLE_SECONDS if self.samples else 0)
            with suppress(OSError):
                now = resident(self.pid)
                self.peak = max(self.peak, now)
                elapsed = time.monotonic() - begin
                self.samples.append((elapsed, now))
                self._limit(now, elapsed)

    def _limit(self, now: int, elapsed: float) -> None:
        if self.killed:
            return
        if self.memory and now > self.memory:
            self.killed = f"out of memory: more than {self.memory / 1e9:.3g} GB"
        elif self.patience and elapsed > self.patience:
            self.killed = f"not done after {self.patience:.0f} s"
        if self.killed:
            os.kill(self.pid, signal.SIGKILL)


@dataclass(frozen=True)
class Server:
    """A running server; ``idle`` is what it held in bytes when it had started."""

    url: str
    pid: int
    idle: int = 0

    def cpu_seconds(self) -> float:
        """Return the processor time that it has used."""
        values = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(values[11]) + int(values[12])) / _TICKS


def resident(pid: int) -> int:
    """Return a process's resident memory in bytes."""
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(match[1]) * 1024 if match else 0


@contextmanager
def harlake_server(
    data_dir: Path,
    *options: str,
    source: Path | None = None,
    environment: Mapping[str, str] | None = None,
    cores: Collection[int] = (),
) -> Iterator[Server]:
    """Serve a data folder with harlake's own command.

    ``source`` is the folder of another version's package, ``cores`` those that it may run on.
    """
    port = _free_port()
    command = [sys.executable, "-m", "harlake", "serve", "--port", str(port), "--data-dir", str(data_dir), *options]
    path = {} if source is None else {"PYTHONPATH": str(source)}
    with _running(command, port, "/api/health", path | dict(environment or {}), cores) as server:
        yield server


@contextmanager
def limits_server() -> Iterator[Server]:
    """Serve the handlers that do nothing."""
    port = _free_port()
    with _running([sys.executable, "-m", "benchmarks.limits_app", str(port)], port, "/yield/1") as server:
        yield server


@contextmanager
def _running(
    command: list[str], port: int, path: str, environment: Mapping[str, str] | None = None, cores: Collection[int] = ()
) -> Iterator[Server]:
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **(environment or {})}
    )
    try:
        if cores:  # before it has threads, which inherit them
            os.sched_setaffinity(process.pid, cores)
        url = f"http://127.0.0.1:{port}"
        for _ in range(6000):
            with suppress(URLError, OSError):
                urlopen(url + path).read()
                break
            if process.poll() is not None:
                raise RuntimeError(f"{command} ended with status {process.returncode}")
            time.sleep(0.05)
        yield Server(url, process.pid, resident(process.pid))
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
