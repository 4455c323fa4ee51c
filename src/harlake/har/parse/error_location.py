"""Finds where in a text the error is that a push parser has raised, for yajl gives no offset for an error.

The text is still held by the caller, so it is parsed again, in the end byte by byte, up to the first one that cannot
be. That makes the offset exact, and offset and reason the same, however the document was cut. Of a long text, only the
brackets that are open and the end matter: parsing all of it several times took minutes.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from harlake.errors import InvalidHarError, InvalidJsonError
from harlake.har.parse.push_parser import JsonPushParser
from harlake.har.raw_json import IN_STRING, STRING
from harlake.limits import KIB

_QUOTE: Final = ord('"')
_ARRAY: Final = ord("[")
_STRING: Final = re.compile(STRING, re.DOTALL)
_NUMBER: Final = b"+-.0123456789eE"
#: What a number can begin with, the whole number included (RFC 8259 §6).
_NUMBER_BEGINNING: Final = re.compile(
    rb"-?(?:(?:0|[1-9][0-9]*)(?:\.(?:[0-9]+(?:[eE][+-]?[0-9]*)?)?|[eE][+-]?[0-9]*)?)?"
)
_LITERALS: Final = (b"true", b"false", b"null")

#: The end of a string's inside; and what follows a string: others as a whole, and what stands between two values.
_REST: Final = re.compile(IN_STRING, re.DOTALL)
_BOUNDARY: Final = re.compile(rb'"%b"?|[\[\]{},]' % IN_STRING, re.DOTALL)


class Border(NamedTuple):
    """Where a piece of a text begins, and what a scanner says of strings there."""

    offset: int
    rest_of_string: int | None


def shortened(text: bytes, borders: Sequence[Border], opened: bytes) -> tuple[bytes, int]:
    """Return a short text that leads a parser to where ``text`` does, and how many bytes shorter it is.

    The text is acceptable up to the last of the borders, where the brackets ``opened`` are open. All that matters of it
    is these, and what follows the last bracket or comma.
    """
    for start, stop in reversed(list(pairwise(borders))):
        boundary = _last_boundary(text, start, stop.offset)
        if boundary is not None:
            break
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


def locate_error(new_parser: Callable[[], JsonPushParser], text: bytes) -> tuple[int, InvalidHarError | None]:
    """Return the offset of the first byte that makes ``text`` impossible, and what is wrong with it.

    Without one, these are the text's length and None. ``new_parser`` makes a push parser; the text is parsed four to
    eight times.
    """
    start, error = 0, None
    for step in (64 * KIB, 256, 1):
        parser = new_parser()
        start, error = _parse(parser, text, start, step)
        if error is None:
            return len(text), None
    return _start_of_token(new_parser, text, start, error, parser.at_scalar), error


def _parse(parser: JsonPushParser, text: bytes, start: int, step: int) -> tuple[int, InvalidHarError | None]:
    """Parse a text whose pieces are ``step`` long from ``start`` on; return where the one in error begins, and why."""
    try:
        parser.feed(text[:start])
        while start < len(text):
            parser.feed(text[start : start + step])
            start += step
    except InvalidHarError as error:
        # Without its traceback, which leads to the frames that hold it: a cycle.
        return start, type(error)(error.detail, path=error.path)
    return start, None


def _start_of_token(
    new_parser: Callable[[], JsonPushParser], text: bytes, end: int, error: InvalidHarError | None, at_scalar: bool
) -> int:
    """Return where the token in error begins, if it came whole before it was refused; else ``end``.

    A string comes with its last quote, a literal with its last letter, a number with the byte that follows it.
    """
    if isinstance(error, InvalidJsonError) or at_scalar:
        for literal in _LITERALS:
            if text.endswith(literal, 0, end + 1):
                return end + 1 - len(literal)
        if _ends_in_wrong_number(new_parser, text[:end]):
            return _start_of_wrong_number(new_parser, text, end)
        if text[end] == _QUOTE:
            return _start_of_string(text, end)
    return end


def _start_of_wrong_number(new_parser: Callable[[], JsonPushParser], text: bytes, end: int) -> int:
    """Return where the number before ``end`` begins if none may stand there, else where it stops to be one."""
    start = len(text[:end].rstrip(_NUMBER))
    beginning = _NUMBER_BEGINNING.match(text, start, end)
    if beginning is None or _ends_in_wrong_number(new_parser, text[: start + 1]):
        return start
    return beginning.end() if beginning.end() < end else start


def _ends_in_wrong_number(new_parser: Callable[[], JsonPushParser], text: bytes) -> bool:
    """Return whether a text that ends in a number is impossible, whether that is complete or goes on."""
    return _is_impossible(new_parser, text + b" ") and _is_impossible(new_parser, text + b"0 ")


def _is_impossible(new_parser: Callable[[], JsonPushParser], text: bytes) -> bool:
    try:
        new_parser().feed(text)
    except InvalidHarError:
        return True
    return False


def _start_of_string(text: bytes, end: int) -> int:
    """Return where the string begins that the quote at ``end`` closes; ``end`` if it opens one."""
    return next((string.start() for string in _STRING.finditer(text, 0, end + 1) if string.end() > end), end)
