"""A data folder that grows, capture by capture, to very many entries."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks.client import curl, post
from benchmarks.files import File, check_room, said, varied
from benchmarks.servers import Server, harlake_server

#: Imports at a time.
_AT_ONCE = 2


class LargeStore:
    """Captures of equal size: the first in a session of its own, all others but those for removal in another one."""

    def __init__(self, data: Path, source: Path | None, file: File, entries: int) -> None:
        self._data = data
        self._source = source
        self._file = file
        self.entries_each = entries
        self.captures = 0
        #: The session of one capture, and that of the others.
        self.first = ""
        self.others = ""

    @property
    def entries(self) -> int:
        """How many entries there are in all."""
        return self.captures * self.entries_each

    def serve(self) -> AbstractContextManager[Server]:
        """Serve it with its version."""
        return harlake_server(self._data, source=self._source)

    def grow(self, captures: int) -> None:
        """Import until there are so many captures."""
        with self.serve() as server, said(f"importing up to {captures * self.entries_each:,} entries"):
            if not self.captures:
                self.first = self._import(server)
                self._check_room(captures)
                created = curl("-H", "Content-Type: application/json", "-d", "{}", f"{server.url}/api/sessions")
                self.others = json.loads(created)["id"]
            with ThreadPoolExecutor(_AT_ONCE) as clients:
                list(clients.map(lambda _: self._import(server, self.others), range(self.captures, captures)))

    def add_alone(self, server: Server) -> str:
        """Import one more capture, into a new session, which is returned."""
        return self._import(server)

    def removed(self) -> None:
        """Take note that a session of one capture was removed."""
        self.captures -= 1

    def _import(self, server: Server, session: str = "") -> str:
        answer = json.loads(post(f"{server.url}/api/har/import", self._file.path, *_field("sessionId", session)))
        assert answer["imported"] == self.entries_each
        self.captures += 1
        return str(answer["sessionId"])

    def _check_room(self, captures: int) -> None:
        each = sum(path.stat().st_size for path in self._data.rglob("*") if path.is_file())
        check_room(self._data, captures * each)


def _field(name: str, value: str) -> tuple[str, ...]:
    return ("-F", f"{name}={value}") if value else ()


@contextmanager
def large_store(folder: Path, source: Path | None, entries: int) -> Iterator[LargeStore]:
    """Make an empty one, whose captures are to have so many entries."""
    with tempfile.TemporaryDirectory(dir=folder) as place, varied(Path(place), entries) as file:
        yield LargeStore(Path(place) / "data", source, file, entries)
