"""Globs as SQL: ``*`` stands for any characters, all others, ``?`` and ``%`` included, for themselves.

Strategy: most globs are an equation, or ask for a beginning, an end or a text within, for which DuckDB has functions
of their own. The others become regular expressions, of which RE2 takes a time in proportion to the text. LIKE goes back
for each ``%``: ``%a%a%a%b`` on one URL took it an hour; and with ESCAPE, it is slower in all cases.
"""

from __future__ import annotations

import re
from typing import Final

from harlake.limits import MAX_TEXT_BYTES
from harlake.query.conditions import Condition

#: A condition that nothing meets.
_NOTHING: Final = Condition("false")


def glob_condition(expression: str, glob: str) -> Condition:
    """Return the condition that a text matches a glob as a whole; where the text is NULL, it does not."""
    first, *others = re.split(r"\*+", glob)
    if len(glob.encode()) - glob.count("*") > MAX_TEXT_BYTES:
        return _NOTHING  # no indexed text is as long
    if not others:
        return _known(f"{expression} = ?", glob)
    *middle, last = others
    if not middle and not last:
        return _known(f"starts_with({expression}, ?)", first)
    if not middle and not first:
        return _known(f"suffix({expression}, ?)", last)
    if len(middle) == 1 and not first and not last:
        return _known(f"contains({expression}, ?)", middle[0])
    return _known(f"regexp_full_match({expression}, ?, 's')", ".*".join(map(re.escape, (first, *others))))


def _known(sql: str, text: str) -> Condition:
    return Condition(f"coalesce({sql}, false)", (text,))
