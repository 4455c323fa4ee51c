r"""How much work a regular expression may be.

RE2 takes a time in proportion to the text, times the size of the program that it makes of the expression: ``{n}`` makes
so many copies of what it follows, and a class of characters may be a few hundred steps. So ``(?:[^q]{0,30}){30}q``, of
19 characters, takes 10 ms for one URL. The size is estimated here, rather too large than too small.
"""

from __future__ import annotations

import re
from typing import Final

#: Steps of an expression. Each costs up to 1.5 µs on a URL of 1,000 bytes.
MAX_STEPS: Final = 1_000

#: Steps of any character, in UTF-8, and of one of a class of Unicode.
_ANY: Final = 4
_UNICODE: Final = 200

_TOKEN: Final = re.compile(
    r"(?P<unicode>\\[pP](?:\{[^}]*+\}|.))"
    r"|(?P<class>\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*+\])"
    r"|(?P<repeat>\{(?P<least>\d{1,4})(?P<comma>,?)(?P<most>\d{0,4})\})"
    r"|(?P<any>\.|\\[DSW])"
    r"|(?P<opens>\()"
    r"|(?P<closes>\))"
    r"|\\?.",
    re.DOTALL,
)


def count_steps(pattern: str) -> int:
    """Return about how many steps RE2 makes of a regular expression; of a longer one than may be, its length."""
    if len(pattern) > MAX_STEPS:
        return len(pattern)
    groups = [0]
    last = 0  # what a repeat would make copies of
    for token in _TOKEN.finditer(pattern):
        match token.lastgroup:
            case "opens":
                groups.append(0)
                continue
            case "closes":
                last = groups.pop() if len(groups) > 1 else 0
            case "repeat":
                copies = max(int(token["least"]) + bool(token["comma"]), int(token["most"] or 0))
                last *= copies - 1
            case "unicode":
                last = _UNICODE
            case "class":
                last = _UNICODE if re.search(r"\\[pP]", token[0]) else _ANY
            case "any":
                last = _ANY
            case _:
                last = len(token[0].encode(errors="replace"))
        groups[-1] += last
    return sum(groups)
