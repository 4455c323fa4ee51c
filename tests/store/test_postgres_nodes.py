"""Two nodes with one catalog, against a model; and their server, which is killed and started again."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from harlake.errors import CatalogUnavailableError, SessionNotFoundError
from harlake.store.catalog import Catalog
from harlake.store.ids import new_id
from harlake.store.postgres import PostgresDatabase
from tests.support.capture_records import capture_record
from tests.support.hars import wait_for
from tests.support.postgres import PostgresServer
from tests.support.server import PATIENCE

_NODE = st.integers(0, 1)

#: How often the server is killed.
_KILLS = 20
_NAME = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)


def _open(url: str) -> Catalog:
    return Catalog(PostgresDatabase(url, connections=1, grace=0))


class _Nodes(RuleBasedStateMachine):
    """Each step is taken by one of two nodes, and both have to show what the model says afterwards."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._nodes = [_open(url), _open(url)]
        self._sessions: dict[uuid.UUID, str] = {}
        self._complete: dict[uuid.UUID, uuid.UUID] = {}
        #: By which node a capture was announced, None where that has ended.
        self._announced: dict[uuid.UUID, int | None] = {}
        self._removed: set[uuid.UUID] = set()
        self._gone = [new_id()]

    def _draw(self, data: st.DataObject, *among: Iterable[uuid.UUID]) -> uuid.UUID:
        """Draw one of the ids, or one that nothing has any more."""
        ids = [*self._gone, *(one for some in among for one in some)]
        return ids[data.draw(st.integers(0, len(ids) - 1))]

    def _remove(self, captures: list[uuid.UUID]) -> None:
        for capture in captures:
            del self._complete[capture]
        self._removed.update(captures)

    @rule(node=_NODE, name=_NAME)
    def create_session(self, node: int, name: str) -> None:
        session = self._nodes[node].create_session(new_id(), name)
        self._sessions[session.id] = name

    @rule(node=_NODE)
    def announce(self, node: int) -> None:
        capture = new_id()
        self._nodes[node].announce(capture)
        self._announced[capture] = node

    @rule(node=_NODE, name=st.none() | _NAME, data=st.data())
    def complete(self, node: int, name: str | None, data: st.DataObject) -> None:
        capture = self._draw(data, self._announced, self._removed)
        session = new_id() if name is not None else self._draw(data, self._sessions)
        record = capture_record(capture)
        if capture not in self._announced:
            with pytest.raises(CatalogUnavailableError):
                self._nodes[node].complete(record, session, name)
        elif name is None and session not in self._sessions:
            with pytest.raises(SessionNotFoundError):
                self._nodes[node].complete(record, session, name)
        else:
            self._nodes[node].complete(record, session, name)
            del self._announced[capture]
            self._complete[capture] = session
            if name is not None:
                self._sessions[session] = name

    @rule(node=_NODE, data=st.data())
    def remove(self, node: int, data: st.DataObject) -> None:
        capture, session = self._draw(data, self._announced, self._complete), self._draw(data, self._sessions)
        self._nodes[node].remove(capture, session)
        if capture in self._complete:
            self._remove([capture])
        else:
            self._announced.pop(capture, None)
            self._removed.add(capture)
        if session not in self._complete.values():
            self._sessions.pop(session, None)

    @rule(node=_NODE, data=st.data())
    def remove_session(self, node: int, data: st.DataObject) -> None:
        session = self._draw(data, self._sessions)
        captures = [one for one, its in self._complete.items() if its == session]
        if session in self._sessions:
            assert set(self._nodes[node].remove_session(session)) == set(captures)
            self._remove(captures)
            del self._sessions[session]
        else:
            with pytest.raises(SessionNotFoundError):
                self._nodes[node].remove_session(session)

    @rule(node=_NODE, data=st.data())
    def forget(self, node: int, data: st.DataObject) -> None:
        capture = self._draw(data, self._removed)
        self._nodes[node].forget(capture)
        self._removed.discard(capture)

    @rule(node=_NODE)
    def end(self, node: int) -> None:
        self._nodes[node].close()
        self._nodes[node] = _open(self._url)
        for capture, its in self._announced.items():
            if its == node:
                self._announced[capture] = None

    @rule(node=_NODE, data=st.data())
    def clean_up(self, node: int, data: st.DataObject) -> None:
        mine = [capture for capture, its in self._announced.items() if its == node]  # in order: each draws
        written = {capture for capture in mine if data.draw(st.booleans())}
        given_up = [one for one, its in self._announced.items() if its is None or (its == node and one not in written)]
        for capture in given_up:
            del self._announced[capture]
        self._removed.update(given_up)
        assert set(self._nodes[node].abandoned(written.__contains__)) == self._removed

    @invariant()
    def nodes_agree_with_the_model(self) -> None:
        for node in self._nodes:
            assert {session.id: session.name for session in node.sessions()} == self._sessions
            for session in self._sessions:
                expected = [capture for capture, its in self._complete.items() if its == session]
                assert [capture.id for capture in node.captures(session)] == expected
            assert set(node.unfinished()) == self._removed | set(self._announced)

    def teardown(self) -> None:
        for node in self._nodes:
            node.close()


