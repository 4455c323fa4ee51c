"""Push parsers: one reads text with truncated tokens, and must accept and refuse as for the original."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harlake.errors import InvalidEntriesError, InvalidHarError, InvalidJsonError, MissingLogError
from harlake.har.parse.error_location import search_error
from harlake.har.parse.push_parser import EnvelopePushParser, JsonPushParser
from tests.support.documents import cut_at, hars, json_texts, offsets
from tests.support.reading import returned

_FRAGMENTS = [
    b"plain",
    b"x" * 100,
    b"7" * 40,
    "é😀\u2028".encode(),
    b'\\"',
    b"\\\\",
    b"\\n",
    b"\\u00e9",
    b"\\ud83d\\ude00",
    b"\\udc80",
    b"\\",
    b"\\x",
    b"\\u12",
    b'"',
    b"\x1f",
    b"\n",
    b"\x0b",
    b"\xff",
    b"\xed\xa0\x80",
    b"[",
    b"}",
]
_insides = st.lists(st.sampled_from(_FRAGMENTS), max_size=12).map(b"".join)


def _refused_at(text: bytes, cuts: list[int]) -> int | None:
    """Return where the parser finds the first error, or the text's length where it is not complete, or None."""
    parser = JsonPushParser(max_depth=10)
    try:
        for piece in cut_at(text, cuts):
            parser.feed(piece)
    except InvalidJsonError:
        return returned(search_error(lambda: JsonPushParser(max_depth=10), text))[0]
    return None if parser.complete else len(text)


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text.decode())
    except ValueError:
        return False
    return True


@given(_insides, st.lists(st.integers(0, 1000), max_size=5))
@example(b"x" * 100 + b"\\u12" + b"34", [105])
@example(b"x" * 61 + b"\\u1234" + b"y" * 9, [63])
def test_strings_are_accepted_as_by_any_other_parser(inside: bytes, cuts: list[int]) -> None:
    """Whatever is in a string, and wherever it is cut, it is accepted if it is JSON, and else refused."""
    text = b'["%s"]' % inside
    offset = _refused_at(text, cuts)
    assert (offset is None) is _is_json(text)
    if offset is not None:
        assert offset == _refused_at(text, [])
        JsonPushParser(max_depth=10).feed(text[:offset])  # up to there, nothing is wrong


@given(_insides, _insides, st.integers(0, 300))
def test_an_error_is_found_after_a_long_string(before: bytes, after: bytes, cut: int) -> None:
    """What follows a string that is passed on only in part is checked all the same."""
    text = b'{"%s":1,"b":"%s",}' % (before.replace(b'"', b""), after.replace(b'"', b""))
    assert _refused_at(text, [cut]) is not None


@given(json_texts(), offsets)
def test_a_value_is_complete_when_it_ends(text: bytes, cuts: list[int]) -> None:
    """At its last byte, or where it is a number, when it is closed; then no container is open."""
    parser = JsonPushParser(max_depth=100)
    for piece in cut_at(text, cuts):
        parser.feed(piece)
    assert parser.complete or text[-1:].isdigit()
    parser.close()
    assert (parser.complete, parser.depth) == (True, 0)


@pytest.mark.parametrize("text", [b"", b" ", b"[", b'{"a":', b'"a', b"-", b"tru"])
def test_what_is_not_complete_cannot_be_closed(text: bytes) -> None:
    """The end is refused inside of a value, and before it."""
    parser = JsonPushParser(max_depth=10)
    parser.feed(text)
    with pytest.raises(InvalidJsonError):
        parser.close()


def test_depth_is_limited() -> None:
    """As many containers may be open, and not one more."""
    JsonPushParser(max_depth=3).feed(b'[[{"a":1}],[[]]]')
    with pytest.raises(InvalidJsonError, match="deeper than 3 levels"):
        JsonPushParser(max_depth=3).feed(b'[[{"a":[]}]]')


@given(hars())
def test_log_entries_is_found_where_it_opens(text: bytes) -> None:
    """The array is opened at one byte of the document, whatever else is called entries or log."""
    parser = EnvelopePushParser(max_depth=400)
    opened_at = None
    for start in range(len(text)):
        parser.feed(text[start : start + 1])
        if parser.opened and opened_at is None:
            opened_at = start
    parser.close()
    assert opened_at is not None
    entries, _ = json.JSONDecoder().raw_decode(text[opened_at:].decode("utf-8", "surrogatepass"))
    assert entries == json.loads(text)["log"]["entries"]


@pytest.mark.parametrize(
    ("text", "error", "path"),
    [
        (b"{}", MissingLogError, None),
        (b"[", MissingLogError, None),
        (b"null ", MissingLogError, None),
        (b'{"log":3,', MissingLogError, "log"),
        (b'{"log":[', MissingLogError, "log"),
        (b'{"log":{"entries":[]},"log":', None, None),
        (b'{"log":{"entries":[]},"log":1,', MissingLogError, "log"),
        (b'{"log":{}', InvalidEntriesError, "log"),
        (b'{"log":{"entries":true', InvalidEntriesError, "log.entries"),
        (b'{"log":{"entries":{', InvalidEntriesError, "log.entries"),
        (b'{"log":{"entries":[],"entries":[', InvalidEntriesError, "log.entries"),
        (b'{"log":{"entries":[],"entries":1,', InvalidEntriesError, "log.entries"),
        (b'{"log":{"entries":[{"entries":[]}],"x":{"entries":[]},"log":1},"entries":[]}', None, None),
        (b'{"x":{"entries":[]},"log":{"entries":[]}}', None, None),
    ],
)
def test_an_envelope_has_one_log_with_one_array_of_entries(
    text: bytes, error: type[InvalidHarError] | None, path: str | None
) -> None:
    """Anything else is refused, by the member that is wrong; the first thing that is wrong counts."""
    if error is None:
        EnvelopePushParser(max_depth=10).feed(text)
        return
    with pytest.raises(error) as caught:
        EnvelopePushParser(max_depth=10).feed(text + b"\n")
    assert caught.value.path == path
