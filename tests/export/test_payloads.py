"""Payloads: the text and the frames of a HAR say the same, and lines are the entries that they came from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harlake.export.chunks import recompressed
from harlake.export.payloads import GeneratedPayload, HarPayload, as_line
from tests.support.hars import decoded

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.sampled_from('\r\n\t " \\a\u2028')),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=3), values, max_size=4),
    max_leaves=10,
)


@given(_json, st.sampled_from([None, 0, 3, "\t", "\r\n \r"]), st.sampled_from([(",", ":"), (" ,\r\n ", " : \n")]))
def test_a_line_is_the_same_json(value: Any, indent: Any, separators: tuple[str, str]) -> None:
    """However an entry is written, its line says the same, and is one line."""
    line = as_line(json.dumps(value, indent=indent, separators=separators).encode())
    assert json.loads(line) == value
    assert (line.count(b"\n"), line[-1:], line.count(b"\r")) == (1, b"\n", 0)


@dataclass(frozen=True)
class _Entries:
    """Entries that are given as texts."""

    texts: Sequence[bytes]
    text_length: int | None
    held: int = 7

    def text(self, start: int = 0) -> Iterator[bytes]:
        yield b",".join(self.texts)[start:]

    def frames(self) -> Iterator[bytes]:
        return recompressed(self.text())


_entry_texts = st.lists(st.integers(0, 99).map(lambda number: b"%d" % number), min_size=1, max_size=3)


@given(st.lists(_entry_texts, max_size=4), st.booleans())
def test_streams_are_joined(streams: list[list[bytes]], known: bool) -> None:
    """A HAR has the entries of all streams in order; its length is right, or not known at all."""
    entries = [_Entries(texts, len(b",".join(texts)) if known else None) for texts in streams]
    payload = HarPayload(b'{"log":{"entries":[', entries)
    text = b"".join(payload.text())
    assert json.loads(text)["log"]["entries"] == [int(one) for texts in streams for one in texts]
    assert decoded(b"".join(payload.frames()), "zstd") == text
    assert payload.text_length == (len(text) if known or not streams else None)
    assert payload.held == len(payload.opening) + (7 if streams else 0)
    if known:
        assert [b"".join(payload.text(start)) for start in range(len(text))] == [
            text[start:] for start in range(len(text))
        ]


def test_what_is_generated_begins_anew() -> None:
    """A payload can be asked for as often as need be, as text and as frames."""
    payload = GeneratedPayload(lambda: iter([b"a", b"b"]), 5)
    assert [b"".join(payload.text()), b"".join(payload.text())] == [b"ab"] * 2
    assert decoded(b"".join(payload.frames()), "zstd") == b"ab"
    assert payload.text_length is None
