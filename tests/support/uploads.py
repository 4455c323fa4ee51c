"""What tests of uploads have in common: a text, a server with limits of its own, and refusals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harlake.har.parse.blocks import Block
from harlake.upload.upload_reader import UploadReader
from tests.support.hars import assert_nothing_left, entry, har, send
from tests.support.server import Server, start_server

#: A HAR of 400 entries, of which one has characters of every length in UTF-8.
TEXT = har(entry(0), entry(1, ',"_note":"Größe 𝄞 \\u2028"'.encode()), *map(entry, range(2, 400)))


@contextmanager
def limited(tmp_path: Path, *options: str) -> Iterator[Server]:
    """A server with options of the test's own."""
    running = start_server(tmp_path / "data", *options)
    try:
        yield running
    finally:
        running.stop()


def read_upload(reader: UploadReader, data: bytes, cuts: Iterable[int] = ()) -> Iterator[Block]:
    """Read an upload that comes in pieces which end at the given offsets, and yield its blocks."""
    start = 0
    for cut in [*sorted(cuts), len(data)]:
        for parts in reader.feed(data[start:cut]):
            yield from (part for part in parts if isinstance(part, Block))
        start = cut
    for parts in reader.close():
        yield from (part for part in parts if isinstance(part, Block))


def refused(api: Server, file: Path, error: str = "Invalid HAR file format") -> dict[str, Any]:
    """Check that a file is refused and leaves nothing; return the answer."""
    status, answer = send(api, "import", file)
    assert (status, answer["error"]) == (400, error)
    assert_nothing_left(api)
    return dict(answer)
