"""Texts as literals of JavaScript."""

from __future__ import annotations

import json
import re
from typing import Final

_UNSAFE: Final = re.compile("[\x7f<>&]")


def javascript_literal(text: str) -> str:
    """Return a literal of ASCII only: nothing in it ends it, its line, or the element of a page that it is in."""
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text))
