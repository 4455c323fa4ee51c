"""One run: inputs in rounds, several at a time; after each round, nothing may be left of them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import count as count_from
from itertools import repeat
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.answer_checks import answer_problems
from tests.fuzz.contents import cancel_imports, make_tokens, names, refill
from tests.fuzz.exchange import Answer, Client, End
from tests.fuzz.failures import Failures
from tests.fuzz.http_request import HttpRequest, Names
from tests.fuzz.operations import ENDLESS, operations_of, requests, shares
from tests.fuzz.service_checks import LogReader, Usage, resting_problems, usage, usage_problems
from tests.support.hars import catalog_rows, objects, remove_sessions
from tests.support.server import PATIENCE, Server, start_server

_ROUND: Final = 500
#: What concerns an import while it runs, whose name no request that is drawn beforehand can have.
_TRANSIENT: Final = frozenset({"DELETE /api/imports/{import_id}"})

#: Inputs of which each operation takes some.
_ALL_ANSWERED: Final = 2_000
#: Inputs after which the service has all that it keeps: threads, caches, DuckDB's memory.
WARM_UP: Final = 1_000


@dataclass(frozen=True)
class Plan:
    """How much is asked; ``timeout`` is in seconds, ``memory`` the bytes by which the service may grow once it is warm.

    After 1,000 inputs it had 191 MiB, and from 3,500 to 10,000 between 210 and 218: caches, and DuckDB's memory.
    """

    seed: int
    inputs: int
    minutes: float = 10
    connections: int = 4
    timeout: float = 60
    memory: int = 48 << 20


@dataclass
class Outcome:
    """What came of a run."""

    failures: Failures
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    ends: Counter[End] = field(default_factory=Counter)
    inputs: int = 0
    seconds: float = 0.0
    warm: Usage | None = None
    last: Usage | None = None
    slowest: tuple[float, str] = (0.0, "")

    def note(self, request: HttpRequest, answer: Answer) -> None:
        """Count an answer."""
        self.ends[answer.end] += 1
        self.statuses[request.operation, answer.status] += answer.end is End.COMPLETE
        self.slowest = max(self.slowest, (answer.seconds, f"{request.operation} {request.target[:200]!r}"))


def draw_requests(
    strategies: Mapping[str, st.SearchStrategy[HttpRequest]], number: int, count: int
) -> list[HttpRequest]:
    """Return so many requests of all strategies, mixed; the same number gives the same ones."""
    random = Random(number)
    drawn: list[HttpRequest] = []
    for name, share in shares(strategies, count, random).items():
        drawn += _draw(strategies[name], random.getrandbits(64), share)
    random.shuffle(drawn)
    return drawn


def _draw(strategy: st.SearchStrategy[HttpRequest], number: int, count: int) -> list[HttpRequest]:
    """Return requests of one strategy, but for the first, which is the simplest whatever the number is."""
    drawn: list[HttpRequest] = []

    @seed(number)
    @settings(
        max_examples=count + 1,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def take(request: HttpRequest) -> None:
        drawn.append(request)

    take()
    return drawn[1:]


class FuzzRun:
    """Draws requests, sends them, and looks at the answers, and at the service in between."""

    def __init__(
        self, plan: Plan, server: Server, service: httpx.Client, tokens: list[str], failures: Failures
    ) -> None:
        self._plan = plan
        self._server = server
        self._service = service
        self._tokens = tokens
        self.outcome = Outcome(failures)
        self._log = LogReader(server.log)
        self._give_up = time.monotonic() + plan.minutes * 60
        self._clients: SimpleQueue[Client] = SimpleQueue()
        self._lock = threading.Lock()
        self._sent: dict[str, tuple[int, HttpRequest, Answer]] = {}
        #: Removals that have begun: what they remove, others may be reading.
        self._removals = 0
        self._removing = 0
        self._operations = operations_of(self._service.get("/schema/openapi.json").json())
        self._requests = requests(self._operations)

    def run(self) -> Outcome:
        """Send all inputs, or as many as there is time for."""
        started, outcome = time.monotonic(), self.outcome
        while outcome.inputs < self._plan.inputs and time.monotonic() < self._give_up:
            self._round(min(_ROUND, self._plan.inputs - outcome.inputs))
            if self._server.process.poll() is not None:
                break
            outcome.last = usage(self._server)
            outcome.seconds = time.monotonic() - started
            print(
                f"{outcome.inputs:6,} inputs {outcome.seconds:5.0f} s {outcome.last.resident >> 20:4} MiB", flush=True
            )
            if outcome.warm is None and outcome.inputs >= WARM_UP:
                outcome.warm = outcome.last
        if outcome.warm and outcome.last:
            self._note_others(list(usage_problems(outcome.warm, outcome.last, self._plan.memory)))
        if outcome.inputs >= _ALL_ANSWERED:
            self._note_others([f"{name} was never answered with success" for name in self._unanswered()])
        return outcome

    def _unanswered(self) -> list[str]:
        """Return the operations whose requests are all refused: they are not tested by a run."""
        answered = {name for name, status in self.outcome.statuses if HTTPStatus.OK <= status < HTTPStatus.BAD_REQUEST}
        return [one.name for one in self._operations if one.name not in answered | _TRANSIENT | ENDLESS]

    def _round(self, count: int) -> None:
        """Send so many inputs, several at a time, and look at the service when all have been answered."""
        drawn = draw_requests(self._requests, self._plan.seed * 1_000_003 + self.outcome.inputs, count)
        known = names(self._service, self._tokens, refill(self._service))
        self._sent.clear()
        with ExitStack() as stack:
            for _ in range(self._plan.connections):
                client = stack.enter_context(closing(Client(urlsplit(self._server.url), self._plan.timeout)))
                self._clients.put(client)
            threads = stack.enter_context(ThreadPoolExecutor(self._plan.connections))
            # What fails there is a mistake of these tests, and raised here.
            list(threads.map(self._send, drawn, repeat(known), count_from(self.outcome.inputs + 1)))
        self._clients = SimpleQueue()
        cancel_imports(self._service)
        self.outcome.inputs += len(self._sent)
        self._note_others(list(resting_problems(self._server, self._service)))
        self._note_log()

    def _send(self, drawn: HttpRequest, known: Names, number: int) -> None:
        """Send one request, and note what is wrong with its answer."""
        if time.monotonic() > self._give_up:
            return
        request = _numbered(drawn.named(known), number)
        is_removal = request.operation.startswith("DELETE")
        with self._lock:
            before = self._removals - self._removing
            self._removals += is_removal
            self._removing += is_removal
        client = self._clients.get()
        answer = client.exchange(request)
        self._clients.put(client)
        with self._lock:
            self._removing -= is_removal
            self.outcome.note(request, answer)
            self._sent[f"fuzz-{number}"] = (number, request, answer)
            excused = self._removals > before
            private = (str(self._server.data_dir), str(Path(__file__).parent.parent.parent))
            for problem in answer_problems(request, answer, private=private, excused=excused):
                self.outcome.failures.add(problem, request, answer, number)

    def _note_log(self) -> None:
        """Note errors that the service has logged, with the requests that caused them where these are known."""
        for line in self._log.errors():
            problem = f"logged: {line['message']} {line.get('error', '')}"
            if (known := self._sent.get(line.get("request_id", ""))) is not None:
                number, request, answer = known
                self.outcome.failures.add(problem, request, answer, number)
            else:
                self.outcome.failures.add_other(problem)

    def _note_others(self, problems: list[str]) -> None:
        for problem in problems:
            self.outcome.failures.add_other(f"{problem} (after {self.outcome.inputs} inputs)")


def _numbered(request: HttpRequest, number: int) -> HttpRequest:
    """Return a request with an id by which the log has it, unless it has one of its own."""
    if any(name == b"X-Request-ID" for name, _ in request.headers):
        return request
    return replace(request, headers=(*request.headers, (b"X-Request-ID", b"fuzz-%d" % number)))


def fuzz(plan: Plan, folder: Path) -> Outcome:
    """Serve an empty folder, and fuzz it; what went wrong is printed, and the requests are in ``folder``."""
    tokens = make_tokens(folder / "data")
    server = start_server(folder / "data", "--log-format", "json")
    try:
        with httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False) as service:
            outcome = FuzzRun(plan, server, service, tokens, Failures(folder / "failures", server.url)).run()
        if server.process.poll() is None:
            _check_end(server, outcome)
    finally:
        server.stop()
    return outcome


def _check_end(server: Server, outcome: Outcome) -> None:
    """Check that nothing is left when all sessions have been removed, and that the service ends as it should."""
    remove_sessions(server)
    if left := objects(server):
        outcome.failures.add_other(f"files without a session: {left}")
    if (status := server.stop()) != 0:
        outcome.failures.add_other(f"the service has ended with status {status}")
    rows: dict[str, Any] = {name: count for name, count in catalog_rows(server.data_dir).items() if count}
    if rows:
        outcome.failures.add_other(f"rows without a session: {rows}")
