"""What is measured, round by round: a person who sees a capture for the first time, and does a bit of everything."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from statistics import median
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Browser, Error

from benchmarks.client import Connection, curl, post
from benchmarks.page import goals
from benchmarks.page.captures import Capture, Captures
from benchmarks.page.findings import Finding
from benchmarks.page.goals import Goal
from benchmarks.page.visitor import Visitor, visitor
from benchmarks.servers import Server, harlake_server

_PAGE: Final = "entries?limit=100"
_PLAIN_PAGES: Final = 10
_ENTRIES_OPENED: Final = 5

#: What one visit has taken, each time, by the goal's name.
Taken = dict[str, list[float]]


def measure(browser: Browser, server: Server, made: Captures, *, beside_import: bool = False) -> Iterator[Finding]:
    """Visit each capture in turns."""
    rounds: dict[tuple[str, str], list[list[float]]] = {}
    plain: dict[str, list[float]] = {}
    for number in range(made.sizes.rounds):
        for capture in (made.many, made.large):
            plain.setdefault(capture.name, []).append(plain_page(server, capture))
            with visitor(browser, server.url) as person:
                taken = _visit(person, server, capture, made, number + 100 * beside_import)
            for goal, values in taken.items():
                rounds.setdefault((goal, capture.name), []).append(values)
        with visitor(browser, server.url) as person:
            rounds.setdefault((goals.LARGE_BODY.name, made.body.name), []).append(_large_body(person, made.body))
    for (goal, name), found in rounds.items():
        yield Finding(goal, name, found, plain.get(name, []), beside_import)


def plain_page(server: Server, capture: Capture) -> float:
    """Return the milliseconds of a plain page of the API."""
    connection = Connection(server.url)
    times = [connection.get(f"/api/sessions/{capture.session}/{_PAGE}")[0] for _ in range(_PLAIN_PAGES)]
    connection.close()
    return 1000 * median(times)


def _visit(person: Visitor, server: Server, capture: Capture, made: Captures, seed: int) -> Taken:
    """Do everything once, on a capture; steps that the page does not offer are left out, and said to be."""
    rng = Random(seed)
    taken: Taken = {}

    def step(goal: Goal, action: Callable[[], list[float]]) -> None:
        try:
            taken[goal.name] = action()
        except Error as error:
            print(f"{goal.name}, {capture.name}: {error.message.splitlines()[0]}", flush=True)

    path = f"/s/{capture.session}"
    first, panels = person.visit(path)
    taken |= {goals.FIRST_ROWS.name: [first], goals.ALL_PANELS.name: [panels]}
    jumps = made.sizes.jumps
    step(goals.JUMP, lambda: [person.jump(rng.random()) for _ in range(jumps)])
    step(goals.FRAMES, lambda: person.turn_wheel(made.sizes.wheel_seconds))
    step(goals.ENTRY, lambda: [person.open_entry(number) for number in range(_ENTRIES_OPENED)])
    person.visit(path)
    for goal, text in (
        (goals.FILTER, f"status=4xx min_time={1 + rng.random():.4f}"),
        (goals.TEXT_FILTER, f"{rng.choice(('item', 'user', 'a', 'api'))} min_time={1 + rng.random():.4f}"),
    ):
        total = _total(server, capture, text)
        step(goal, lambda text=text, total=total: [person.filter(text, total)])  # type: ignore[misc]
    person.visit(path)
    step(goals.SORTED_JUMP, lambda: _sorted_jumps(person, [rng.random() for _ in range(jumps)]))
    step(goals.HEAP, lambda: [person.heap()])
    step(goals.NODES, lambda: [person.nodes()])
    return taken


def _sorted_jumps(person: Visitor, shares: list[float]) -> list[float]:
    person.sort("Time")
    return [person.jump(share) for share in shares]


def _total(server: Server, capture: Capture, text: str) -> int:
    """Return how many entries pass a filter, asked in another order of filters, so that nothing is kept of it."""
    parameters = [part if "=" in part else f"q={part}" for part in text.split()]
    query = "&".join([*reversed(parameters), "limit=1"])
    answer = json.loads(curl("-g", f"{server.url}/api/sessions/{capture.session}/entries?{query}"))
    return int(answer["total"])


def _large_body(person: Visitor, capture: Capture) -> list[float]:
    """Open the one entry of a capture, and the button that its body is behind."""
    person.visit(f"/s/{capture.session}")
    person.open_entry(0)
    return [person.show_body()]


def use(browser: Browser, server: Server, capture: Capture, minutes: float) -> Iterator[Finding]:
    """Do all kinds of things in one page that is never opened anew, and look each minute at what it holds."""
    rng, ends = Random(0), time.monotonic() + 60 * minutes
    heaps: list[float] = []
    nodes: list[float] = []
    with visitor(browser, server.url) as person:
        person.visit(f"/s/{capture.session}")
        while not heaps or time.monotonic() < ends:
            until = min(time.monotonic() + 60, ends)
            while time.monotonic() < until:
                _use_once(person, server, capture, rng)
            heaps.append(person.heap())
            nodes.append(person.nodes())
    what = f"{capture.name}, {minutes:g} minutes of use"
    yield Finding(goals.HEAP.name, what, [heaps], [])
    yield Finding(goals.NODES.name, what, [nodes], [])


def _use_once(person: Visitor, server: Server, capture: Capture, rng: Random) -> None:
    text = f"{rng.choice(('status=4xx', 'type=xhr', 'item', 'method=POST'))} min_time={rng.randrange(9)}"
    person.filter(text, _total(server, capture, text))
    for number in range(3):
        person.open_entry(number)
    person.close_entry()
    person.filter("", capture.entries)
    person.sort(rng.choice(("Time", "URL", "Status")))
    for _ in range(5):
        person.jump(rng.random())


def upload(browser: Browser, made: Captures) -> Finding:
    """Upload the large file from the page of an empty service, and look at the heap until it is imported."""
    with (
        TemporaryDirectory(dir=made.data.parent) as folder,
        harlake_server(Path(folder)) as server,
        visitor(browser, server.url) as person,
    ):
        heaps = person.upload(made.file)
    return Finding(goals.UPLOAD_HEAP.name, made.large.name, [heaps], [])


@contextmanager
def running_import(server: Server, made: Captures) -> Iterator[None]:
    """Let a client import the large file, again and again."""
    stop = threading.Event()

    def go_on() -> None:
        while not stop.is_set():
            try:
                session = json.loads(post(f"{server.url}/api/har/import", made.file))["sessionId"]
            except CalledProcessError:  # the service has been stopped
                return
            curl("-X", "DELETE", f"{server.url}/api/sessions/{session}")

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
