"""Says in words what stands where JSON cannot go on: a word of Python, a comment, a comma too many.

A parser of JSON knows only that a byte is wrong. The bytes around it tell what the writer meant.
"""

from __future__ import annotations

import re
from typing import Final

#: Bytes before and after a place that are looked at.
CONTEXT: Final = 64

#: What a parser says that needs no more words.
_COMPLETE: Final = ("nested deeper", "probable comment", "a control character")
#: What it says where a word or a number ends that should go on.
_CUT_WORDS: Final = ("invalid string in json text", "malformed number")
_AFTER_THE_END: Final = "trailing garbage"
_SHOWN: Final = 24
_LONGEST_CHARACTER: Final = 4

_WORD_BEFORE: Final = re.compile(rb"[A-Za-z0-9_$.+-]*\Z")
_WORD: Final = re.compile(rb"[A-Za-z0-9_$.+-]*")
_NUMBER: Final = re.compile(rb"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d*)?[nLf]?|[+-]?0[xXoObB][0-9a-fA-F_]+n?")
_JSON_NUMBER: Final = re.compile(rb"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_NAME: Final = re.compile(rb"[A-Za-z_$][\w$.-]*", re.ASCII)

_WORDS: Final = {
    b"none": "a word of Python: JSON has null",
    b"True": "a word of Python: JSON has true",
    b"False": "a word of Python: JSON has false",
    b"undefined": "a word of JavaScript: JSON has null, or no member",
    b"nil": "a word of Lua, Ruby or Go: JSON has null",
    b"nan": "no JSON, whose numbers are finite: null may stand for it",
    b"inf": "no JSON, whose numbers are finite: null may stand for it",
    b"infinity": "no JSON, whose numbers are finite: null may stand for it",
    b"new": "JavaScript, not JSON",
    b"function": "JavaScript, not JSON",
    b"datetime.datetime": "an object of Python: JSON has strings",
    b"Decimal": "an object of Python: JSON has numbers",
}
_LITERALS: Final = (b"true", b"false", b"null")

_QUOTES: Final = "\u201c\u201d\u201e\u201f\u00ab\u00bb\u2018\u2019\u201a\u2039\u203a\uff02"
#: What a wrong text begins with, other than words.
_BEGINNINGS: Final = (
    (b"'", "a single quote: strings of JSON stand in double quotes"),
    (b"`", "a backtick: strings of JSON stand in double quotes"),
    (b"&quot;", "an entity of HTML: the text was escaped for a page"),
    (b"&#", "an entity of HTML: the text was escaped for a page"),
    (b"\\", "a backslash outside of a string: the JSON may have been escaped to stand in a string"),
    (b"//", "a comment, which JSON does not have"),
    (b"/*", "a comment, which JSON does not have"),
    (b"<!--", "a comment, which JSON does not have"),
    (b"#", "a comment, which JSON does not have"),
    (b"...", "an ellipsis: something was left out here"),
    (b"<", "the beginning of HTML or XML"),
    (b"\xef\xbb\xbf", "a byte order mark, which stands at the beginning of a file only, and once"),
    (b"\xc2\xa0", "a no-break space, which is no white space of JSON"),
    (b"\xe2\x80\xa6", "an ellipsis: something was left out here"),
    (b"\xe2\x80\x8b", "a space without width, which is no white space of JSON"),
    (b"\0", "a zero byte: a part of the file was never written, or it is no text"),
    *((quote.encode(), "a typographic quote: strings of JSON stand in straight double quotes") for quote in _QUOTES),
)
_ESCAPES: Final = {
    b"x": "\\x, an escape of JavaScript or Python: JSON has \\u00",
    b"'": "\\', an escape of JavaScript or Python: JSON has ' as it is",
    b"u": "\\u without four hexadecimal digits",
    b"U": "\\U, an escape of Python: JSON has \\u",
    b"\n": "a backslash at the end of a line",
    b"\r": "a backslash at the end of a line",
}


def what_is_wrong(reason: str, before: bytes, after: bytes) -> str:
    """Return what is wrong at a place in a text.

    Args:
        reason: What the parser says.
        before: The end of what stands before the place, :data:`CONTEXT` bytes where there are so many.
        after: The beginning of what stands from there on, likewise.
    """
    if not after or reason.startswith(_COMPLETE):
        return reason
    if "inside a string" in reason or "inside string" in reason:
        return _in_string(reason, before, after)
    if reason == _AFTER_THE_END:
        return _after_the_end(after)
    is_cut = reason.startswith(_CUT_WORDS)
    found = _comma(before, after) or _beginning(after) or _word(before, after, is_cut=is_cut)
    return found or f"{reason}: {_shown(after)}"


def _after_the_end(after: bytes) -> str:
    if after[:1] in (b"{", b"["):
        return "another value begins after the end: the file has several, as NDJSON and logs have"
    if after[:1] in (b";", b")"):
        return f"{_shown(after)} after the end: the file is JavaScript, or JSONP"
    if after[:1] in (b"}", b"]"):
        return f"{_shown(after)} after the end: a bracket too many"
    return f"something follows the end: {_shown(after)}"


def _in_string(reason: str, before: bytes, after: bytes) -> str:
    if before.endswith(b"\\"):
        return f"{reason}: {_ESCAPES.get(after[:1]) or _shown(before[-1:] + after[:1])}"
    return f"{reason}: {_shown(after)}"


def _comma(before: bytes, after: bytes) -> str | None:
    last = before.rstrip(b" \t\r\n")[-1:]
    if (last == b"," and after[:1] in (b"}", b"]", b",")) or (last in (b"[", b"{", b":") and after[:1] == b","):
        return f"a comma too many: {_shown(after)} follows {_shown(last)}"
    return None


def _beginning(after: bytes) -> str | None:
    for beginning, what in _BEGINNINGS:
        if after.startswith(beginning):
            return f"{_shown(after)} is {what}"
    return None


def _word(before: bytes, after: bytes, *, is_cut: bool) -> str | None:
    """Return what a wrong word is; one that is cut may end before the place."""
    start, end = _WORD_BEFORE.search(before), _WORD.match(after)
    if start is None or end is None or not (end[0] or is_cut):
        return None
    word = start[0] + end[0]
    plain, shown = word.lstrip(b"+-"), _shown(word)
    meaning = _WORDS.get(plain) or _WORDS.get(plain.lower())
    if meaning is not None:
        return f"{shown} is {meaning}"
    if plain.lower() in _LITERALS:
        return f"{shown} is no word of JSON, which has {plain.lower().decode()}" if plain != plain.lower() else None
    if _NUMBER.fullmatch(word) and not _JSON_NUMBER.fullmatch(word):
        return f"{shown} is no number as JSON writes them"
    if _NAME.fullmatch(word):
        is_name = after[len(end[0]) :].lstrip(b" \t\r\n")[:1] == b":"
        return f"{shown} is {'a name without double quotes' if is_name else 'a word that JSON does not have'}"
    return None


def _shown(text: bytes) -> str:
    """Return the first word or character of a text, in quotes if it is no word."""
    match = _WORD.match(text)
    if match is not None and match[0]:
        return match[0].decode() if len(match[0]) <= _SHOWN else f"{match[0][:_SHOWN].decode()}…"
    try:
        character = text[:_LONGEST_CHARACTER].decode(errors="ignore")[0]
    except IndexError:
        return f"byte 0x{text[:1].hex()}"
    return (
        repr(character) if character.isprintable() and text[:1] < b"\xc0" else f"{character!r} (U+{ord(character):04X})"
    )
