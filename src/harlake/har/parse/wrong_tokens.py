"""Says what stands where JSON ends: yajl calls ``NaN``, ``None`` and ``'x'`` all an invalid character.

What is said depends on the bytes around the place alone, not on how they came.
"""

from __future__ import annotations

import re
from typing import Final

#: So many bytes on each side of the place are enough.
NEARBY: Final = 48

#: Errors of yajl's that say less than what stands there; of the others, texts as in the middle of a string, it says
#: enough.
_VAGUE: Final = re.compile(
    r"invalid char in json text|invalid string in json text|unallowed token|invalid object key"
    r"|malformed number, a digit is required after the minus sign|probable comment"
    r"|after key and value|after array element"
)

_WORD_BEFORE: Final = re.compile(rb"[A-Za-z_$][\w$.]*\Z")
_WORD: Final = re.compile(rb"[\w$.]*")
_NUMBER_BEFORE: Final = re.compile(rb"(?<![\w.])[-+]?[0-9][0-9.eE+-]*\Z")

#: Words that other languages have instead of JSON's.
_INSTEAD: Final = {
    **dict.fromkeys(("None", "undefined", "nil", "NULL", "Null", "NaT"), "null"),
    **dict.fromkeys(("True", "TRUE"), "true"),
    **dict.fromkeys(("False", "FALSE"), "false"),
}
_NO_NUMBERS: Final = frozenset({"nan", "inf", "infinity"})

_QUOTES: Final = {"'": "single quotes", "`": "backquotes"} | dict.fromkeys("“”„‘’«»", "typographic quotes")


def described(detail: str, before: bytes, after: bytes) -> str:
    """Return what is wrong at a place of a text: by what stands there, or else what is said already.

    Args:
        detail: yajl's words.
        before: The bytes before the place, the last ones of them.
        after: The bytes from it on, the first ones of them.
    """
    if not _VAGUE.match(detail):
        return detail
    before, after = before[-NEARBY:], after[:NEARBY]
    return _punctuation(before, after) or _number(before, after) or _word(before, after) or _character(after) or detail


def _punctuation(before: bytes, after: bytes) -> str | None:
    if after[:1] in (b"]", b"}") and before.rstrip(b" \t\r\n").endswith(b","):
        return f"a comma before {after[:1].decode()}: JSON has none after the last value"
    if after.startswith((b"//", b"/*", b"#")):
        return "a comment, which JSON does not have"
    quote = after.decode(errors="ignore")[:1]
    if quote in _QUOTES:
        return f"a string in {_QUOTES[quote]}: JSON has double quotes"
    return None


def _number(before: bytes, after: bytes) -> str | None:
    if match := _NUMBER_BEFORE.search(before):
        number = match[0].decode()
        digits = number.lstrip("-")
        if digits == "0" and after[:1] in b"xXoObB0123456789_" and after:
            return f"{_shown(match[0], after)} is no number of JSON, which has decimal ones without leading zeros"
        if after[:1].isalpha() or after[:1] in (b"_", b"."):
            return f"{_shown(match[0], after)} is no number of JSON"
        return None
    if re.match(rb"[-+]?\.[0-9]", after) or (before[-1:] == b"-" and re.match(rb"\.[0-9]", after)):
        return f"{_shown(b'-' if before[-1:] == b'-' else b'', after)}: a number of JSON has a digit before its point"
    if re.match(rb"\+[.0-9A-Za-z]", after):
        return f"{_shown(b'', after)}: a number of JSON has no plus sign"
    return None


def _word(before: bytes, after: bytes) -> str | None:
    start = _WORD_BEFORE.search(before)
    word = ((start[0] if start else b"") + _matched(after)).decode(errors="ignore")
    if not word or not re.match("[A-Za-z_$]", word):
        return None
    rest = after[len(_matched(after)) :].lstrip(b" \t\r\n")
    if word.lower() in _NO_NUMBERS:
        sign = "-" if before[: len(before) - len(start[0]) if start else None].endswith(b"-") else ""
        return f"{sign}{word}, for which JSON has no number"
    if word in _INSTEAD:
        return f"{word}: JSON has {_INSTEAD[word]}"
    if rest.startswith((b'"', b"'")):
        return f"{word} before a string, which JSON does not have"
    if rest.startswith(b":"):
        return f"{word}: JSON has names in double quotes"
    return f"{word} is no value of JSON"


def _character(after: bytes) -> str | None:
    """Name what may stand nowhere in JSON outside of a string."""
    character = after.decode(errors="ignore")[:1]
    if not character or character in '[]{},:"' or character.isalnum():
        return None
    shown = character if "!" <= character <= "~" else f"the character U+{ord(character):04X}"
    return f"{shown}, which JSON has in strings only"


def _shown(first: bytes, after: bytes) -> str:
    """Return a number that is none, as far as it goes."""
    rest = re.match(rb"[\w.+-]*", after)
    return (first + (rest[0] if rest else b"")).decode(errors="ignore")


def _matched(after: bytes) -> bytes:
    word = _WORD.match(after)
    return word[0] if word else b""
