"""The unwrapping of uploads."""

from __future__ import annotations

import gzip
import random
import zlib
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import InvalidJsonError
from harlake.limits import MIB, Limits
from harlake.upload.decompression import UploadDecoder

_WRAPPERS: dict[str, Callable[[bytes], bytes]] = {
    "identity": lambda text: text,
    "gzip": lambda text: gzip.compress(text[:7]) + gzip.compress(text[7:]),
    "zstd": lambda text: zstandard.compress(text[:7]) + zstandard.compress(text[7:]),
}


def decode(data: bytes, cuts: list[int], limits: Limits | None = None) -> tuple[bytes, str]:
    """Unwrap an upload that arrives in pieces."""
    decoder = UploadDecoder(limits or Limits())
    texts: list[bytes] = []
    start = 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        texts += decoder.feed(data[start:cut])
        start = cut
    texts += decoder.close()
    return b"".join(texts), decoder.encoding


@given(
    st.text(max_size=200).map('{"'.__add__),
    st.sampled_from(sorted(_WRAPPERS)),
    st.sampled_from(["", "bom", "utf-16-le", "utf-16-be"]),
    st.lists(st.integers(0, 1000), max_size=20),
)
def test_the_text_comes_out_however_it_was_wrapped_and_cut(
    text: str, wrapper: str, inner: str, cuts: list[int]
) -> None:
    """Compressed or not, with or without a byte order mark, cut anywhere, the same UTF-8 comes out."""
    encodings = {"": ("utf-8", ""), "bom": ("utf-8", "\ufeff"), "utf-16-le": ("utf-16-le", "\ufeff")}
    codec, mark = encodings.get(inner, ("utf-16-be", "\ufeff"))
    decoded, found = decode(_WRAPPERS[wrapper]((mark + text).encode(codec)), cuts)
    assert decoded == text.encode()
    names = [name for name in (wrapper if wrapper != "identity" else "", inner[:6]) if name]
    assert found == ("+".join(names) or "identity")


def test_an_empty_upload_is_empty() -> None:
    """Nothing in, nothing out."""
    assert decode(b"", []) == (b"", "identity")


@pytest.mark.parametrize("wrapper", ["gzip", "zstd"])
def test_damage_is_refused(wrapper: str) -> None:
    """A flipped byte in the middle of compressed data never passes for text."""
    data = bytearray(_WRAPPERS[wrapper](b'{"log":{"entries":[%s]}}' % (b"{}," * 2000)))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(InvalidJsonError, match="damaged"):
        decode(bytes(data), [])


def test_truncated_gzip_is_refused() -> None:
    """Gzip data that ends early is not taken for complete."""
    with pytest.raises(InvalidJsonError, match="cut off"):
        decode(gzip.compress(b'{"log":{}}')[:-3], [])


def test_a_bomb_is_refused_before_it_is_expanded() -> None:
    """Data that grows beyond all measure is given up on as soon as that is clear."""
    compressor = zlib.compressobj(9, wbits=31)
    bomb = compressor.compress(b" " * 50_000_000) + compressor.flush()
    limits = Limits(expansion_floor=1_000_000)
    for data in (bomb, zstandard.compress(b" " * 50_000_000)):
        sizes: list[int] = []
        with pytest.raises(InvalidJsonError, match="expands to more than 500 times"):
            sizes += map(len, UploadDecoder(limits).feed(data))
        assert sum(sizes) < 40_000_000


def test_a_zip_archive_says_what_to_do() -> None:
    """A zip is not a HAR, and the answer names it."""
    with pytest.raises(InvalidJsonError, match="zip archive"):
        decode(b"PK\x03\x04....", [])


@pytest.mark.slow
@pytest.mark.parametrize("cuts", [[], [3], [4, 5]])
def test_what_a_window_takes_is_told(cuts: list[int]) -> None:
    """As much of it as is filled, however the header came; nothing of a frame that has ended."""
    text = random.Random(1).randbytes(MIB).hex().encode() * 3
    parameters = zstandard.ZstdCompressionParameters(window_log=22)
    frame = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    data = frame.compress(text) + frame.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    decoder, start = UploadDecoder(), 0
    for cut in [*cuts, len(data)]:
        decoded = sum(map(len, decoder.feed(data[start:cut])))
        start = cut
    assert decoded == len(text)
    assert decoder.held == 4 * MIB < len(text)
    list(decoder.feed(frame.flush() + zstandard.compress(b"x")))
    assert decoder.held == 1
    for other in (text, gzip.compress(text)):
        decoder = UploadDecoder()
        assert b"".join(decoder.feed(other)) == text
        assert decoder.held == 0