def test_two_nodes_are_as_one(postgres: PostgresServer) -> None:
    """Whichever is asked, and whichever ends."""

    class Machine(_Nodes):
        def __init__(self) -> None:
            super().__init__(postgres.new_schema())

    examples = {"quick": 2, "slow": 15, "long": 60}[settings.get_current_profile_name()]
    run_state_machine_as_test(Machine, settings=settings(max_examples=examples, stateful_step_count=30))


_DYING_NODE = """
import sys, uuid
from harlake.store.catalog import Catalog
from harlake.store.postgres import PostgresDatabase
Catalog(PostgresDatabase(sys.argv[1])).announce(uuid.UUID(int=1))
print("announced", flush=True)
sys.stdin.read()
"""


def test_what_a_killed_node_was_writing_is_cleaned_up_by_another(postgres: PostgresServer) -> None:
    """As soon as the server knows that its connections are gone, and not before."""
    url = postgres.new_schema()
    command = [sys.executable, "-c", _DYING_NODE, url]
    with closing(_open(url)) as catalog, subprocess.Popen(command, stdin=-1, stdout=-1) as dying:
        assert dying.stdout is not None
        assert dying.stdout.readline() == b"announced\n"
        assert catalog.abandoned() == []
        dying.kill()
        assert dying.wait(PATIENCE) == -signal.SIGKILL
        wait_for(catalog.abandoned)
        assert catalog.abandoned() == [uuid.UUID(int=1)]


def test_one_node_at_a_time_has_the_lease(postgres: PostgresServer) -> None:
    """Until it gives it back, or ends."""
    url = postgres.new_schema()
    with closing(_open(url)) as one:
        other = _open(url)
        with one.collecting() as is_ones, other.collecting() as is_others:
            assert (is_ones, is_others) == (True, False)
        with other.collecting() as is_others:
            assert is_others
            other.close()
            with one.collecting() as is_ones:
                assert is_ones


class _Importer:
    """Imports one capture after the other into a session each, and keeps account of what it was answered."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.announced: set[uuid.UUID] = set()
        self.acknowledged: set[uuid.UUID] = set()
        self.failures = 0
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.is_set():
            capture = new_id()
            try:
                self._catalog.announce(capture)
                self.announced.add(capture)
                self._catalog.complete(capture_record(capture), new_id(), "Mine")
            except CatalogUnavailableError:
                self.failures += 1
            else:
                self.acknowledged.add(capture)


@pytest.mark.slow
def test_the_server_is_killed_beside_imports(own_postgres: PostgresServer) -> None:
    """What was acknowledged is there, all that is not is known to be unfinished, and imports go on."""
    database = PostgresDatabase(own_postgres.url(), connections=3, grace=0)
    with closing(Catalog(database)) as catalog, ThreadPoolExecutor(2) as pool:
        importers = [_Importer(catalog) for _ in range(2)]
        running = [pool.submit(importer.run) for importer in importers]
        try:
            for _ in range(_KILLS):
                _wait_for_imports(importers)
                own_postgres.kill()
                wait_for(lambda: not database._lock.is_held)
                own_postgres.start()
            _wait_for_imports(importers)
        finally:
            for importer in importers:
                importer.stopped.set()
        for future in running:
            future.result(PATIENCE)
        assert sum(importer.failures for importer in importers) >= _KILLS
        complete = catalog.complete_ids()
        announced = set.union(*(importer.announced for importer in importers))
        assert set.union(*(importer.acknowledged for importer in importers)) <= complete
        assert announced <= complete | set(catalog.unfinished())
        assert complete.isdisjoint(catalog.unfinished())
        assert len(catalog.sessions()) == len(complete)
        for capture in catalog.abandoned(lambda _: False):
            catalog.forget(capture)
        assert (catalog.unfinished(), catalog.complete_ids()) == ([], complete)


def _wait_for_imports(importers: list[_Importer]) -> None:
    """Wait until each has been answered a few times."""
    enough = [len(importer.acknowledged) + 3 for importer in importers]
    wait_for(lambda: all(len(one.acknowledged) >= count for one, count in zip(importers, enough, strict=True)))
