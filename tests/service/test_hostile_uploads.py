"""Uploads that would take all memory or all time: decompression bombs, nesting, and what is no HAR."""

from __future__ import annotations

import codecs
import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tests.support import hars
from tests.support.hars import assert_nothing_left, entry, har, numbered, saved, send
from tests.support.server import Server, start_server
from tests.support.uploads import TEXT, limited, refused

MIB = 1 << 20


def _gzip_bomb(path: Path, start: bytes, filling: bytes, size: int) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(start)
        for _ in range(size // MIB):
            file.write(filling * MIB)


def _zstd_bomb(path: Path, start: bytes, filling: bytes, size: int) -> None:
    with path.open("wb") as raw, zstandard.ZstdCompressor(level=1).stream_writer(raw) as file:
        file.write(start)
        for _ in range(size // MIB):
            file.write(filling * MIB)


START = b'{"log":{"entries":['


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bomb", "start", "filling", "statuses"),
    [
        (_gzip_bomb, START, b" ", [400]),
        (_zstd_bomb, START + b"[", b"0", [400]),
        (_gzip_bomb, b"", b"\0", [400]),
        (_zstd_bomb, START + entry(0)[:-1] + b',"x":"', b"a", [400]),
        (_gzip_bomb, START + entry(0)[:-1] + b',"x":"', b"}", [400]),
        (_zstd_bomb, b'{"x":"', b"\\\\", [400, 413]),
        (_gzip_bomb, b'{"log":{"x":["', b"[", [400, 413]),
    ],
    ids=["spaces", "a number", "zeros", "a string", "brackets", "envelope", "brackets in the envelope"],
)
def test_bombs_are_refused_at_full_size(
    tmp_path: Path, bomb: Callable[..., None], start: bytes, filling: bytes, statuses: list[int]
) -> None:
    """So it is whatever the bomb is made of, and however it is compressed: what decompresses knows nothing of that."""
    _check_bomb(tmp_path, bomb, start, filling, statuses)


@pytest.mark.slow
def test_a_bomb_is_refused(tmp_path: Path) -> None:
    """What expands to 400 MB is refused with its position, and never held beyond one entry of the greatest length."""
    _check_bomb(tmp_path, _zstd_bomb, b'{"log":{"x":["', b"[", [400, 413])


def _check_bomb(tmp_path: Path, bomb: Callable[..., None], start: bytes, filling: bytes, statuses: list[int]) -> None:
    bomb(tmp_path / "x.har", start, filling, 400 * MIB)
    with limited(tmp_path) as api:
        send(api, "import", saved(tmp_path / "small.har", TEXT))
        hars.remove_sessions(api)
        for route in ("import", "validate"):
            before = api.resident()
            api.forget_peak()
            status, answer = send(api, route, tmp_path / "x.har")
            assert status in statuses
            assert {"byte", "line"} <= answer.keys()
            # The largest entry that is allowed, and what every import takes beside it.
            assert api.peak_resident() - before < (128 + 52) * MIB
        assert_nothing_left(api)


@pytest.mark.slow
@pytest.mark.parametrize(
    "end", [pytest.param(b"", id="cut off", marks=pytest.mark.slow), pytest.param(b'\n"}', id="malformed")]
)
def test_a_fault_in_a_large_body_is_found_at_once(tmp_path: Path, end: bytes) -> None:
    """A fault after a body of many brackets is found in a time that is not quadratic in the body's length."""
    body = b'{\\"id\\":12345,\\"tags\\":[1,2,3]},' * 130_000
    file = saved(tmp_path / "x.har", START + entry(0) + b"," + entry(1)[:-1] + b',"x":"' + body + end)
    server = start_server(tmp_path / "data")
    try:
        # Not a measurement: the answer takes a second, or else half an hour, which is more than curl waits.
        assert send(server, "import", file)[0] == 400
    finally:
        server.kill()


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "text",
    [
        har(entry(0), entry(1, b',"_x":' + DEEP)),
        har(entry(0), DEEP, entry(1)),
        har(entry(0), b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        har(entry(0), head=b'"_x":' + DEEP + b","),
        har(entry(0), tail=b',"_x":' + DEEP),
        DEEP,
    ],
    ids=["in an entry", "as an entry", "objects", "before", "after", "instead"],
)
def test_absurd_nesting_is_refused(api: Server, tmp_path: Path, text: bytes) -> None:
    """Nesting of 100,000 levels is refused with its position wherever it is, and the server lives on."""
    file = saved(tmp_path / "x.har", text)
    status, answer = send(api, "import", file)
    assert (status, {"byte", "line"} <= answer.keys()) == (400, True)
    assert send(api, "validate", file)[0] == 400
    assert_nothing_left(api)


NO_HAR = {
    "JSONP": b"onInputData(" + numbered(2) + b");",
    "HTML": b"<!DOCTYPE html>\n<html><body>404</body></html>",
    "empty": b"",
    "white space": b" \n\t",
    "only a byte order mark": codecs.BOM_UTF8,
    "an odd byte of UTF-16": (codecs.BOM_UTF16_LE + numbered(2).decode().encode("utf-16-le"))[:-1],
    "Latin-1": har(entry(0), entry(1, ',"_x":"Größe"'.encode("latin-1"))),
    "text after": numbered(2) + b"\nx",
    "another HAR after": numbered(2) + numbered(2),
    "a comma too many": har(entry(0), b""),
    "zeros after": numbered(2) + bytes(100),
}


@pytest.mark.parametrize("content", NO_HAR)
def test_what_is_no_json_is_refused(api: Server, tmp_path: Path, content: str) -> None:
    """A file that is no JSON document is refused with a position and a reason."""
    answer = refused(api, saved(tmp_path / "x.har", NO_HAR[content]))
    assert {"byte", "line", "detail"} <= answer.keys()


@pytest.mark.slow
def test_files_cut_off_anywhere_are_refused_at_their_end(api: Server, tmp_path: Path) -> None:
    """A HAR that is cut off is refused at its end, and nothing of it is kept."""
    text = hars.generated(tmp_path / "whole.har", "mixed", 3_000_000).read_bytes().rstrip()
    for cut in sorted(random.Random(1).sample(range(1, len(text)), 20)):
        answer = refused(api, saved(tmp_path / "x.har", text[:cut]))
        assert (answer["byte"], answer["line"]) == (cut, text.count(b"\n", 0, cut) + 1)


@pytest.mark.slow
def test_an_upload_above_the_limit_of_the_service_is_refused(tmp_path: Path) -> None:
    """So it is where its length is announced, before it is sent, and where it is not."""
    small = saved(tmp_path / "small.har", TEXT)
    large = saved(tmp_path / "large.har", TEXT.ljust(400_000))
    chunked = ("-H", "Transfer-Encoding: chunked")
    with limited(tmp_path, "--max-upload-bytes", "300000") as api:
        for options in ((), chunked):
            assert send(api, "import", small, *options)[0] == 200
            for route in ("import", "validate"):
                refusal = (413, {"error": "Upload too large", "detail": "more than 300000 bytes"})
                assert send(api, route, large, *options) == refusal
        hars.remove_sessions(api)
