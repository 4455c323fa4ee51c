"""What must hold of the service whenever nothing is asked of it, and what is kept in the folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx

from tests.support.hars import objects, wait_for
from tests.support.server import Server

#: Seconds in which whatever is left of requests has to be gone.
PATIENCE: Final = 60

#: What the process may have more of at the end of a run than when it had warmed up.
_MORE_FILES: Final = 16
_MORE_THREADS: Final = 32

_COUNTED: Final = ("sessions", "captures", "entries")
_COUNTS: Final = "SELECT " + ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in _COUNTED)


#: What the log has of answers that were cut off because what they were made of is no more.
_REMOVED: Final = "of [SessionNotFoundError"


@dataclass(frozen=True)
class Usage:
    """What the process of the service has taken."""

    resident: int
    files: int
    threads: int


def usage(server: Server) -> Usage:
    """Return what the process takes now; of systems without ``/proc``, nothing is known."""
    process = Path(f"/proc/{server.process.pid}")
    if not process.is_dir():
        return Usage(0, 0, 0)
    return Usage(server.resident(), len(list((process / "fd").iterdir())), server.threads())


def resting_problems(server: Server, service: httpx.Client) -> Iterator[str]:
    """Yield what is wrong with a service of which nothing is asked any more."""
    if server.process.poll() is not None:
        yield f"the service has ended with status {server.process.returncode}"
        return
    for path in ("/api/health", "/api/health/ready"):
        if (answer := service.get(path)).status_code != HTTPStatus.OK:
            yield f"{path} answers {answer.status_code} {answer.text}"
    if not _comes_true(lambda: not _borrowed(service)):
        yield f"places are still taken: {_borrowed(service)}"
    if not _comes_true(lambda: _listed(service) == _kept(service)):
        yield f"sessions, captures and entries are {_listed(service)}, in the catalog {_kept(service)}"
    if not _comes_true(lambda: len(objects(server)) == _listed(service)[1]):
        yield f"there are {_listed(service)[1]} captures, and the files {objects(server)}"
    if not _comes_true(lambda: not _scratch(server)):
        yield f"left in scratch: {_scratch(server)}"


def usage_problems(before: Usage, after: Usage, most: int) -> Iterator[str]:
    """Yield what the process has kept: memory beyond so many bytes, open files, threads."""
    if after.resident > before.resident + most:
        yield f"the memory of the service has grown by {(after.resident - before.resident) >> 20} MiB"
    if after.files > before.files + _MORE_FILES:
        yield f"the service had {before.files} open files, and has {after.files}"
    if after.threads > before.threads + _MORE_THREADS:
        yield f"the service had {before.threads} threads, and has {after.threads}"


class LogReader:
    """Reads what a service says, and finds what it should not have had to say."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = 0

    def errors(self) -> list[dict[str, Any]]:
        """Return the new lines that tell of errors, and those that are no lines of a log.

        An answer that is cut off because its session went is an error to uvicorn, and none to anybody else.
        """
        with self._log.open("rb") as file:
            file.seek(self._read)
            *lines, rest = file.read().split(b"\n")
            self._read = file.tell() - len(rest)
        found = [line for line in map(_parsed, lines) if line["level"] in ("ERROR", "CRITICAL")]
        return [line for line in found if _REMOVED not in line.get("error", "")]


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(text))
    except ValueError:
        return {"level": "ERROR", "message": text.decode("utf-8", "replace")}


def _comes_true(condition: Callable[[], object]) -> bool:
    try:
        wait_for(condition, PATIENCE)
    except AssertionError:
        return False
    return True


def _borrowed(service: httpx.Client) -> dict[str, int]:
    """Return how many places requests hold, but for the one that asks."""
    limiters = service.get("/api/health/ready").json()["limiters"]
    own = {"health": 1, "connections": 1}
    return {name: one["borrowed"] for name, one in limiters.items() if one["borrowed"] > own.get(name, 0)}


def _listed(service: httpx.Client) -> tuple[int, int, int]:
    sessions = service.get("/api/sessions").json()["sessions"]
    return len(sessions), sum(one["captureCount"] for one in sessions), sum(one["entryCount"] for one in sessions)


def _kept(service: httpx.Client) -> tuple[int, int, int]:
    row = service.post("/api/sql", json={"sql": _COUNTS}).json()
    return row["sessions"], row["captures"], row["entries"]


def _scratch(server: Server) -> list[str]:
    """Return what is left of requests; rows of small captures are kept there."""
    return sorted(path.name for path in (server.data_dir / "scratch").iterdir() if path.name not in ("kept", "orders"))
