"""Bodies put into blocks: whatever they are, and whatever stands around the names of files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harlake.formats.attached_bodies import AttachedBodies
from harlake.formats.notes import Notes
from harlake.har.bodies import request_body, response_body
from harlake.har.parse.blocks import Block
from harlake.har.parse.reader import HarReader
from harlake.limits import Limits
from tests.support.hars import entry, har


class _Files(dict[str, bytes]):
    def size(self, name: str) -> int | None:
        return len(self[name]) if name in self else None

    def read(self, name: str) -> Iterator[bytes]:
        yield self[name]


def _inlined(text: bytes, files: dict[str, bytes], limits: Limits) -> list[Block]:
    reader = HarReader(limits)
    read = reader.feed(text)
    blocks = read + reader.close()[0]
    bodies = AttachedBodies(_Files(files), Notes(), limits)
    return [part for parts in bodies.inline([*blocks]) for part in parts if isinstance(part, Block)]


def _entry(number: int, response: str | None, request: str | None, member: str) -> bytes:
    one: dict[str, Any] = json.loads(entry(number))
    one["response"]["content"] = {"size": 1, "mimeType": "x", "text": "old", member: response}
    if request:
        one["request"]["postData"] = {member: request, "encoding": "old"}
    return json.dumps(one, ensure_ascii=False).encode()


@given(
    st.lists(st.tuples(st.binary(), st.binary(), st.sampled_from(["_file", "_sha1"])), max_size=8), st.integers(1, 9999)
)
def test_bodies_are_what_the_files_have(drawn: list[tuple[bytes, bytes, str]], block_bytes: int) -> None:
    """Of both directions, in each entry, in order, however small blocks are."""
    files = {f"{number}{side}": body for number, pair in enumerate(drawn) for side, body in enumerate(pair[:2])}
    entries = [_entry(number, f"{number}0", f"{number}1", one[2]) for number, one in enumerate(drawn)]
    blocks = _inlined(har(*entries), files, Limits(block_bytes=block_bytes))
    texts = [text for block in blocks for text in block.texts()]
    assert [(response_body(text).data, request_body(text).data) for text in texts] == [one[:2] for one in drawn]
    assert [read.has_body for block in blocks for read in block.entries] == [bool(one[0]) for one in drawn]


def test_other_entries_stay_as_they_are() -> None:
    """Names of files elsewhere in an entry, and in texts, are none."""
    texts = [
        entry(0, b',"_file":"f","_more":{"_file":"f"}'),
        entry(1, b',"comment":"\\"_file\\":\\"f\\""'),
        entry(2).replace(b'"content":{', b'"content":{"x":{"_file":"f"},'),
        entry(3).replace(b'"content":{', b'"content":{"_file":7,'),
    ]
    (block,) = _inlined(har(*texts), {"f": b"body"}, Limits())
    assert list(block.texts()) == texts
