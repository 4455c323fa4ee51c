"""What questions of a large capture take, against before: asked for the first time, asked again, and page by page.

Both versions are started afresh in each round, so that nothing is known of the capture, and asked in turns. What a
process loads on demand, it loads for another capture before that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from random import Random
from typing import Final

from benchmarks.client import Connection
from benchmarks.files import said
from benchmarks.measuring import server_case
from benchmarks.scale.findings import Finding, Taken, against
from benchmarks.scale.goals import QUESTIONS
from benchmarks.scale.million import PAGE, Store
from benchmarks.scale.setting import Setting
from benchmarks.servers import Server

#: Queries of each kind; that they differ keeps the second from being the first, asked again.
_LISTINGS: Final = {
    "filter and total": ("status=404", "status=5xx&type=xhr", "method=POST", "mime=image/*", "host=www.*&status=302"),
    "sorted": ("sort=-time", "sort=startedDateTime", "sort=-contentSize", "sort=time&status=200"),
    "text in URL": ("url=*9371*", "url=*cart*", "url=*58*&status=404", "url=*checkout*"),
}
_STATISTICS: Final = ("", "?method=POST", "?status=404")
_ANYWHERE: Final = 20

#: Kinds whose answers lead to a next page.
_WALKED: Final = ("listing anywhere", *_LISTINGS)


class _Side:
    """A version that is being asked."""

    def __init__(self, store: Store, server: Server, name: str, seed: int) -> None:
        self._server = server
        self._name = name
        self._connection = Connection(server.url)
        self.kinds = _kinds(store, seed)
        for kind in _kinds(store, seed, store.warming).values():
            self.ask(kind)

    def ask(self, paths: list[str]) -> None:
        """Ask one after the other."""
        for path in paths:
            self._connection.get(path)

    def walk(self, path: str, pages: int) -> None:
        """Get a page, and those that follow it."""
        after = ""
        for _ in range(pages):
            after = json.loads(self._connection.get(path + after)[1])["next"]
            if not after:
                break
            path, after = path.partition("&cursor=")[0], f"&cursor={after}"

    def timed(self, kind: str, way: str, pages: int) -> tuple[float, float]:
        """Return the seconds that a kind of question takes, and those of processor time."""
        paths = self.kinds[kind]
        action = partial(self.walk, paths[0], pages) if way == _PAGES else partial(self.ask, paths)
        run = server_case(self._name, "harlake", "", self._server, action).run()
        return run.seconds, run.cpu_seconds

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


_FIRST: Final = "first"
_AGAIN: Final = "again"
_PAGES: Final = "page by page"


def _kinds(store: Store, seed: int, session: str = "") -> dict[str, list[str]]:
    """Return the paths of all kinds of questions about the large capture, or about another session."""
    entries = f"/api/sessions/{session or store.session}/entries?limit={PAGE}"
    rng = Random(seed)
    kinds = {"listing anywhere": [entries] if session else [store.page(rng) for _ in range(_ANYWHERE)]}
    kinds |= {kind: [f"{entries}&{query}" for query in queries] for kind, queries in _LISTINGS.items()}
    return kinds | {"statistics": [f"/api/sessions/{session or store.session}/stats{query}" for query in _STATISTICS]}


def measure(setting: Setting) -> Iterator[Finding]:
    """Ask both versions in turns, in so many rounds."""
    pages = setting.sizes.pages
    took: dict[tuple[str, str], dict[str, list[tuple[float, float]]]] = {}
    stores = setting.million
    for number in range(setting.rounds):
        with ExitStack() as opened, said(f"questions, round {number + 1}"):
            sides = {}
            for name, store in sorted(stores.items(), reverse=bool(number % 2)):
                sides[name] = _Side(store, opened.enter_context(store.serve()), name, number)
                opened.callback(sides[name].close)
            for kind in next(iter(sides.values())).kinds:
                for way in (_FIRST, _AGAIN, *([_PAGES] if kind in _WALKED else [])):
                    for name, side in sides.items():
                        found = side.timed(kind, way, pages)
                        took.setdefault((kind, way), {}).setdefault(name, []).append(found)
    counts = {kind: len(paths) for kind, paths in _kinds(stores["now"], 0).items()}
    for (kind, way), of_side in took.items():
        each = pages if way == _PAGES else counts[kind]
        now, before = (Taken(*map(list, zip(*of_side[name], strict=True))) for name in ("now", "before"))
        yield against(QUESTIONS, f"{kind}, {way}", now, before, (each, each))
