"""Very many small captures: what each import takes, and pages of sessions that consist of them."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from benchmarks.client import Connection
from benchmarks.files import said
from benchmarks.scale.findings import Finding, Taken, against
from benchmarks.scale.goals import SMALL_IMPORT, SMALL_PAGE
from benchmarks.scale.setting import Setting
from benchmarks.servers import Server, harlake_server
from benchmarks.varied import chunks

_ENTRIES: Final = 20
#: Different files that are imported in turns.
_FILES: Final = 200
#: Imports of one version, before it is the other's turn; their median is a round.
_TURN: Final = 100

_FILTERS: Final = ("status=404", "method=POST", "url=*cart*", "mime=image/*", "status=5xx&type=xhr")


class _Side:
    """A version that gets small captures."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection = Connection(server.url)
        self.sessions: list[str] = []
        self.imports: list[float] = []
        self.cpu: list[float] = []

    def import_all(self, files: list[bytes], *, into_new: bool) -> None:
        """Import files one after the other into the last session, or a new one."""
        begin = self._server.cpu_seconds()
        times = []
        for har in files:
            session = {} if into_new else {"sessionId": self.sessions[-1]}
            seconds, answer = self._connection.upload("/api/har/import", har, **session)
            if into_new:
                self.sessions.append(json.loads(answer)["sessionId"])
                into_new = False
            times.append(seconds)
        self.imports.append(statistics.median(times))
        self.cpu.append((self._server.cpu_seconds() - begin) / len(files))

    def page(self, session: str, query: str) -> float:
        """Return the milliseconds that a page of a session takes."""
        return 1000 * self._connection.get(f"/api/sessions/{session}/entries?limit=100&{query}")[0]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def measure(setting: Setting) -> Iterator[Finding]:
    """Import with both versions in turns, then list sessions of so many captures."""
    sizes = setting.sizes
    files = [b"".join(chunks(_ENTRIES, seed)) for seed in range(_FILES)]
    turn = min(_TURN, sizes.captures_a_session)
    with ExitStack() as opened, said(f"{sizes.small_captures:,} imports of {_ENTRIES} entries with each version"):
        place = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=setting.folder)))
        sides = {}
        for name, source in setting.sides.items():
            sides[name] = _Side(opened.enter_context(harlake_server(place / name, source=source)))
            opened.callback(sides[name].close)
        for first in range(0, sizes.small_captures, turn):
            for side in sides.values():
                some = [files[number % _FILES] for number in range(first, first + turn)]
                side.import_all(some, into_new=first % sizes.captures_a_session == 0)
        now, before = (Taken(sides[name].imports, sides[name].cpu) for name in ("now", "before"))
        yield against(SMALL_IMPORT, f"{sizes.small_captures:,} imports", now, before)
        yield from _pages(sides, sizes.captures_a_session)


def _pages(sides: dict[str, _Side], captures: int) -> Iterator[Finding]:
    for way in ("first", "again"):
        for kind, queries in (("filtered", _FILTERS), ("sorted", ("sort=-time", "sort=startedDateTime"))):
            measured: dict[str, list[float]] = {}
            for number in range(len(sides["now"].sessions)):
                for query in queries:
                    for name, side in sides.items():
                        measured.setdefault(f"{name} ms", []).append(side.page(side.sessions[number], query))
            yield Finding(SMALL_PAGE.name, f"{kind}, {captures:,} captures, {way}", measured["now ms"], [], measured)
