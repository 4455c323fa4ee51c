"""JSON strings: their text as UTF-8, and edits of it put back with all else spelled as it was.

Lone surrogates, which UTF-8 has no bytes for, are kept as the three bytes that they would have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

#: A replacement: from a byte up to another, the new bytes.
Edit = tuple[int, int, bytes]

_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL
)
_decode: Final = msgspec.json.Decoder(str).decode
_MUST_ESCAPE: Final = re.compile(rb'["\\\x00-\x1f]')


def string_text(inside: bytes) -> bytes:
    """Return the text of what is between a JSON string's quotes."""
    if b"\\" not in inside:
        return inside
    try:
        return _decode(b'"%b"' % inside).encode()
    except msgspec.MsgspecError:  # a lone surrogate
        return json.loads(b'"%b"' % inside).encode("utf-8", "surrogatepass")  # type: ignore[no-any-return]


def inside_of(text: bytes) -> bytes:
    """Return a text as it stands between a JSON string's quotes."""
    if _MUST_ESCAPE.search(text) is None:
        return text.decode("utf-8", "surrogatepass").encode("utf-8", "backslashreplace") if b"\xed" in text else text
    decoded = text.decode("utf-8", "surrogatepass")
    return json.dumps(decoded, ensure_ascii=False)[1:-1].encode("utf-8", "backslashreplace")


def merged(edits: Iterable[Edit]) -> list[Edit]:
    """Return edits in order; of those that overlap, one for all that they cover."""
    found: list[Edit] = []
    for start, end, new in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if found and start < found[-1][1]:
            before = found[-1]
            found[-1] = (before[0], max(before[1], end), before[2])
        else:
            found.append((start, end, new))
    return found


def applied(text: bytes, edits: Sequence[Edit]) -> bytes:
    """Return a text with edits, which must be in order, and not overlap."""
    pieces: list[bytes] = []
    at = 0
    for start, end, new in edits:
        pieces += (text[at:start], new)
        at = end
    pieces.append(text[at:])
    return b"".join(pieces)


def spliced(inside: bytes, edits: Sequence[Edit]) -> list[Edit]:
    """Return edits of a string's text as edits of what is between its quotes; escapes beside them stay as they were."""
    if b"\\" not in inside:
        return [(start, end, inside_of(new)) for start, end, new in edits]
    found: list[Edit] = []
    shift = 0  # bytes that what has been passed is longer as it is written
    escapes = _ESCAPE.finditer(inside)
    escape = next(escapes, None)
    for start, end, new in edits:
        borders: list[int] = []
        for border, is_end in ((start, False), (end, True)):
            while escape is not None:
                at = escape.start() - shift
                length = _length(escape[0])
                if at + length > border if not is_end else at >= border:
                    break
                shift += len(escape[0]) - length
                escape = next(escapes, None)
            borders.append(border + shift)
        found.append((borders[0], borders[1], inside_of(new)))
    return found


def _length(escape: bytes) -> int:
    """Return how many bytes the character of an escape has in UTF-8."""
    if escape[1:2] != b"u":
        return 1
    unit = int(escape[2:6], 16)
    return 4 if len(escape) > 6 else 1 if unit < 0x80 else 2 if unit < 0x800 else 3
