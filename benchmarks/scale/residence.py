"""What a service holds beside very many entries, and what it takes to remove some of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Final

from benchmarks.client import Connection
from benchmarks.scale.findings import Finding
from benchmarks.scale.goals import REMOVAL, RESIDENCE
from benchmarks.scale.large_store import LargeStore
from benchmarks.scale.setting import Setting
from benchmarks.servers import Sampler, Server, resident

_MIB: Final = 1 << 20
_PAGES: Final = 5
_PEAK: Final = "peak: "
_IDLE: Final = "idle"
_QUESTIONS: Final = ("entries?limit=100", "entries?limit=100&status=404", "entries?limit=100&url=*cart*", "stats")


def measure_residence(setting: Setting) -> Iterator[Finding]:
    """Ask a service that was started afresh, at each size of the catalog: of one capture, and of all others."""
    held: dict[str, dict[str, float]] = {}
    for side, store in setting.large.items():
        for entries in setting.sizes.entries:
            captures = entries // store.entries_each
            if side == "before":
                captures = min(captures, setting.sizes.captures_before)
            if captures > store.captures:
                store.grow(captures)
                for asked, mib in _asked(store).items():
                    held.setdefault(asked, {})[f"{side}, {store.entries:,}"] = mib
    for asked, sizes in held.items():
        if not asked.startswith((_PEAK, _IDLE)):
            now = [mib for name, mib in sizes.items() if name.startswith("now")]
            more = {"idle": held[_IDLE], "peak": held[_PEAK + asked]}
            measured = {name: [mib] for name, mib in sizes.items()}
            measured |= {f"{what} {name}": [mib] for what, of in more.items() for name, mib in of.items()}
            yield Finding(RESIDENCE.name, asked, [max(now) - min(now)], [], measured)


def _asked(store: LargeStore) -> dict[str, float]:
    """Return the MiB over idle, after questions and at their peak: of one capture, then of all others."""
    with store.serve() as server:
        found = {_IDLE: server.idle / _MIB}
        for name, session in (("asked of one capture", store.first), ("then of all others", store.others)):
            with Sampler(server.pid) as sampler:
                _ask(server, session)
            found[name] = (resident(server.pid) - server.idle) / _MIB
            found[_PEAK + name] = (sampler.peak - server.idle) / _MIB
    return found


def _ask(server: Server, session: str) -> None:
    connection = Connection(server.url)
    for question in _QUESTIONS:
        path = f"/api/sessions/{session}/{question}"
        for _ in range(_PAGES if question != "stats" else 1):
            answer = json.loads(connection.get(path)[1])
            if not answer.get("next"):
                break
            path = f"/api/sessions/{session}/{question}&cursor={answer['next']}"
    connection.close()


def measure_removal(setting: Setting) -> Iterator[Finding]:
    """Remove a session of one capture of the largest catalog, several times; once of the earlier version's."""
    took: dict[str, list[float]] = {}
    for side, store in setting.large.items():
        captures = max(setting.sizes.entries) // store.entries_each
        store.grow(captures - 1 if side == "now" else min(captures, setting.sizes.captures_before) - 1)
        with store.serve() as server:
            rounds = setting.rounds if side == "now" else 1
            took[side] = [_remove(store, server) for _ in range(rounds)]
    entries = max(setting.sizes.entries)
    before = f"before, of {setting.large['before'].entries + setting.large['before'].entries_each:,}: ms"
    what = f"{min(setting.sizes.entries):,} of {entries:,} entries"
    yield Finding(REMOVAL.name, what, took["now"], [], {before: took["before"]})


def _remove(store: LargeStore, server: Server) -> float:
    """Return the milliseconds that it takes to remove a capture that has just been imported."""
    session = store.add_alone(server)
    time.sleep(0.5)  # what an import leaves to be done after it
    connection = Connection(server.url)
    seconds = connection.delete(f"/api/sessions/{session}")
    connection.close()
    store.removed()
    return 1000 * seconds
