"""Bodies as they went over the wire."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from itertools import pairwise

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from harlake.formats.content_coding import decoded_content, without_chunks

_CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
    "identity": bytes,
}


@given(st.binary(), st.lists(st.integers(0, 200)))
def test_chunks_are_joined(body: bytes, cuts: list[int]) -> None:
    """However a body was cut, with extensions and trailers."""
    bounds = sorted({0, len(body), *(min(cut, len(body)) for cut in cuts)})
    chunks = b"".join(b"%x;a=b\r\n%b\r\n" % (end - begin, body[begin:end]) for begin, end in pairwise(bounds))
    assert without_chunks(chunks + b"0\r\nTrailer: x\r\n\r\n") == body


@given(st.binary())
def test_whatever_comes_is_no_error(data: bytes) -> None:
    """What is not in chunks, or cut off, or not compressed, is None or a part of it."""
    without_chunks(data)
    for coding in (*_CODINGS, "br", "x,y"):
        decoded_content(data, coding, 1_000)


@given(st.binary(), st.lists(st.sampled_from(sorted(_CODINGS)), max_size=3))
def test_codings_are_undone(body: bytes, codings: list[str]) -> None:
    """Several, in the order in which they were applied."""
    sent = body
    for coding in codings:
        sent = _CODINGS[coding](sent)
    assert decoded_content(sent, ", ".join(codings).upper(), 10_000) == body


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd"])
def test_expansion_is_bounded(coding: str) -> None:
    """What would become larger than it may is not decoded."""
    sent = _CODINGS[coding](bytes(1_000_000))
    assert decoded_content(sent, coding, 999_999) is None
    assert decoded_content(sent, coding, 1_000_000) == bytes(1_000_000)


def test_deflate_without_its_wrapping() -> None:
    """As some servers send it."""
    raw = zlib.compressobj(wbits=-15)
    assert decoded_content(raw.compress(b"text") + raw.flush(), "deflate", 99) == b"text"
