"""Finds where in a text the error is that a push parser has raised, for yajl gives no offset for an error.

The text is still held by the caller, so it is parsed again, in the end byte by byte, up to the first one that cannot
be. That makes the offset exact, and offset and reason the same, however the document was cut.
"""

import re
from collections.abc import Callable
from typing import Final

from harlake.errors import InvalidHarError, InvalidJsonError
from harlake.har.parse.push_parser import JsonPushParser
from harlake.har.raw_json import STRING
from harlake.limits import KIB

_QUOTE: Final = ord('"')
_STRING: Final = re.compile(STRING, re.DOTALL)
_NUMBER: Final = b"+-.0123456789eE"
#: What a number can begin with, the whole number included (RFC 8259 §6).
_NUMBER_BEGINNING: Final = re.compile(
    rb"-?(?:(?:0|[1-9][0-9]*)(?:\.(?:[0-9]+(?:[eE][+-]?[0-9]*)?)?|[eE][+-]?[0-9]*)?)?"
)
_LITERALS: Final = (b"true", b"false", b"null")


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
        return start, error
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
