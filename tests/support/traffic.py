"""Clients that change sessions all the time, and know of each what it may be, also when a request had no answer."""

from __future__ import annotations

import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.support.exchanges import Answer, NoAnswerError, ask, ask_json, import_har
from tests.support.hars import entries_of
from tests.support.server import PATIENCE

#: Sessions that a client has at most, and captures of each.
_SESSIONS = 4
_CAPTURES = 3

#: Errors that are documented for a catalog, or objects, that cannot be reached.
_UNAVAILABLE = {"Catalog unavailable", "Storage unavailable", "Not ready"}


class HarFile:
    """A HAR, its entries, and how many of them have the method GET."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.entries = entries_of(data)
        self.gets = sum(json.loads(entry)["request"]["method"] == "GET" for entry in self.entries)


@dataclass
class KnownSession:
    """What a session may be: it has one of the ``names``, and exists unless it ``may_be_gone``.

    It has the captures that were acknowledged, and perhaps ``perhaps``, too. Its id is not known as long as the import
    that creates it was not answered.
    """

    names: list[str]
    id: str | None = None
    captures: dict[uuid.UUID, HarFile] = field(default_factory=dict)
    perhaps: HarFile | None = None
    may_be_gone: bool = False

    @property
    def is_certain(self) -> bool:
        """Whether all that was asked for has been answered."""
        return len(self.names) == 1 and self.perhaps is None and not self.may_be_gone


class Traffic:
    """Clients of some nodes, whose URLs ``nodes`` gives: they change while it runs.

    ``may_fail`` says that a catalog, or objects, may be out of reach.
    """

    def __init__(self, files: Sequence[HarFile], nodes: Callable[[], Sequence[str]], seed: int, clients: int) -> None:
        self.clients = [_Client(self, random.Random(seed * 1_000 + number), number) for number in range(clients)]
        self.files = files
        self.nodes = nodes
        self.may_fail = False
        self.stopped = threading.Event()
        #: Answers by their status.
        self.answers: Counter[int] = Counter()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let the clients go on until the end of the context, or, each by itself, until it gets no answer."""
        self.stopped.clear()
        with ThreadPoolExecutor(len(self.clients)) as pool:
            futures = [pool.submit(client.run) for client in self.clients]
            try:
                yield
            finally:
                self.stopped.set()
                for future in futures:
                    _result(future)

    def check(self, url: str) -> None:
        """Compare what a node has with what is known; from then on, that is certain."""
        there = _Found(url)
        for client in self.clients:
            client.sessions = [one for one in client.sessions if there.check(one)]
        assert there.sessions == {}, "sessions that nobody made"
        assert there.counts == {}
        assert there.captures == {}

    def has_answers(self, enough: int) -> bool:
        """Return whether so many requests have been answered since the beginning."""
        return self.answers.total() >= enough

    def captures(self) -> list[uuid.UUID]:
        """Return the captures that there are."""
        return [capture for client in self.clients for session in client.sessions for capture in session.captures]


class _Client:
    """Does one thing after the other, to sessions of its own."""

    def __init__(self, traffic: Traffic, draw: random.Random, number: int) -> None:
        self.sessions: list[KnownSession] = []
        self._traffic = traffic
        self._draw = draw
        self._names = (f"{number}-{name}" for name in count())

    def run(self) -> None:
        while not self._traffic.stopped.is_set():
            try:
                self._step()
            except NoAnswerError:
                if not self._traffic.may_fail and len(self._traffic.nodes()) == 1:
                    return
                time.sleep(0.05)

    def _step(self) -> None:
        certain = [session for session in self.sessions if session.is_certain]
        if not certain or (len(certain) < _SESSIONS and self._draw.random() < 0.3):
            self._create()
            return
        session = self._draw.choice(certain)
        if len(session.captures) >= _CAPTURES:
            self._draw.choice([self._remove, self._read])(session)
        else:
            self._draw.choice([self._add, self._add, self._rename, self._remove, self._read])(session)

    def _create(self) -> None:
        session = KnownSession([next(self._names)], perhaps=self._file(), may_be_gone=True)
        self.sessions.append(session)
        assert session.perhaps is not None
        answer = self._changed(import_har(self._url(), session.perhaps.data, sessionName=session.names[0]))
        if answer is not None:
            session.id = answer["sessionId"]
            session.may_be_gone = False
            _complete(session, answer)

    def _add(self, session: KnownSession) -> None:
        assert session.id is not None
        session.perhaps = self._file()
        answer = self._changed(import_har(self._url(), session.perhaps.data, sessionId=session.id))
        if answer is not None:
            _complete(session, answer)

    def _rename(self, session: KnownSession) -> None:
        session.names.append(next(self._names))
        answer = self._changed(ask_json(self._url(), "PATCH", _path(session), {"name": session.names[1]}))
        if answer is not None:
            assert answer["name"] == session.names[1]
            del session.names[0]

    def _remove(self, session: KnownSession) -> None:
        session.may_be_gone = True
        if self._changed(ask(self._url(), "DELETE", _path(session))) is not None:
            self.sessions.remove(session)

    def _read(self, session: KnownSession) -> None:
        answer = ask(self._url(), "GET", f"/api/har/export/{session.id}")
        if self._changed(answer, is_json=False) is not None:
            assert entries_of(answer.body) == _entries(session)

    def _url(self) -> str:
        return self._draw.choice(self._traffic.nodes())

    def _file(self) -> HarFile:
        # Most are small, and the last is large.
        files = self._traffic.files
        return files[min(int(self._draw.expovariate(1.2)), len(files) - 1)]

    def _changed(self, answer: Answer, *, is_json: bool = True) -> Any:
        """Return what an answer says, None of one that says nothing of what has become of the request."""
        self._traffic.answers[answer.status] += 1
        if answer.status == 503 and self._traffic.may_fail:
            assert answer.headers["retry-after"].isdecimal()
            assert answer.json()["error"] in _UNAVAILABLE
            time.sleep(0.05)
            return None
        _ok(answer)
        return answer.json() if is_json else answer


