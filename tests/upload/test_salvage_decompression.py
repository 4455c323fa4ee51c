"""Damaged compression and encodings: what can be read comes out, and it is said where something is missing."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.errors import InvalidJsonError
from harlake.limits import Limits
from harlake.upload.salvage_decompression import SalvageDecoder
from tests.support.damage import pieces
from tests.support.hars import numbered

_TEXT = numbered(200)
_PARTS = [_TEXT[start : start + 5000] for start in range(0, len(_TEXT), 5000)]
_ZSTD = zstandard.ZstdCompressor(write_checksum=True)


def _decode(data: bytes, cuts: list[int], limits: Limits | None = None) -> list[bytes]:
    """Return the texts between interruptions."""
    decoder = SalvageDecoder(limits or Limits())
    texts = [b""]

    def take(found: Iterator[bytes]) -> None:
        for text in found:
            texts[-1] += text
            if decoder.take_interruption():
                texts.append(b"")

    for piece in pieces(data, cuts):
        take(decoder.feed(piece))
    take(decoder.close())
    return texts


_cuts = st.lists(st.integers(0, 99_999), max_size=5)


@given(st.sampled_from(["gzip", "zstd", "frames", "members", "utf-16", "utf-16-be", "utf-8"]), _cuts)
def test_what_is_not_damaged_is_read_as_it_is(encoding: str, cuts: list[int]) -> None:
    """Without an interruption."""
    data = {
        "gzip": gzip.compress(_TEXT),
        "zstd": _ZSTD.compress(_TEXT),
        "members": b"".join(map(gzip.compress, _PARTS)),
        "frames": b"".join(map(_ZSTD.compress, _PARTS)),
    }.get(encoding) or _TEXT.decode().encode(encoding)
    assert _decode(data, cuts) == [_TEXT]


@given(st.sampled_from([gzip.compress, _ZSTD.compress]), st.integers(1, 9999), _cuts)
@settings(max_examples=30)
def test_what_is_cut_off_is_read_up_to_there(compress: Callable[[bytes], bytes], cut: int, cuts: list[int]) -> None:
    """As far as it can be decompressed."""
    data = b"".join(map(compress, _PARTS))
    whole, *rest = _decode(data[: 600 + cut % (len(data) - 600)], cuts)
    assert _TEXT.startswith(whole)
    assert rest in ([], [b""])
    assert rest or len(whole) % 5000 == 0


def test_what_follows_damage_is_found() -> None:
    """From the next frame or member on; of a damaged frame, nothing is taken."""
    for compress in (_ZSTD.compress, gzip.compress):
        packed = list(map(compress, _PARTS))
        wrong = bytearray(packed[3])
        wrong[len(wrong) // 2] ^= 0xFF
        first, *rest = _decode(b"".join(packed[:3]) + bytes(wrong) + b"".join(packed[4:]), [])
        assert first.startswith(b"".join(_PARTS[:3]))
        assert rest[-1] == b"".join(_PARTS[4:])
    assert first != b""


def test_utf_16_goes_on() -> None:
    """Behind a byte that is missing, a surrogate that is alone, and half a character at the end."""
    data = _TEXT.decode().encode("utf-16-le")
    mark = b"\xff\xfe"
    first, second = _decode(mark + data[:4001] + data[4002:], [])
    assert first.startswith(_TEXT[:2000])
    assert _TEXT.endswith(second)
    assert len(second) > len(_TEXT) - 2010
    assert _decode(mark + data[:4000] + b"\0\xd8" + data[4000:], [3]) == [_TEXT[:2000], _TEXT[2000:]]
    assert _decode(mark + data[:4001], []) == [_TEXT[:2000], b""]


def test_other_kinds_are_noted() -> None:
    """What the file is, if it is something else; the text is there all the same."""
    decoder = SalvageDecoder()
    data = b"callback(" + _TEXT
    assert b"".join(decoder.feed(data)) + b"".join(decoder.close()) == data
    assert "JSONP" in str(decoder.kind)


def test_what_grows_beyond_measure_is_refused() -> None:
    """As by the strict import."""
    with pytest.raises(InvalidJsonError, match="expands"):
        _decode(gzip.compress(bytes(1 << 22)), [], Limits(expansion_floor=1 << 20))
