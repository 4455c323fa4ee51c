"""Whatever a member of an entry is, all that reads entries either copes with it or says what is wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import HarlakeError
from harlake.har.bodies import request_body, response_body
from harlake.har.parse.pruning import index_entry
from harlake.har.parse.reader import HarReader
from harlake.har.repair.rewriter import Rewriter, parse_body_filter
from harlake.har.replay.scripts import SCRIPT_FORMATS, replay_script
from harlake.har.text_search import TextQuery
from harlake.har.validate.checker import Checker
from harlake.har.writer import page_ref, rename_page
from tests.support.complete_har import LOG

_PLACE = "a value goes here"
_ENTRY: dict[str, Any] = LOG["entries"][0] | {"_initiator": {"lineNumber": 1}, "_resourceType": "xhr"}

_VALUES = [
    *(
        b"null",
        b"true",
        b"-0",
        b"1.5",
        b"1e999",
        b"1e-999",
        b"1e99999999999999999999",
        b"9" * 5_000,
        b"1." + b"9" * 5_000,
    ),
    *(b'""', b'"x"', rb'"\ud800"', rb'"\ud800\udc00\udfff"', rb'"\u0000\u001b[31m\r\n"', b'"%b"' % (b"9" * 5_000)),
    *(b'"base64"', b'"http://[::1/"', rb'"http://\u2100@/:99999"', b'"[::1%1]"', b'"0x%b"' % (b"f" * 5_000)),
    *(b'"Mon, 01 Jan 9999 23:59:59 -2359"', b'"0001-01-01T00:00:00+23:59"', b'"1/1/1 00:00%bx"' % (b" " * 3_000)),
    *(
        b"[]",
        b"{}",
        b"[[]]",
        b'[["a","b"]]',
        b'[{"name":"a"}]',
        b'{"name":{},"value":[]}',
        b'{"":1,"":2}',
        rb'{"\ud800":1}',
    ),
]
_NESTS = [
    (b"[", b"1", b"]"),
    (b'{"a":', b"1", b"}"),
    (b'[{"name":', b'"x"', b"}]"),
    (b'{"name":[{"value":', b"1", b"}]}"),
]

_deep = st.tuples(st.sampled_from(_NESTS), st.sampled_from([5, 300, 900, 980, 1_000, 2_400])).map(
    lambda drawn: drawn[0][0] * drawn[1] + drawn[0][1] + drawn[0][2] * drawn[1]
)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from _paths(inner, (*path, name))


def _with(path: tuple[Any, ...], value: bytes) -> bytes:
    entry = copy.deepcopy(_ENTRY)
    owner: Any = entry
    for name in path[:-1]:
        owner = owner[name]
    owner[path[-1]] = _PLACE
    return json.dumps(entry).encode().replace(json.dumps(_PLACE).encode(), value)


def _validate(entry: bytes) -> None:
    checker = Checker()
    reader = HarReader(on_rejection=checker.reject)
    blocks = reader.feed(b'{"log":{"entries":[%b]}}' % entry)
    blocks += reader.close()[0]
    for block in blocks:
        list(checker.check(block))
    list(checker.close(reader, "identity"))


_READERS: dict[str, Callable[[bytes], object]] = {
    "index": index_entry,
    "validation": _validate,
    **{one: partial(replay_script, script_format=one) for one in SCRIPT_FORMATS},
    "response-body": response_body,
    "request-body": request_body,
    "page": page_ref,
    "renaming": lambda entry: rename_page(entry, {"page_1": "p", "�": "q"}),
    "filling": Rewriter(fill=True).entry,
    "bodies=none": Rewriter(parse_body_filter("none")).entry,
    "bodies=max:3&fill": Rewriter(parse_body_filter("max:3"), fill=True).entry,
    "search": lambda entry: list(TextQuery("x").hits(entry)),
    "search in any case": lambda entry: list(TextQuery('É"', case=False).hits(entry)),
}


@pytest.mark.parametrize("reader", _READERS)
@given(path=st.sampled_from(sorted(_paths(_ENTRY), key=str)), value=st.sampled_from(_VALUES) | _deep)
def test_every_member_may_be_anything(reader: str, path: tuple[Any, ...], value: bytes) -> None:
    """Only errors that a client is answered with come out."""
    with suppress(HarlakeError):
        _READERS[reader](_with(path, value))
