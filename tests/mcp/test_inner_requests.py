"""Parts of answers."""

from __future__ import annotations

import anyio
from hypothesis import given
from hypothesis import strategies as st

from harlake.mcp.inner_requests import AnswerPart


async def _sent(part: AnswerPart, status: int, pieces: list[bytes]) -> None:
    await part.send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"a/b")]})
    for number, piece in enumerate(pieces, 1):
        await part.send({"type": "http.response.body", "body": piece, "more_body": number < len(pieces)})


@given(st.lists(st.binary(max_size=9), min_size=1, max_size=9), st.integers(0, 30), st.integers(1, 30))
def test_a_part_is_a_slice(pieces: list[bytes], start: int, most: int) -> None:
    """However the answer is cut; its size is that of all of it."""
    part, whole = AnswerPart(start, most), b"".join(pieces)
    anyio.run(_sent, part, 200, pieces)
    assert part.data == whole[start : start + most]
    assert (part.size, part.status, part.content_type) == (len(whole), 200, "a/b")
    assert part.ended.is_set()


def test_a_refusal_is_whole() -> None:
    """It is told as it is."""
    part = AnswerPart(5, 2)
    anyio.run(_sent, part, 404, [b'{"error":', b'"No body"}'])
    assert part.data == b'{"error":"No body"}'
