"""Located errors: the first byte that makes a text impossible, or where the token begins that does."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import InvalidHarError, InvalidJsonError, MissingLogError
from harlake.har.parse.error_location import Border, NewParser, search_error, shorten
from harlake.har.parse.push_parser import EnvelopePushParser, JsonPushParser
from harlake.har.parse.scanner import Scanner
from tests.support.documents import json_texts
from tests.support.reading import returned


def _new_parser() -> JsonPushParser:
    return JsonPushParser(max_depth=100)


def _located(new_parser: NewParser, text: bytes) -> tuple[int, InvalidHarError | None]:
    return returned(search_error(new_parser, text))


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        (b"[1,]", 3),
        (b"[1 2]", 3),
        (b'{"a" 1}', 5),
        (b'{"a":1,}', 7),
        (b"{1:2}", 1),
        (b"{true:2}", 1),
        (b'{"a":1 "b\\"c\\\\"}', 7),
        (b"[trux]", 4),
        (b"[01]", 2),
        (b"[-01]", 3),
        (b"[1-2]", 2),
        (b"[1.5e3-]", 6),
        (b"[1 01]", 3),
        (b"[1 -]", 3),
        (b"[-]", 2),
        (b"[1.]", 3),
        (b"[1 null]", 3),
        (b"[1 -2.5e3]", 3),
        (b'["a\x01"]', 3),
        (b'["a\\x"]', 4),
        (b'["a\xff"]', 3),
        (b"[\x0c1]", 1),
        (b"[" * 101, 100),
        (b"]", 0),
        (b"[1] 2 ", 4),
        (b"[%s,]" % (b"1," * 100_000 + b"1"), 200_003),
    ],
)
def test_the_error_is_where_the_text_becomes_impossible(text: bytes, offset: int) -> None:
    """A token that is refused whole is named by its first byte."""
    found, error = _located(_new_parser, text)
    assert found == offset
    assert isinstance(error, InvalidJsonError)
    assert error.detail


@given(json_texts())
def test_text_without_an_error_is_its_own_length(text: bytes) -> None:
    """Valid JSON, and what may become it, has no error."""
    for stop in (len(text), len(text) // 2):
        assert _located(_new_parser, text[:stop]) == (stop, None)


_WRONG = [b"]", b"}", b",", b":", b"\x00", b"\xff", b"x", b'"', b"0"]


@pytest.mark.parametrize(("text", "offset"), [(b'[-"1"]', 2), (b'{"a":-"b"}', 6), (rb'["\\"-"a"]', 5), (b'{1:"a"}', 1)])
def test_a_quote_that_opens_a_string_is_no_end_of_one(text: bytes, offset: int) -> None:
    """The first byte that cannot be is the quote itself, whatever strings stand before it."""
    assert _located(_new_parser, text)[0] == offset


@given(json_texts(), st.integers(0, 1000), st.sampled_from(_WRONG))
def test_up_to_the_error_nothing_is_wrong(text: bytes, at: int, byte: bytes) -> None:
    """What comes before the offset can be continued, and what comes up to the token's end cannot."""
    at %= len(text) + 1
    damaged = text[:at] + byte + text[at:] + b" "
    offset, error = _located(_new_parser, damaged)
    _new_parser().feed(damaged[:offset])
    if error is None:
        assert offset == len(damaged)
        return
    with pytest.raises(InvalidHarError) as caught:
        _new_parser().feed(damaged)
    assert caught.value.detail == error.detail
    with pytest.raises(ValueError):
        json.loads(damaged)


def test_a_scalar_that_the_envelope_refuses_is_named_by_its_first_byte() -> None:
    """It comes whole, at its end."""
    for scalar in (b'"a\\"b"', b"true", b"-12.5"):
        offset, error = _located(lambda: EnvelopePushParser(10), b'{"log": %s }' % scalar)
        assert (offset, type(error)) == (8, MissingLogError)


def test_what_the_envelope_refuses_before_it_ends_is_named_by_where_it_opens() -> None:
    """An array in the place of the log, and an object that ends without one."""
    for text, expected in ((b'{"log": [1]}', 8), (b'{"a":1 } ', 7), (b'{"log":{"entries":{}}}', 18)):
        offset, error = _located(lambda: EnvelopePushParser(10), text)
        assert offset == expected
        assert isinstance(error, InvalidHarError)


@given(json_texts(), st.integers(0, 1000), st.sampled_from(_WRONG), st.integers(1, 9))
def test_a_shorter_text_has_the_same_error(text: bytes, at: int, byte: bytes, size: int) -> None:
    """Of what a parser has taken in pieces, only the brackets that are open and the end matter."""
    at %= len(text) + 1
    damaged = text[:at] + byte + text[at:] + b" "
    parser, scanner = _new_parser(), Scanner(max_depth=100)
    borders: list[Border] = []
    for start in range(0, len(damaged), size):
        piece = damaged[start : start + size]
        borders.append(Border(start, scanner.rest_of_string))
        opened = scanner.open
        with suppress(InvalidJsonError):
            scanner.feed(piece)
        try:
            parser.feed(piece)
        except InvalidJsonError:
            shorter, cut = returned(shorten(damaged[: start + size], borders, opened))
            offset, error = _located(_new_parser, shorter)
            expected = _located(_new_parser, damaged)
            assert error is not None
            assert expected[1] is not None
            assert (offset + cut, error.detail) == (expected[0], expected[1].detail)
            return


def test_a_long_text_becomes_short() -> None:
    """It does not matter how much there was, nor of what."""
    text = b'{"a":[' + b'{"b":"c,["},' * 10_000 + b"1"
    borders = [Border(start, None) for start in range(0, 120_000, 1200)]
    assert returned(shorten(text, [Border(0, None), Border(len(text), None)], b"{["))[0] == b'{"":[[],1'
    assert len(returned(shorten(text, borders, b"{["))[0]) < 2_000


@pytest.mark.slow
@pytest.mark.parametrize("filling", [b"[],", b'"a\\"",', b'{"a":"%s"},' % (b"\\n" * 20_000)])
@pytest.mark.parametrize("end", [b'"a" "b"', b"012 ", b'{"a":1 "b"}'])
def test_the_search_pauses(filling: bytes, end: bytes) -> None:
    """However long the text is: each step is a part of it, so that their number grows with it."""
    steps = []
    for size in (150_000, 450_000):
        text = b"[" + filling * (size // len(filling)) + end
        steps.append(sum(1 for _ in search_error(_new_parser, text)))
    assert steps[0] > 4
    assert 1.5 < steps[1] / steps[0] < 6


def test_a_string_is_passed_in_pieces() -> None:
    """Its beginning is found, wherever pieces end in its escapes."""
    for escapes in (b"\\\\", b'\\"', b"x\\u00e9"):
        for shift in range(7):
            text = b'["", "' + b"y" * shift + escapes * 30_000 + b'"'
            assert _located(_new_parser, text[:1] + b"1 " + text[5:])[0] == 3
