"""The tokens that V8 cuts a date into: numbers, words, signs, and what is passed over.

Source: V8's ``src/date/dateparser.h`` and ``dateparser.cc``. A character 0 ends a text there. White space, and what has
no meaning, is one token here, however long it is: only that it is there counts.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HALVES: Final = {"am": 0, "pm": 12}
_ZONES: Final = dict.fromkeys(("ut", "utc", "z", "gmt"), 0) | {
    "cdt": -5,
    "cst": -6,
    "edt": -4,
    "est": -5,
    "mdt": -6,
    "mst": -7,
    "pdt": -7,
    "pst": -8,
}

#: Digits of a number that count, behind its zeros, and digits of milliseconds.
_DIGITS: Final = 9
_MILLISECONDS: Final = 3
_PREFIX: Final = 3

#: DateTokens that a text is read to, and parentheses: a megabyte of them would take seconds. Dates have a dozen.
_MAX_TOKENS: Final = 1_000

#: White space and line ends of ECMA-262; Python's ``\s`` has some more, and lacks the last.
_SPACE: Final = "\t\n\v\f\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_TOKEN: Final = re.compile(
    rf"(?P<number>[0-9]++)|(?P<symbol>[-+:.)])|(?P<space>[{_SPACE}]++)|(?P<word>[^\0-@{_SPACE}]++)|\(|[^\0]"
)
_PARENTHESIS: Final = re.compile(r"[()\0]")


class TokenKind(Enum):
    """What a token is; all that has no meaning is OTHER."""

    NUMBER = auto()
    SYMBOL = auto()
    WORD = auto()
    SPACE = auto()
    OTHER = auto()
    END = auto()


class DateToken:
    """A token of a date, as the text that it came as."""

    __slots__ = ("kind", "text")

    def __init__(self, kind: TokenKind, text: str) -> None:
        self.kind = kind
        self.text = text

    @property
    def length(self) -> int:
        """How many characters it has."""
        return len(self.text)

    @property
    def number(self) -> int:
        """The number that it is, of its first digits; 0 if it is none."""
        return int(self.text.lstrip("0")[:_DIGITS] or "0") if self.kind is TokenKind.NUMBER else 0

    @property
    def milliseconds(self) -> int:
        """What it is behind the point of a second."""
        return int(self.number * 10.0 ** (_MILLISECONDS - min(self.length, _DIGITS)))

    def is_number(self, digits: int) -> bool:
        """Return whether it is a number of so many digits."""
        return self.kind is TokenKind.NUMBER and len(self.text) == digits

    @property
    def is_sign(self) -> bool:
        """Whether it is + or -."""
        return self.text in ("+", "-")

    @property
    def is_t(self) -> bool:
        """Whether it is T, in either case."""
        return self.text in ("T", "t")

    @property
    def is_z(self) -> bool:
        """Whether it is Z, in either case."""
        return self.text in ("Z", "z")

    @property
    def ends_time(self) -> bool:
        """Whether it may follow the last number of a time."""
        return self.kind in (TokenKind.END, TokenKind.SPACE) or self.is_z or self.is_sign

    @property
    def month(self) -> int | None:
        """The month that a word names, whatever follows its first letters."""
        prefix = self.text[:_PREFIX].lower()
        return _MONTHS.index(prefix) + 1 if prefix in _MONTHS else None

    @property
    def half_of_day(self) -> int | None:
        """The hours that AM or PM add."""
        return _HALVES.get(self._keyword)

    @property
    def zone(self) -> int | None:
        """The hours that a time zone is ahead of UTC."""
        return _ZONES.get(self._keyword)

    @property
    def _keyword(self) -> str:
        return self.text.lower() if len(self.text) <= _PREFIX else ""


END: Final = DateToken(TokenKind.END, "")
_KINDS: Final = {
    "number": TokenKind.NUMBER,
    "symbol": TokenKind.SYMBOL,
    "space": TokenKind.SPACE,
    "word": TokenKind.WORD,
}


class DateTokens:
    """The tokens of a text, one after the other; ``next`` is the one that :meth:`take` returns."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._left = _MAX_TOKENS
        self.next = self._read()

    @property
    def are_too_many(self) -> bool:
        """Whether the text has so many tokens that it was not read to its end."""
        return self._left < 0

    def take(self) -> DateToken:
        """Return the next token, and go on to the one behind it."""
        token, self.next = self.next, self._read()
        return token

    def skip(self, symbol: str) -> bool:
        """Pass the next token if it is the symbol, and return whether it was."""
        is_next = self.next.text == symbol
        if is_next:
            self.take()
        return is_next

    def _read(self) -> DateToken:
        match = _TOKEN.match(self._text, self._at)
        self._left -= 1
        if match is None or self._left < 0:
            return END
        self._at = match.end()
        if match[0] == "(":
            self._pass_parentheses()
        return DateToken(_KINDS.get(match.lastgroup or "", TokenKind.OTHER), match[0])

    def _pass_parentheses(self) -> None:
        """Go on behind the parenthesis that closes the one just read, else to the end."""
        opened = 1
        while opened and self._left >= 0 and (match := _PARENTHESIS.search(self._text, self._at)) and match[0] != "\0":
            self._at = match.end()
            opened += 1 if match[0] == "(" else -1
            self._left -= 1
        if opened:
            self._at = len(self._text)
