"""Every answer of a service against a model: of one on a folder, and of two nodes that share PostgreSQL and S3."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from harlake.store.ids import entry_id
from tests.support.exchanges import Answer, ask, ask_json, import_har
from tests.support.hars import entries_of, har
from tests.support.server import PATIENCE, Server
from tests.support.stores import SharedStore, Store


@dataclass(frozen=True)
class _Entry:
    """What is drawn of an entry."""

    method: str
    status: int
    time: int

    def text(self, number: int) -> bytes:
        """Return the entry at a position in its HAR."""
        request = {"method": self.method, "url": f"http://example.test/{number}"}
        response = {"status": self.status, "content": {"mimeType": "text/plain", "text": f"body {number}"}}
        return json.dumps({"time": self.time, "request": request, "response": response}).encode()


@dataclass
class _Capture:
    id: uuid.UUID
    entries: Sequence[_Entry]

    def rows(self) -> list[tuple[str, _Entry, bytes]]:
        """Return the id, what was drawn, and the text of each entry."""
        return [(str(entry_id(self.id, number)), one, one.text(number)) for number, one in enumerate(self.entries)]


@dataclass
class _Session:
    name: str
    captures: list[_Capture] = field(default_factory=list)

    def rows(self) -> list[tuple[str, _Entry, bytes]]:
        """Return what is known of all entries, in stored order."""
        return [row for capture in self.captures for row in capture.rows()]


_ENTRIES = st.builds(
    _Entry, st.sampled_from(["GET", "POST"]), st.sampled_from([200, 404, 500]), st.integers(0, 3)
)  # fmt: skip
#: Most are small; of the others, the index is a file.
_HARS = st.lists(_ENTRIES, max_size=6) | st.lists(_ENTRIES, min_size=1, max_size=3).map(lambda some: some * 300)
_NAMES = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=5).map(
    lambda name: name.strip() or "x"
)
_NODE = st.integers(0, 1)

_FILTERS: dict[str, Callable[[_Entry], bool]] = {
    "": lambda _: True,
    "method=GET": lambda entry: entry.method == "GET",
    "status=5xx": lambda entry: entry.status == 500,
    "status=!404": lambda entry: entry.status != 404,
}
_ORDERS: dict[str, Callable[[_Entry], int]] = {
    "": lambda _: 0,
    "sort=time": lambda entry: entry.time,
    "sort=-status": lambda entry: -entry.status,
}


class _Service(RuleBasedStateMachine):
    """Each step asks one of the nodes, or two at once; then all of them have to show what the model says."""

    servers: ClassVar[list[Server]]
    #: None where the service is not of the test's own.
    store: ClassVar[Store | None]
    pool: ClassVar[ThreadPoolExecutor]

    def __init__(self) -> None:
        super().__init__()
        self._sessions: dict[str, _Session] = {}
        self._gone = [str(uuid.uuid4())]
        self._kills = 0
        for session in self._ask(0, "GET", "/api/sessions").json()["sessions"]:
            self._ask(0, "DELETE", f"/api/sessions/{session['id']}")

    # --- one request -------------------------------------------------------------------------------------------------

    @rule(node=_NODE, entries=_HARS, name=_NAMES)
    def import_into_new_session(self, node: int, entries: list[_Entry], name: str) -> None:
        answer = self._import(node, entries, sessionName=name)
        assert answer.status == 200, answer.body
        self._sessions[answer.json()["sessionId"]] = session = _Session(answer.json()["sessionName"])
        assert session.name == name
        session.captures.append(_imported(answer, entries))

    @rule(node=_NODE, entries=_HARS, data=st.data())
    def import_into_session(self, node: int, entries: list[_Entry], data: st.DataObject) -> None:
        session = self._draw(data)
        answer = self._import(node, entries, sessionId=session)
        if self._is_there(session, answer):
            self._sessions[session].captures.append(_imported(answer, entries))

    @rule(node=_NODE, name=_NAMES)
    def create_session(self, node: int, name: str) -> None:
        answer = ask_json(self._url(node), "POST", "/api/sessions", {"name": name})
        assert answer.status == 201
        self._sessions[answer.json()["id"]] = _Session(name)

    @rule(node=_NODE, name=_NAMES, data=st.data())
    def rename(self, node: int, name: str, data: st.DataObject) -> None:
        session = self._draw(data)
        if self._is_there(session, self._rename(node, session, name)):
            self._sessions[session].name = name

    @rule(node=_NODE, data=st.data())
    def remove(self, node: int, data: st.DataObject) -> None:
        session = self._draw(data)
        if self._is_there(session, self._ask(node, "DELETE", f"/api/sessions/{session}")):
            self._forget(session)

    @rule(node=_NODE, data=st.data(), which=st.sampled_from(list(_FILTERS)), order=st.sampled_from(list(_ORDERS)))
    def list_entries(self, node: int, data: st.DataObject, which: str, order: str) -> None:
        session = self._draw(data)
        path = f"/api/sessions/{session}/entries?{'&'.join(filter(None, [which, order]))}"
        answer = self._ask(node, "GET", path)
        if not self._is_there(session, answer):
            return
        rows = [row for row in self._sessions[session].rows() if _FILTERS[which](row[1])]
        rows.sort(key=lambda row: _ORDERS[order](row[1]))
        limit = data.draw(st.integers(max(1, len(rows) // 4), 1_000), "limit")
        listed: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            # Each page from another node: a cursor belongs to none of them.
            node += 1
            page = self._ask(node, "GET", f"{path}&limit={limit}{cursor and f'&cursor={cursor}'}").json()
            listed += [entry["id"] for entry in page["entries"]]
            assert page["total"] == len(rows)
            cursor = page["next"]
        assert listed == [row[0] for row in rows]

    @rule(node=_NODE, data=st.data())
    def export(self, node: int, data: st.DataObject) -> None:
        session = self._draw(data)
        answer = self._ask(node, "GET", f"/api/har/export/{session}")
        if self._is_there(session, answer):
            assert entries_of(answer.body) == [text for _, _, text in self._sessions[session].rows()]

    @rule(node=_NODE, data=st.data())
    def read_entry(self, node: int, data: st.DataObject) -> None:
        rows = self._sessions[session].rows() if (session := self._draw(data)) in self._sessions else []
        known = {entry: text for entry, _, text in rows[:: max(1, len(rows) // 5)]}
        entry = data.draw(st.sampled_from([*known, str(uuid.uuid5(uuid.NAMESPACE_URL, session))]), "entry")
        answer = self._ask(node, "GET", f"/api/entries/{entry}")
        assert answer.status == (200 if entry in known else 404)
        assert answer.body == known.get(entry, answer.body)

    @rule(node=_NODE, data=st.data())
    def summarize(self, node: int, data: st.DataObject) -> None:
        session = self._draw(data)
        answer = self._ask(node, "GET", f"/api/sessions/{session}/stats?status=404")
        if self._is_there(session, answer):
            assert answer.json()["total"] == sum(one.status == 404 for _, one, _ in self._sessions[session].rows())

    @rule(node=_NODE)
    def count_in_sql(self, node: int) -> None:
        sql = "SELECT session, status, count(*) AS n FROM entries GROUP BY ALL"
        answer = ask_json(self._url(node), "POST", "/api/sql", {"sql": sql})
        assert answer.status == 200, answer.body
        counts: dict[tuple[str, int], int] = {}
        for session, known in self._sessions.items():
            for _, entry, _ in known.rows():
                counts[session, entry.status] = counts.get((session, entry.status), 0) + 1
        rows = map(json.loads, answer.body.splitlines())
        assert {(row["session"], row["status"]): row["n"] for row in rows} == counts

    # --- two at once -------------------------------------------------------------------------------------------------

    @rule(node=_NODE, entries=_HARS, data=st.data())
    def import_beside_removal(self, node: int, entries: list[_Entry], data: st.DataObject) -> None:
        if not self._sessions:
            return
        session = data.draw(st.sampled_from(list(self._sessions)), "session")
        imported, removed = self._at_once(
            lambda: self._import(node, entries, sessionId=session),
            lambda: self._ask(node + 1, "DELETE", f"/api/sessions/{session}"),
        )
        assert (imported.status in (200, 404), removed.status) == (True, 200)
        self._forget(session)

    @rule(node=_NODE, data=st.data())
    def two_removals(self, node: int, data: st.DataObject) -> None:
        session = self._draw(data)
        answers = self._at_once(
            lambda: self._ask(node, "DELETE", f"/api/sessions/{session}"),
            lambda: self._ask(node + 1, "DELETE", f"/api/sessions/{session}"),
        )
        assert sorted(one.status for one in answers) == ([200, 404] if session in self._sessions else [404, 404])
        self._forget(session)

    @rule(node=_NODE, entries=_HARS, name=_NAMES, data=st.data())
    def import_beside_renaming(self, node: int, entries: list[_Entry], name: str, data: st.DataObject) -> None:
        session = self._draw(data)
        imported, renamed = self._at_once(
            lambda: self._import(node, entries, sessionId=session), lambda: self._rename(node + 1, session, name)
        )
        if self._is_there(session, imported) and self._is_there(session, renamed):
            self._sessions[session].captures.append(_imported(imported, entries))
            self._sessions[session].name = name

    @rule(node=_NODE, both=st.tuples(_HARS, _HARS), data=st.data())
    def two_imports(self, node: int, both: tuple[list[_Entry], list[_Entry]], data: st.DataObject) -> None:
        session = self._draw(data)
        answers = self._at_once(
            lambda: self._import(node, both[0], sessionId=session),
            lambda: self._import(node + 1, both[1], sessionId=session),
        )
        if not all(self._is_there(session, answer) for answer in answers):
            return
        captures = [_imported(answer, entries) for answer, entries in zip(answers, both, strict=True)]
        page = self._ask(node, "GET", f"/api/sessions/{session}/entries?limit=1000").json()["entries"]
        at = {row["id"]: number for number, row in enumerate(page)}
        # One of them was first: which, the service says.
        captures.sort(key=lambda one: at.get(str(entry_id(one.id, 0)), len(at)))
        self._sessions[session].captures += captures

    @precondition(lambda self: self.store is not None and self._kills < 1)
    @rule(node=_NODE)
    def kill(self, node: int) -> None:
        self._kills += 1
        node %= len(self.servers)
        self.servers[node].kill()
        assert self.store is not None
        self.servers[node] = self.store.start(node)

    @invariant()
    def all_nodes_list_the_sessions(self) -> None:
        expected = {
            session: (known.name, len(known.rows()), len(known.captures)) for session, known in self._sessions.items()
        }
        for node in range(len(self.servers)):
            listed = self._ask(node, "GET", "/api/sessions").json()["sessions"]
            assert {one["id"]: (one["name"], one["entryCount"], one["captureCount"]) for one in listed} == expected

    # --- what the steps have in common -------------------------------------------------------------------------------

    def _url(self, node: int) -> str:
        return self.servers[node % len(self.servers)].url

    def _ask(self, node: int, method: str, path: str) -> Answer:
        return ask(self._url(node), method, path)

    def _import(self, node: int, entries: Sequence[_Entry], **fields: str) -> Answer:
        text = har(*(entry.text(number) for number, entry in enumerate(entries)))
        return import_har(self._url(node), text, **fields)

    def _rename(self, node: int, session: str, name: str) -> Answer:
        return ask_json(self._url(node), "PATCH", f"/api/sessions/{session}", {"name": name})

    def _draw(self, data: st.DataObject) -> str:
        """Draw a session, or one that is there no more."""
        return data.draw(st.sampled_from([*self._sessions, self._gone[-1]]), "session")

    def _is_there(self, session: str, answer: Answer) -> bool:
        """Return whether a session is there, as the answer has to say."""
        is_there = session in self._sessions
        assert answer.status == (200 if is_there else 404), answer.body[:1_000]
        return is_there

    def _forget(self, session: str) -> None:
        self._sessions.pop(session, None)
        self._gone.append(session)

    def _at_once(self, one: Callable[[], Answer], other: Callable[[], Answer]) -> tuple[Answer, Answer]:
        futures = [self.pool.submit(one), self.pool.submit(other)]
        first, second = (future.result(PATIENCE) for future in futures)
        return first, second


def _imported(answer: Answer, entries: Sequence[_Entry]) -> _Capture:
    said: Any = answer.json()
    assert (said["imported"], said["total"]) == (len(entries), len(entries))
    return _Capture(uuid.UUID(said["captureId"]), entries)


def _run(servers: list[Server], store: Store | None, examples: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        machine = type("Machine", (_Service,), {"servers": servers, "store": store, "pool": pool})
        run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=20))


@pytest.mark.slow
def test_a_service_is_what_the_model_says(api: Server) -> None:
    """Whatever it is asked for, one after the other or two things at once."""
    _run([api], None, 5 if settings.get_current_profile_name() == "slow" else 1)


@pytest.mark.slow
def test_two_nodes_are_as_one(request: pytest.FixtureRequest, postgres: Any, s3_endpoint: str, tmp_path: Path) -> None:
    """Whichever is asked: what one of them has answered, the other one has, also (with --slow) when it was killed."""
    slow = request.config.getoption("--slow")
    store = SharedStore(tmp_path, postgres.new_schema(), s3_endpoint)
    servers = [store.start(node) for node in range(store.nodes)]
    _run(servers, store if slow else None, 5 if slow else 1)
    for server in servers:
        for session in ask(server.url, "GET", "/api/sessions").json()["sessions"]:
            assert ask(server.url, "DELETE", f"/api/sessions/{session['id']}").status == 200
        assert server.stop() == 0
    store.check([])
