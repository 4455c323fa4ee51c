"""What a client's query may not contain because DuckDB's parser multiplies it: found before it is parsed.

``CASE x WHEN`` is parsed into a comparison with a copy of x for each ``WHEN``: *750 bytes of them, one in the other,
took 10 s and all memory.* ``OVER w`` gets a copy of w's definition, and ``CUBE`` becomes all its subsets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

import duckdb

from harlake.errors import InvalidQueryError

#: Tokens between CASE and its first WHEN.
_MAX_CASE_OPERAND: Final = 32
#: Tokens of named windows, times their uses.
_MAX_WINDOW_TOKENS: Final = 10_000

_GROUPING_SETS: Final = frozenset({"cube", "rollup", "grouping"})

_WORD: Final = re.compile(rb"\w+")


def check_tokens(sql: str) -> None:
    """Raise InvalidQueryError where a text would grow while it is parsed, or is no text."""
    try:
        text = sql.encode()
    except UnicodeEncodeError:
        raise InvalidQueryError("it is no Unicode text") from None
    if b"\0" in text:
        raise InvalidQueryError("it has a character U+0000")
    if any(not one.isascii() and unicodedata.category(one)[0] in "CZ" for one in sql):
        # Some are spaces for DuckDB's parser, but not for what makes tokens.
        raise InvalidQueryError("it has a space or control character outside of ASCII; chr() makes one in a text")
    words = _keywords(text, duckdb.tokenize(sql))
    for word in words:
        if word in _GROUPING_SETS:
            raise InvalidQueryError(f"{word.upper()} is not allowed; a column of this name has to be quoted")
    _check_cases(words)
    if "window" in words:
        named = len(words) - words.index("window")
        if named * words.count("over") > _MAX_WINDOW_TOKENS:
            raise InvalidQueryError("its named windows are too long for being used so often")


def _keywords(text: bytes, tokens: Sequence[tuple[int, object]]) -> list[str]:
    """Return a word for each token: a keyword in lower case, an empty text for anything else."""
    words = []
    for start, kind in tokens:
        word = _WORD.match(text, start) if kind == duckdb.token_type.keyword else None
        words.append(word[0].decode("ascii").lower() if word else "")
    return words


def _check_cases(words: Sequence[str]) -> None:
    for start, word in enumerate(words):
        if word == "case":
            operand = words[start + 1 : start + 2 + _MAX_CASE_OPERAND]
            before_when = operand[: operand.index("when")] if "when" in operand else operand
            if len(before_when) > _MAX_CASE_OPERAND or "case" in before_when:
                raise InvalidQueryError("what CASE compares is too long: WHEN may have the comparisons instead")
