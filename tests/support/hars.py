"""Small HARs as bytes, big ones as files, and what the tests that talk to a server have in common."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import duckdb
import msgspec
import zstandard

from benchmarks.generate import chunks
from tests.support.server import PATIENCE, Server

#: curl's arguments for a JSON body.
JSON = ("-H", "Content-Type: application/json")

#: A well-formed identifier that nothing has.
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"

_RESPONSE = (
    b'{"status":200,"statusText":"OK","httpVersion":"HTTP/1.1","cookies":[],"headers":[],'
    b'"content":{"size":2,"mimeType":"text/plain","text":"ok"},"redirectURL":"","headersSize":-1,"bodySize":2}'
)
_log = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])
_entries = msgspec.json.Decoder(list[msgspec.Raw])


def entry(number: int, more: bytes = b"") -> bytes:
    """Return an entry of that number; ``more`` goes to its end, and begins with a comma."""
    return (
        b'{"startedDateTime":"2024-02-28T16:00:00.000Z","time": 3.50,"request":{"method":"GET","url":'
        b'"http://example.test/%d?q=\\u00e9","httpVersion":"HTTP/1.1","cookies":[],"headers":[],"queryString":[],'
        b'"headersSize":-1,"bodySize":0},"response":%b,"cache":{},"timings":{"send":0,"wait":3,"receive":0.5}%b}'
        % (number, _RESPONSE, more)
    )


def har(*entries: bytes, head: bytes = b"", tail: bytes = b"") -> bytes:
    """Return a one-line HAR of the given entries; ``head`` ends with a comma, ``tail`` begins with one."""
    return b'{"log":{"version":"1.2","creator":{"name":"Google Chrome","version":"120.0.0"},%b"entries":[%b]%b}}' % (
        head,
        b",".join(entries),
        tail,
    )


def numbered(count: int) -> bytes:
    """Return a HAR of that many entries."""
    return har(*map(entry, range(count)))


def timed(number: int, started: str | None, page: str | None = None) -> bytes:
    """Return an entry that started at a time, or does not say when, and belongs to a page."""
    members: dict[str, Any] = {"startedDateTime": started, "pageref": page, "time": number % 7}
    url = f"http://example.test/{number}"
    members["request"] = {"method": "GET", "url": url}
    members["response"] = {"status": 200 + number % 3, "content": {"mimeType": "text/plain", "text": f"body {number}"}}
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()


def generated(path: Path, shape: str, size: int) -> Path:
    """Write a HAR like those of real browsers, about ``size`` bytes long, and return its path."""
    with path.open("wb") as file:
        file.writelines(chunks(shape, size))
    return path


def saved(path: Path, data: bytes) -> Path:
    """Write a file, and return its path."""
    path.write_bytes(data)
    return path


def entries_of(text: bytes) -> list[bytes]:
    """Return the entries of a HAR as the bytes that they are written in."""
    return [bytes(one) for one in _entries.decode(_log.decode(text)["log"]["entries"])]


def send(server: Server, route: str, file: Path, *options: str) -> tuple[int, Any]:
    """Upload a file to /api/har/<route>; return the HTTP status and the answer."""
    return server.status(f"/api/har/{route}", "-F", f"file=@{file}", *options)


def form_fields(file: Path, field: str, first: str) -> list[str]:
    """Return curl's arguments for a form of a file and a text field, of which ``first`` comes first."""
    parts = ["-F", f"file=@{file}", "-F", field]
    return parts if first == "file" else parts[2:] + parts[:2]


def imported(server: Server, file: Path, *options: str) -> Any:
    """Import a file, which must go well, and return the answer."""
    status, answer = send(server, "import", file, *options)
    assert status == 200, answer
    return answer


def select(ids: list[str], **more: str) -> tuple[str, ...]:
    """Return curl's arguments for an export of entries."""
    return ("/api/har/export", *JSON, "-d", json.dumps({"entryIds": ids, **more}))


