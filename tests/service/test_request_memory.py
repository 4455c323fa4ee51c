"""The memory that requests may hold together: who is refused when it is taken, and that it comes back."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import zstandard

from harlake.limits import MIB
from tests.support.hars import assert_nothing_left, entry, har, imported, numbered, remove_sessions, saved, wait_for
from tests.support.raw_http import connect, leave, request, upload
from tests.support.server import Server, start_server

_TOTAL: Final = 8 * MIB
#: What is counted of a large upload when nearly all of it has come, but for the MiB that is free; and its length.
_LARGE: Final = 9 * MIB // 2
_LENGTH: Final = 6 * MIB

_BEGINNING: Final = b'{"log":{"entries":[' + entry(0)[:-1] + b',"x":"' + b"x" * _LENGTH


def _wide_frame() -> bytes:
    """Return the beginning of a zstd frame with a window of 128 MiB, of which 6 are needed."""
    parameters = zstandard.ZstdCompressionParameters(window_log=27)
    frame = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    text = b'{"log":{"entries":[' + b",".join([entry(1)] * (_LENGTH // len(entry(1))))
    return frame.compress(text) + frame.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)


_UNFINISHED: Final = {
    "an entry": _BEGINNING,
    "an envelope": b'{"log":{"x":"' + b"x" * _LENGTH,
    "a window": _wide_frame(),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose requests may hold little together."""
    running = start_server(tmp_path_factory.mktemp("memory") / "data", "--request-memory", str(_TOTAL))
    yield running
    assert running.stop() == 0


def _held(server: Server) -> int:
    return int(server.json("/api/health/ready")["limiters"]["memory"]["borrowed"])


def _assert_refused(server: Server, folder: Path, route: str) -> None:
    """Check that a large upload is refused, and is told when to come again."""
    file = saved(folder / "large.har", _BEGINNING + b'"}]}}')
    answer = server.curl("-i", "-H", "Expect:", "-F", f"file=@{file}", f"/api/har/{route}").decode()
    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 503 ")
    assert "retry-after: 5" in head.lower().split("\r\n")
    assert json.loads(body)["error"] == "Too busy"


def _connect_and_hold(server: Server, data: bytes, most: int) -> socket.socket:
    connection = connect(server, data, receive_buffer=4_096)
    wait_for(lambda: _held(server) >= most)
    return connection


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "route"), [("an entry", "import"), ("an envelope", "validate"), ("a window", "import")]
)
def test_a_second_large_upload_is_refused(small: Server, tmp_path: Path, kind: str, route: str) -> None:
    """While another holds a large entry and stalls; small files are imported meanwhile, and large ones afterwards."""
    stalled = _connect_and_hold(small, upload(route, _UNFINISHED[kind], unfinished=1_000), _LARGE)
    _assert_refused(small, tmp_path, route)
    assert imported(small, saved(tmp_path / "small.har", numbered(3)))["imported"] == 3
    leave(stalled)
    wait_for(lambda: not _held(small))
    remove_sessions(small)


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "export/{}?bodies=max:99MB",
        pytest.param("export/{}?format=ndjson", marks=pytest.mark.slow),
    ],
)
def test_an_unread_export_counts(small: Server, tmp_path: Path, path: str) -> None:
    """What is larger than all that requests may hold goes in and out alone, and nothing large beside it."""
    large = har(entry(0, b',"_x":"%b"' % (b"x" * 2 * _TOTAL)))
    session = imported(small, saved(tmp_path / "large.har", large))["sessionId"]
    wait_for(lambda: not _held(small))
    unread = _connect_and_hold(small, request("GET", "/api/har/" + path.format(session)), 2 * _TOTAL)
    _assert_refused(small, tmp_path, "validate")
    assert imported(small, saved(tmp_path / "small.har", numbered(3)))["imported"] == 3
    leave(unread)
    wait_for(lambda: not _held(small))
    assert small.curl("--fail", f"/api/har/export/{session}?bodies=max:99MB").count(b"x") > 2 * _TOTAL
    (row,) = small.json(f"/api/sessions/{session}/entries")["entries"]
    assert len(small.curl("--fail", f"/api/entries/{row['id']}")) > 2 * _TOTAL
    wait_for(lambda: not _held(small))
    remove_sessions(small)
    assert_nothing_left(small)


def test_a_refusal_is_logged(small: Server, tmp_path: Path) -> None:
    """With its reason; and no traceback."""
    stalled = _connect_and_hold(small, upload("import", _BEGINNING, unfinished=1_000), _LARGE)
    before = small.log.read_text().count('reason="Too busy"')
    _assert_refused(small, tmp_path, "validate")
    leave(stalled)
    wait_for(lambda: small.log.read_text().count('reason="Too busy"') > before)
    assert "Traceback" not in small.log.read_text()
    wait_for(lambda: not _held(small))
