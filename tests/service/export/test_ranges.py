"""Exports go on where they ended: what is asked for by byte is that part of the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import hars
from tests.support.hars import imported
from tests.support.server import Server


@pytest.mark.slow
@pytest.mark.parametrize("query", ["", "?url=*&order=time"])
def test_a_download_goes_on_where_it_was_cut(api: Server, tmp_path: Path, query: str) -> None:
    """Curl does so itself, wherever that was, and from whichever capture on."""
    big = hars.generated(tmp_path / "big.har", "mixed", 4_000_000)
    session = imported(api, big)["sessionId"]
    imported(api, big, "-F", f"sessionId={session}")
    path = f"/api/har/export/{session}{query}"
    whole = api.curl(path)
    file = tmp_path / "part.har"
    for cut in (1, 20, len(whole) // 2 - 1, len(whole) // 2, len(whole) - 3):
        file.write_bytes(whole[:cut])
        api.curl(path, "-C", "-", "-o", str(file))
        assert file.read_bytes() == whole


def test_a_part_says_which_it_is(api: Server, traffic: Path) -> None:
    """With its status, length and place; a part of what has changed since is the whole."""
    session = imported(api, traffic)["sessionId"]
    path = f"/api/har/export/{session}"
    whole = api.curl(path)
    tag = hars.headers(api, path)["etag"][0]
    head, _, body = api.curl(path, "-i", "-r", "10-19", "-H", f"If-Range: {tag}").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 206")
    assert b"content-range: bytes 10-19/%d" % len(whole) in head.lower()
    assert b"content-length: 10" in head.lower()
    assert body == whole[10:20]
    assert api.curl(path, "-r", "10-19", "-H", 'If-Range: "another"') == whole
    head, _, body = api.curl(path, "-i", "-r", f"{len(whole)}-").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 416")
    assert b"content-range: bytes */%d" % len(whole) in head.lower()
    assert b"Range not satisfiable" in body


def test_what_is_compressed_or_made_on_the_way_has_no_parts(api: Server, traffic: Path) -> None:
    """Its length is not known before it is made: it comes as a whole, and says nothing of ranges."""
    session = imported(api, traffic)["sessionId"]
    for options in (("?format=ndjson",), ("", "-H", "Accept-Encoding: zstd")):
        path, *headers = options
        head, _, _ = api.curl(f"/api/har/export/{session}{path}", *headers, "-i", "-r", "5-").partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert b"accept-ranges" not in head.lower()
