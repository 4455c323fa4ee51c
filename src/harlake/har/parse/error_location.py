"""Finds where in a text the error is that a push parser has raised, for yajl gives no offset for an error.

The text is still held by the caller, so it is parsed again, in the end byte by byte, up to the first one that cannot
be. That makes the offset exact, and offset and reason the same, however the document was cut.
"""

import re
from collections.abc import Callable
from typing import Final

from harlake.errors import InvalidHarError, InvalidJsonError
from harlake.har.parse.push_parser import JsonPushParser
from harlake.limits import KIB

_QUOTE: Final = ord('"')
_BACKSLASH: Final = ord("\\")
_NUMBER: Final = b"+-.0123456789eE"
_LEADING_ZERO: Final = re.compile(rb"0[0-9]")
_LITERALS: Final = (b"true", b"false", b"null")


def locate_error(new_parser: Callable[[], JsonPushParser], text: bytes) -> tuple[int, InvalidHarError | None]:
    """Return the offset of the first byte that makes ``text`` impossible, and what is wrong with it.

    Without one, these are the text's length and None. ``new_parser`` makes a push parser; the text is parsed about
    four times.
    """
    start = 0
    for step in (64 * KIB, 256, 1):
        parser = new_parser()
        try:
            parser.feed(text[:start])
            while start < len(text):
                parser.feed(text[start : start + step])
                start += step
        except InvalidHarError as error:
            if step == 1:
                return _start_of_token(new_parser, text, start, error, parser.at_scalar), error
        else:
            break
    return len(text), None


def _start_of_token(
    new_parser: Callable[[], JsonPushParser], text: bytes, end: int, error: InvalidHarError, at_scalar: bool
) -> int:
    """Return where the token in error begins, if it came whole before it was refused; else ``end``.

    A string comes with its last quote, a literal with its last letter, a number with the byte that follows it.
    """
    if isinstance(error, InvalidJsonError) or at_scalar:
        for literal in _LITERALS:
            if text.endswith(literal, 0, end + 1):
                return end + 1 - len(literal)
        if _is_impossible(new_parser, text[:end] + b" ") and _is_impossible(new_parser, text[:end] + b"0 "):
            number = len(text[:end].rstrip(_NUMBER))
            return number + 1 if _LEADING_ZERO.match(text, number) else number
        if text[end] == _QUOTE:
            return _start_of_string(text, end)
    return end


def _is_impossible(new_parser: Callable[[], JsonPushParser], text: bytes) -> bool:
    try:
        new_parser().feed(text)
    except InvalidHarError:
        return True
    return False


def _start_of_string(text: bytes, end: int) -> int:
    start = text.rfind(b'"', 0, end)
    while _backslashes(text, start) % 2:
        start = text.rfind(b'"', 0, start)
    return start


def _backslashes(text: bytes, end: int) -> int:
    """Return how many backslashes stand before ``end``; an odd number escapes what is there."""
    start = end
    while start and text[start - 1] == _BACKSLASH:
        start -= 1
    return end - start
