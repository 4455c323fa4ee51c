"""Strategies for what a reader of HARs is fed: JSON values and HARs in many layouts, and ways to cut them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

#: What breaks a reader that looks for borders instead of proving them.
_TRAPS = [
    '},{"startedDateTime":"',
    "{}[]{}}}]]",
    '"},{"request":{"url":"',
    '\\"},{\\"time',
    '{"log":{"entries":[',
    "\\",
    "é\u2028😀",
    "\x7f",
    "\u0000",
]
_texts = st.text(max_size=12) | st.sampled_from(_TRAPS)
_scalars = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | _texts
)
json_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_texts | st.sampled_from(["entries", "log", "startedDateTime"]), inner, max_size=3)
    ),
    max_leaves=8,
)
_urls = _texts | st.just("https://example.test/")
_requests = st.fixed_dictionaries(
    {"url": _urls}, optional={"method": _scalars, "headers": json_values, "bodySize": _scalars}
)
_responses = (
    st.fixed_dictionaries({}, optional={"status": _scalars, "content": json_values, "_error": _scalars}) | json_values
)
_members = {
    "startedDateTime": _scalars,
    "time": _scalars,
    "response": _responses,
    "timings": json_values,
    "pageref": _scalars,
    "_custom": json_values,
    "entries": json_values,
}


@st.composite
def entries(draw: st.DrawFn) -> Any:
    """Draw something that stands among the entries of a HAR, with its members in any order."""
    entry = draw(st.fixed_dictionaries({"request": _requests}, optional=_members))
    return dict(draw(st.permutations(list(entry.items()))))


@st.composite
def hars(draw: st.DrawFn) -> bytes:
    """Draw the text of a HAR in some layout."""
    log = draw(
        st.fixed_dictionaries(
            {"entries": st.lists(entries() | json_values, max_size=8)},
            optional={
                "version": _scalars,
                "creator": json_values,
                "pages": json_values,
                "_x": json_values,
                "comment": _texts,
            },
        )
    )
    document = {"log": dict(draw(st.permutations(list(log.items()))))} | draw(
        st.dictionaries(_texts.filter(lambda key: key != "log"), json_values, max_size=1)
    )
    layout: dict[str, Any] = draw(
        st.sampled_from(
            [{}, {"indent": 2}, {"indent": "\t"}, {"separators": (",", ":")}, {"separators": (" ,\r\n", " : ")}]
        )
    )
    return json.dumps(document, ensure_ascii=draw(st.booleans()), **layout).encode("utf-8", "surrogatepass")


def json_texts() -> st.SearchStrategy[bytes]:
    """Return texts of any JSON values, compact or not."""
    return st.builds(
        lambda value, indent, ascii_only: json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode(
            "utf-8", "surrogatepass"
        ),
        json_values,
        st.sampled_from([None, 1, "\t"]),
        st.booleans(),
    )


#: Offsets at which to cut a text; larger than most texts, hence to be taken modulo their lengths.
offsets = st.lists(st.integers(0, 1000), max_size=6)


def cut_at(text: bytes, cuts: Iterable[int]) -> Iterator[bytes]:
    """Yield a text in pieces that end at the given offsets."""
    for start, end in pairwise([0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]):
        yield text[start:end]