def headers(server: Server, *arguments: str) -> dict[str, list[str]]:
    """Return the headers of an answer, by their names in lower case."""
    text = server.curl("-o", "/dev/null", "-w", "%{header_json}", *arguments)
    return {name: list(values) for name, values in json.loads(text).items()}


def decoded(body: bytes, coding: str) -> bytes:
    """Undo a content coding."""
    if coding == "zstd":
        return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(body), read_across_frames=True).read()
    return gzip.decompress(body) if coding == "gzip" else body


def export(server: Server, session: str, *options: str) -> bytes:
    """Return the body of a session's export."""
    return server.curl("--fail", f"/api/har/export/{session}", *options)


def shell(server: Server, command: str) -> bytes:
    """Run a shell command in which URL stands for the server's; return what it prints."""
    command = command.replace("URL", server.url)
    return subprocess.run(["bash", "-ec", command], capture_output=True, check=True).stdout


def all_entries(server: Server, session: str, limit: int) -> list[dict[str, Any]]:
    """Return the rows of a session's entries, a page at a time."""
    rows: list[dict[str, Any]] = []
    page = server.json(f"/api/sessions/{session}/entries?limit={limit}")
    while page["next"] is not None:
        assert len(page["entries"]) == limit
        rows += page["entries"]
        page = server.json(f"/api/sessions/{session}/entries?limit={limit}&cursor={page['next']}")
    return rows + list(page["entries"])


def ids_of(server: Server, session: str) -> list[str]:
    """Return the ids of a session's entries."""
    return [row["id"] for row in all_entries(server, session, 1000)]


def objects(server: Server) -> list[str]:
    """Return the names of the files that are kept for captures, complete or not."""
    return sorted(path.name for path in (server.data_dir / "captures").iterdir())


def staged(server: Server) -> list[str]:
    """Return the names of the files of captures that are being written."""
    return [name for name in objects(server) if name.endswith(".part")]


def assert_nothing_left(server: Server) -> None:
    """Check that the server has neither a session nor, in its folder, a file of a capture."""
    assert server.json("/api/sessions") == {"sessions": []}
    assert server.is_shared or objects(server) == []


def remove_sessions(server: Server) -> None:
    """Leave the server as it was found."""
    for session in server.json("/api/sessions")["sessions"]:
        server.curl("-X", "DELETE", f"/api/sessions/{session['id']}")
    assert_nothing_left(server)


def wait_for(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Return as soon as the condition holds; fail when it does not in that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


async def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Return as soon as the condition holds, as :func:`wait_for` does, and let the event loop go on."""
    with anyio.fail_after(seconds):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event
            await anyio.sleep(0.005)


def stays(condition: Callable[[], object], times: int = 20) -> Callable[[], bool]:
    """Return a condition that holds when another one held so many times in a row."""
    held = 0

    def has_stayed() -> bool:
        nonlocal held
        held = held + 1 if condition() else 0
        return held >= times

    return has_stayed


def upload_slowly(server: Server, file: Path, rate: str) -> subprocess.Popen[bytes]:
    """Start an upload of so many bytes a second; return its curl when the server has begun to store it."""
    form = ["-F", f"file=@{file}", f"{server.url}/api/har/import"]
    curl = subprocess.Popen(["curl", "-sS", "-o", "/dev/null", "-m", str(PATIENCE), "--limit-rate", rate, *form])
    wait_for(lambda: staged(server))
    return curl


def catalog_rows(data_dir: Path) -> dict[str, int]:
    """Return how many rows each table has in the catalog of a folder that nobody serves, but for its own version."""
    with duckdb.connect(str(data_dir / "catalog.duckdb"), read_only=True) as catalog:
        tables = catalog.execute("SELECT table_name FROM duckdb_tables() WHERE table_name <> 'store'").fetchall()
        names = [name for (name,) in tables]
        counts = {name: catalog.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in names}
    return dict(sorted(counts.items()))


def instant(microseconds: int) -> str:
    """Return a time that is given in microseconds since 1970 as answers have it."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
