r"""Lone surrogate escapes: JSON to JavaScript, an error to every UTF-8 decoder.

RFC 8259 §8.2 allows ``"\udc80"`` and calls its handling unpredictable; browsers write it for bodies that
are not text. Such JSON is decoded from a repaired copy and kept as it came.
"""

import re
from typing import Final

# Any other escape is consumed whole, so that the second half of `\\` never starts one.
_ESCAPES: Final = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\."
)
_SUSPECT: Final = re.compile(rb"\\u[dD][89a-fA-F]")


def repair(text: bytes) -> bytes | None:
    r"""Return a copy with each lone surrogate escape replaced by ``\ufffd``, or None without any.

    The copy has the same length, so offsets into it hold for the original.
    """
    if _SUSPECT.search(text) is None:
        return None
    repaired = _ESCAPES.sub(lambda m: rb"\ufffd" if m[1] else m[0], text)
    return None if repaired == text else repaired
