"""Characters that a terminal may obey, or that make a text look like another one."""

from __future__ import annotations

import re
from typing import Final

#: C0 and C1 controls, DEL, line separators, changes of direction, characters without a width that hide or reorder
#: others, and lone surrogates, which UTF-8 has no bytes for. Joiners (U+200C, U+200D) are none: scripts need them.
CONTROLS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def without_controls(text: str) -> str:
    r"""Return a text with its controls written out, as ``\x1b``: one line that a terminal obeys in nothing."""
    return CONTROLS.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
