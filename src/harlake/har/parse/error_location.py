"""Finds where in a text the error is that a push parser has raised, for yajl gives no offset for an error.

The text is still held by the caller, so it is parsed again, in the end byte by byte, up to the first one that cannot
be. That makes the offset exact, and offset and reason the same, however the document was cut. Of a long text, only the
brackets that are open and the end matter: parsing all of it several times took minutes.
"""

import re
from collections.abc import Callable, Generator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from harlake.errors import InvalidHarError, InvalidJsonError
from harlake.har.parse.push_parser import JsonPushParser
from harlake.har.raw_json import IN_STRING
from harlake.limits import KIB

_QUOTE: Final = ord('"')
_ARRAY: Final = ord("[")
_NUMBER: Final = b"+-.0123456789eE"
#: What a number can begin with, the whole number included (RFC 8259 §6).
_NUMBER_BEGINNING: Final = re.compile(
    rb"-?(?:(?:0|[1-9][0-9]*)(?:\.(?:[0-9]+(?:[eE][+-]?[0-9]*)?)?|[eE][+-]?[0-9]*)?)?"
)

#: Bytes that are parsed between two pauses.
_PIECE: Final = 64 * KIB

NewParser = Callable[[], JsonPushParser]
_LITERALS: Final = (b"true", b"false", b"null")

#: The end of a string's inside; and what follows a string: others as a whole, and what stands between two values.
_REST: Final = re.compile(IN_STRING, re.DOTALL)
_BOUNDARY: Final = re.compile(rb'"%b"?|[\[\]{},]' % IN_STRING, re.DOTALL)


#: Pauses, and returns an offset in a text, and what is wrong there.
FoundError = Generator[None, None, tuple[int, InvalidHarError | None]]


class Border(NamedTuple):
    """Where a piece of a text begins, and what a scanner says of strings there."""

    offset: int
    rest_of_string: int | None


def shorten(text: bytes, borders: Sequence[Border], opened: bytes) -> Generator[None, None, tuple[bytes, int]]:
    """Return a short text that leads a parser to where ``text`` does, and how many bytes shorter it is; pause often.

    The text is acceptable up to the last of the borders, where the brackets ``opened`` are open. All that matters of it
    is these, and what follows the last bracket or comma.
    """
    for start, stop in reversed(list(pairwise(borders))):
        boundary = _last_boundary(text, start, stop.offset)
        if boundary is not None:
            break
        yield
    else:
        return text, 0
    last = text[boundary - 1 : boundary]
    value = b"" if last in (b"[", b"{") else b"[]," if last == b"," else b"[]"
    name = b'"":'
    prefix = b"".join(b"[" if bracket == _ARRAY else b"{" + name for bracket in opened)
    if opened and opened[-1] != _ARRAY and not value:
        prefix = prefix.removesuffix(name)
    return prefix + value + text[boundary:], boundary - len(prefix + value)


def _last_boundary(text: bytes, start: Border, stop: int) -> int | None:
    """Return the offset behind the last bracket or comma of a piece, None where it has none outside of strings."""
    at = start.offset
    if start.rest_of_string is not None:
        rest = _REST.match(text, at + start.rest_of_string, stop)
        at = rest.end() + 1 if rest else stop
    boundary: int | None = None
    for token in _BOUNDARY.finditer(text, at, stop):
        if not token[0].startswith(b'"'):
            boundary = token.end()
    return boundary


def search_error(new_parser: NewParser, text: bytes) -> FoundError:
    """Return the offset of the first byte that makes ``text`` impossible, and what is wrong with it; pause often.

    Without one, these are the text's length and None. The text is parsed four to eight times.
    """
    start, error = 0, None
    for step in (_PIECE, 256, 1):
        parser = new_parser()
        start, error = yield from _parse(parser, text, start, step)
        if error is None:
            return len(text), None
    return (yield from _start_of_token(new_parser, text, start, error, parser.at_scalar)), error


def _parse(parser: JsonPushParser, text: bytes, start: int, step: int) -> FoundError:
    """Parse a text whose pieces are ``step`` long from ``start`` on; return where the one in error begins, and why."""
    try:
        yield from _feed(parser, text, start)
        for at in range(start, len(text), step):
            start = at
            parser.feed(text[at : at + step])
            if not at % _PIECE:
                yield
    except InvalidHarError as error:
        # Without its traceback, which leads to the frames that hold it: a cycle.
        return start, type(error)(error.detail, path=error.path)
    return start, None


def _feed(parser: JsonPushParser, text: bytes, stop: int) -> Generator[None]:
    for at in range(0, stop, _PIECE):
        parser.feed(text[at : min(stop, at + _PIECE)])
        yield


def _start_of_token(
    new_parser: NewParser, text: bytes, end: int, error: InvalidHarError | None, at_scalar: bool
) -> Generator[None, None, int]:
    """Return where the token in error begins, if it came whole before it was refused; else ``end``.

    A string comes with its last quote, a literal with its last letter, a number with the byte that follows it.
    """
    if isinstance(error, InvalidJsonError) or at_scalar:
        for literal in _LITERALS:
            if text.endswith(literal, 0, end + 1):
                return end + 1 - len(literal)
        if (yield from _ends_in_wrong_number(new_parser, text, end)):
            return (yield from _start_of_wrong_number(new_parser, text, end))
        if text[end] == _QUOTE:
            return (yield from _start_of_string(text, end))
    return end


def _start_of_wrong_number(new_parser: NewParser, text: bytes, end: int) -> Generator[None, None, int]:
    """Return where the number before ``end`` begins if none may stand there, else where it stops to be one."""
    start = end
    while start and text[start - 1] in _NUMBER:
        start -= 1
    beginning = _NUMBER_BEGINNING.match(text, start, end)
    if beginning is None or (yield from _ends_in_wrong_number(new_parser, text, start + 1)):
        return start
    return beginning.end() if beginning.end() < end else start


def _ends_in_wrong_number(new_parser: NewParser, text: bytes, end: int) -> Generator[None, None, bool]:
    """Return whether a text that ends in a number is impossible, whether that is complete or goes on."""
    for ending in (b" ", b"0 "):
        parser = new_parser()
        try:
            yield from _feed(parser, text, end)
            parser.feed(ending)
        except InvalidHarError:
            continue
        return False
    return True


def _start_of_string(text: bytes, end: int) -> Generator[None, None, int]:
    """Return where the string begins that the quote at ``end`` closes; ``end`` if it opens one."""
    at = paused_at = 0
    while (start := text.find(b'"', at, end)) >= 0:
        at = start + 1
        while at < end and text[at] != _QUOTE:
            rest = _REST.match(text, at, min(end, at + _PIECE))
            # One byte at least: a backslash that is the last before ``end`` escapes nothing.
            at = max(at + 1, rest.end() if rest else 0)
            if at - paused_at >= _PIECE:
                yield
                paused_at = at
        if at >= end:
            return start
        at += 1
    return end