def _complete(session: KnownSession, answer: Any) -> None:
    assert session.perhaps is not None
    assert answer["imported"] == len(session.perhaps.entries)
    session.captures[uuid.UUID(answer["captureId"])] = session.perhaps
    session.perhaps = None


class _Found:
    """What a node has; what was compared is taken away from it."""

    def __init__(self, url: str) -> None:
        self._url = url
        listed = _ok(ask(url, "GET", "/api/sessions")).json()["sessions"]
        self.sessions: dict[str, Any] = {session["id"]: session for session in listed}
        rows = self._sql("SELECT session, count(*) AS n FROM entries GROUP BY ALL")
        self.counts: dict[str, int] = {row["session"]: row["n"] for row in rows}
        self.captures: dict[str, dict[uuid.UUID, int]] = {}
        for row in self._sql("SELECT id, session, imported FROM captures"):
            self.captures.setdefault(row["session"], {})[uuid.UUID(row["id"])] = row["imported"]

    def check(self, session: KnownSession) -> bool:
        """Return whether a session is there; it may be, or may not be, as it is."""
        if session.id is None:
            names = {one["name"]: one["id"] for one in self.sessions.values()}
            session.id = names.get(session.names[0], str(uuid.uuid4()))
        found = self.sessions.pop(session.id, None)
        if found is None:
            assert session.may_be_gone, f"{session.names} is lost"
            return False
        assert found["name"] in session.names
        self._add_unanswered(session, captures := self.captures.pop(session.id, {}))
        session.names, session.perhaps, session.may_be_gone = [found["name"]], None, False
        entries = _entries(session)
        assert {capture: len(file.entries) for capture, file in session.captures.items()} == captures
        assert (found["entryCount"], self.counts.pop(session.id, 0)) == (len(entries), len(entries))
        self._read(session, entries)
        return True

    def _add_unanswered(self, session: KnownSession, captures: dict[uuid.UUID, int]) -> None:
        assert session.captures.keys() <= captures.keys(), f"captures of {session.names} are lost"
        for capture in captures.keys() - session.captures.keys():
            assert session.perhaps is not None
            session.captures[capture], session.perhaps = session.perhaps, None

    def _read(self, session: KnownSession, entries: list[bytes]) -> None:
        assert entries_of(_ok(ask(self._url, "GET", f"/api/har/export/{session.id}")).body) == entries
        assert _ok(ask(self._url, "GET", f"{_path(session)}/stats")).json()["total"] == len(entries)
        listing = _ok(ask(self._url, "GET", f"{_path(session)}/entries?limit=1000&method=GET")).json()
        gets = sum(file.gets for file in session.captures.values())
        assert (listing["total"], len(listing["entries"])) == (gets, min(gets, 1_000))

    def _sql(self, sql: str) -> list[Any]:
        answer = _ok(ask_json(self._url, "POST", "/api/sql", {"sql": sql}))
        return [json.loads(line) for line in answer.body.splitlines()]


def _entries(session: KnownSession) -> list[bytes]:
    return [entry for file in session.captures.values() for entry in file.entries]


def _path(session: KnownSession) -> str:
    return f"/api/sessions/{session.id}"


def _ok(answer: Answer) -> Answer:
    assert answer.status in (200, 201), (answer.status, answer.body[:1_000])
    return answer


def _result(future: Future[None]) -> None:
    future.result(PATIENCE)
