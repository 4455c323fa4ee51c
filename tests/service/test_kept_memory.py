"""Nothing is kept after a request: thousands of all kinds, and the server's memory is what it was."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Final
from urllib.parse import quote

import pytest
import zstandard

from harlake.limits import MIB
from tests.support.hars import UNKNOWN_ID, entry, har, numbered
from tests.support.raw_http import ask, connect, json_request, leave, request, upload
from tests.support.server import Server, start_server

pytestmark = [pytest.mark.memory, pytest.mark.long]

#: Requests of a round. After the first, caches have what they can have, and the heap the gaps that it gets.
_REQUESTS: Final = 600
#: Rounds of which one must keep nothing, and how much more may be resident after it than before it.
_ROUNDS: Final = 4
_MOST: Final = 2 * MIB

_START: Final = b'{"log":{"entries":['
_ORDINARY: Final = numbered(300)


def _with(more: str) -> bytes:
    """Return a HAR of three entries, of which one has more members."""
    return har(entry(0), entry(1, more.encode()), entry(2))


def _bomb(text: bytes, count: int) -> bytes:
    """Return what expands to the text and so many MiB of it more."""
    return zstandard.compress(_START + entry(0)[:-1] + b',"x":"' + text * (count * MIB // len(text)))


#: Files that are hostile or odd, each with the statuses of its import and its validation.
_FILES: Final[dict[str, tuple[bytes, set[int]]]] = {
    "ordinary": (_ORDINARY, {200}),
    "many entries that are none": (_START + b"1," * 3_000 + b"1]}}", {200}),
    "the same in few bytes": (zstandard.compress(_START + b"[]," * 10_000 + b"1]}}"), {200}),
    "deep": (_with(',"_x":' + "[" * 9_000 + "]" * 9_000), {200}),
    "too deep": (_with(',"_x":' + "[" * 50_000 + "]" * 50_000), {400}),
    "a deep envelope": (har(entry(0), head=b'"_x":' + b"[" * 5_000 + b"]" * 5_000 + b","), {400}),
    "escapes": (_with(f',"_x":"{chr(92)}u00e9' * 1 + f"{chr(92)}u00e9" * 60_000 + '"'), {200}),
    "surrogates": (_with(f',"_x":"{f"{chr(92)}ud800" * 5_000}"'), {200}),
    "equal keys": (_with(',"k":1' * 20_000), {200}),
    "many keys": (_with("".join(f',"k{number}":1' for number in range(10_000))), {200}),
    "log twice": (b'{"log":{"entries":[]},"log":{"entries":[]}}', {400}),
    "entries twice": (b'{"log":{"entries":[],"entries":[]}}', {400}),
    "no log": (b'{"a":1}', {400}),
    "no JSON": (b"<!DOCTYPE html>", {400}),
    "cut off": (_ORDINARY[: len(_ORDINARY) // 2], {400}),
    "text after": (_ORDINARY + b"x", {400}),
    "damaged": (zstandard.compress(_ORDINARY)[:-100] + b"x" * 100, {400}),
    "gzip cut off": (gzip.compress(_ORDINARY)[:-10], {400}),
    "UTF-16": (_ORDINARY.decode().encode("utf-16"), {200}),
    "Latin-1": (har(entry(0), entry(1, ',"_x":"Größe"'.encode("latin-1"))), {400}),
    "a zip": (b"PK\3\4" + bytes(1_000), {400}),
    "many pages": (har(entry(0, b',"pageref":"p"'), head=b'"pages":[%b],' % b",".join([b'{"id":"p"}'] * 1_000)), {200}),
    "long texts": (_with(f',"serverIPAddress":"{"1" * 200_000}","connection":"{" " * 200_000}"'), {200}),
    "a long date": (har(entry(0).replace(b"2024-02-28", b"2024-02-28" + b" " * 50_000)), {200}),
    "a long number": (har(entry(0).replace(b"3.50", b"3." + b"5" * 50_000)), {200}),
    "a long URL": (har(entry(0).replace(b"/0?", b"/" + b"%41" * 100_000 + b"?")), {200}),
    "a large entry": (_with(f',"_x":"{"x" * (3 * MIB)}"'), {200}),
    "a bomb": (_bomb(b"a", 66), {400}),
    "a bomb of escapes": (_bomb(b"\\\\", 66), {400}),
}
#: Those that take seconds each, of which one is sent in each of the first of so many visits.
_HEAVY: Final = ("a large entry", "a bomb", "a bomb of escapes")
_EVERY: Final = 12


@dataclass(frozen=True, slots=True)
class _Visitor:
    """Sends requests of all kinds to a server in which there is one session, and checks how they are answered."""

    server: Server
    session: str
    entry: str
    seen: Counter[str]

    def expect(self, kind: str, statuses: set[int], data: bytes) -> bytes:
        status, body = ask(self.server, data)
        assert status in statuses, (kind, status, body[:300])
        self.seen[kind] += 1
        return body

    def visit(self, number: int) -> None:
        """Do one thing of each kind, of the heavy ones now and then."""
        heavy = dict(enumerate(_HEAVY)).get(number % _EVERY)
        for name, (file, statuses) in _FILES.items():
            if name not in _HEAVY or name == heavy:
                self.upload(name, file, statuses, "import" if number % 2 else "validate")
        self.leave(number)
        for kind, statuses, data in (*self._exports(), *self._questions(number), *self._refusals()):
            self.expect(kind, statuses, data)

    def list_at_once(self) -> None:
        """Let all engines be made, of 3 MiB each: how many questions come at the same time later on is chance."""
        path = f"/api/sessions/{self.session}/entries?url~=e|"
        with ThreadPoolExecutor(16) as clients:
            list(clients.map(lambda number: self.server.json(f"{path}{number}"), range(200)))

    def upload(self, name: str, file: bytes, statuses: set[int], route: str) -> None:
        body = self.expect(name, statuses, upload(route, file))
        with suppress(KeyError):
            session = json.loads(body)["sessionId"]
            self.expect("removal", {200}, request("DELETE", f"/api/sessions/{session}"))

    def leave(self, number: int) -> None:
        """Leave in the middle of an import, of a validation and of exports."""
        random = Random(number)
        for route in ("import", "validate"):
            part = _ORDINARY[: random.randrange(len(_ORDINARY))]
            leave(connect(self.server, upload(route, part, unfinished=MIB)))
        for path in ("", "?format=ndjson", "?bodies=none", "?format=csv"):
            connection = connect(self.server, request("GET", f"/api/har/export/{self.session}{path}"))
            connection.recv(random.randrange(1, 2_000))
            leave(connection)
        self.seen["departure"] += 6

    def _exports(self) -> Iterator[tuple[str, set[int], bytes]]:
        for coding in ("identity", "gzip", "zstd"):
            path = f"/api/har/export/{self.session}"
            yield "export", {200}, request("GET", path, Accept_Encoding=coding)
        for options in ("bodies=none&fill=true", "format=parquet", "max_part=1MB", "order=time", "url=*9*"):
            yield "export with options", {200}, request("GET", f"/api/har/export/{self.session}?{options}")
        yield "selection", {200}, json_request("POST", "/api/har/export", {"entryIds": [self.entry] * 2_000})

    def _questions(self, number: int) -> Iterator[tuple[str, set[int], bytes]]:
        session = f"/api/sessions/{self.session}"
        paths = ("", "/entries?limit=100", "/stats", f"/stats?url~=e|{number}", f"/diff/{self.session}", "/search?q=ok")
        for path in paths:
            yield "question", {200}, request("GET", session + path)
        for path in ("", "/response-body", "/curl"):
            yield "entry", {200}, request("GET", f"/api/entries/{self.entry}{path}")
        yield "query", {200}, json_request("POST", "/api/sql", {"sql": "select count(*) as n from entries"})
        yield "metrics", {200}, request("GET", "/metrics")

    def _refusals(self) -> Iterator[tuple[str, set[int], bytes]]:
        session = f"/api/sessions/{self.session}"
        yield "host", {403}, request("GET", "/api/sessions", Host="evil.example")
        yield "origin", {403}, request("POST", "/api/sessions", b"{}", Origin="http://evil.example")
        yield "token", {401}, request("GET", "/api/sessions", Authorization="Bearer " + "x" * 5_000)
        yield "media type", {415}, request("POST", "/api/sessions", b'{"name":"x"}', Content_Type="text/plain")
        yield "JSON", {400}, request("POST", "/api/sessions", b'{"name":' * 500, Content_Type="application/json")
        yield "name", {400}, json_request("POST", "/api/sessions", {"name": "n" * 10_000})
        yield "file name", {400}, upload("import", _ORDINARY, name="n" * 3_000)
        yield "method", {405}, request("POST", "/api/health")
        yield "path", {404}, request("GET", "/" + "a/" * 5_000)
        yield "session", {404}, request("GET", f"/api/har/export/{UNKNOWN_ID}")
        yield "cursor", {400}, request("GET", f"{session}/entries?cursor={'00' * 5_000}")
        yield "filter", {400}, request("GET", f"{session}/entries?url~={quote('(' * 3_000)}")
        yield "filters", {400}, request("GET", f"{session}/entries?" + "host=a&" * 300)
        yield "head", {431}, request("GET", "/api/health", X_Long="x" * 70_000)
        yield "request line", {414}, request("GET", "/api/health?" + "x" * 70_000)
        yield "protocol", {400}, b"\0" * 5_000 + b"\r\n\r\n"
        yield "no form", {400}, request("POST", "/api/har/import", b"x" * 1_000, Content_Type="multipart/form-data")
        for sql in ("select * from read_csv('/etc/passwd')", "select " + "(" * 900, "drop table entries"):
            yield "SQL", {400}, json_request("POST", "/api/sql", {"sql": sql})


@pytest.fixture
def visitor(tmp_path: Path) -> Iterator[_Visitor]:
    """A visitor of a server with a session of some MB."""
    server = start_server(tmp_path / "data")
    body = f',"_x":"{"x" * 20_000}"'.encode()
    _, answer = ask(server, upload("import", har(*(entry(number, body) for number in range(150)))))
    session = json.loads(answer)["sessionId"]
    first = server.json(f"/api/sessions/{session}/entries?limit=1")["entries"][0]["id"]
    yield _Visitor(server, session, first, Counter())
    assert server.stop() == 0


def _settled(server: Server) -> int:
    """Return the resident memory when no request is running any more, and free memory has been returned.

    That is done after requests only, and returns what has no other memory around it that is used.
    """
    least: list[int] = []
    while len(least) < 24 or min(least[-12:]) < min(least[:-12]):
        time.sleep(0.5)
        server.json("/api/health")
        least.append(server.resident())
    return min(least)


def test_nothing_is_kept(visitor: _Visitor) -> None:
    """After hundreds of requests of all kinds, the server has the memory that it had before them.

    An engine that was made because all were busy stays, now and then; what is kept would be more each time.
    """
    numbers = count()

    def visit() -> int:
        enough = visitor.seen.total() + _REQUESTS
        while visitor.seen.total() < enough:
            with ThreadPoolExecutor(2) as clients:
                list(clients.map(visitor.visit, islice(numbers, 2)))
        return _settled(visitor.server)

    visitor.list_at_once()
    resident = [visit()]
    while len(resident) <= _ROUNDS and (len(resident) < 2 or resident[-1] - resident[-2] >= _MOST):
        resident.append(visit())
    assert {*_FILES, "export", "departure", "removal", "SQL", "host", "head"} <= visitor.seen.keys()
    assert resident[-1] - resident[-2] < _MOST, resident
    assert not re.search(r"Traceback|unforeseen", visitor.server.log.read_text())
