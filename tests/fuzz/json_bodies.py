"""JSON bodies: as the schema of an operation wants them, with members of other types, and damaged as texts."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from tests.fuzz.values import HOSTILE, mostly, value_of
from tests.support.documents import json_values
from tests.support.mutations import JUNK

#: Texts that are inserted: half of them are JSON, and all of them are too much for somebody.
_PIECES: Final = (
    *(b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xef\xbb\xbf", b"\0", b"\\", b'"', b"{", b"}", b"]", b",", b":", b"//"),
    *(b"[" * 5_000, b'{"a":' * 2_000, b"9" * 5_000, b"1e99999", b"-", b"NaN", b"Infinity", b"'", b'"\\ud800"'),
    *(b'"\\u00', b"\xfe\xff\0{", b" " * 20_000, b'"' + b"x" * 20_000 + b'"', b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"),
    *(b"null", b"0"),
)


_CODECS: Final = ("utf-16", "utf-32", "utf-7")

_junk: Final = st.sampled_from(JUNK) | json_values
_damages: Final = st.tuples(
    st.integers(0, 6), st.integers(0, 10_000), st.sampled_from(_PIECES), st.sampled_from(_CODECS)
)


@cache
def json_bodies(names: tuple[str, ...], required: tuple[str, ...] = ()) -> st.SearchStrategy[bytes]:
    """Return bodies of requests whose objects have members of these names, mostly those that are required."""
    some = st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True)
    chosen = st.builds(lambda few, more: dict.fromkeys((*few, *more)), some, mostly(st.just(required), st.just(())))
    objects = chosen.flatmap(lambda these: st.fixed_dictionaries({name: _member_of(name) for name in these}))
    odd = st.one_of(
        st.builds(lambda members, name, value: members | {name: value}, objects, st.sampled_from(names), _junk),
        st.builds(lambda members, name, value: members | {name: value}, objects, st.sampled_from(HOSTILE), _junk),
        objects.map(lambda members: [members]),
        json_values,
    )
    texts = st.builds(_written, mostly(objects, odd), st.booleans())
    return mostly(texts, st.builds(_damaged, texts, _damages))


@cache
def _member_of(name: str) -> st.SearchStrategy[Any]:
    """Return values of a member: where a parameter is a text that says true or false, it is one of these."""
    return value_of(name).map(lambda value: value == "true" if value in ("true", "false") else value)


def _written(value: Any, ascii_only: bool) -> bytes:
    return json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


def _damaged(text: bytes, damage: tuple[int, int, bytes, str]) -> bytes:
    kind, at, piece, codec = damage
    at %= len(text) + 1
    match kind:
        case 0:
            return text[:at]
        case 1:
            return text[:-1] + b"," + text[1:]  # each name twice
        case 2:
            return text.decode("utf-8", "replace").encode(codec, "replace")
        case 3:
            return piece
        case _:
            return text[:at] + piece + text[at:]
