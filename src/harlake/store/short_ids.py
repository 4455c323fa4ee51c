"""Short ids of entries, for people: the first digits of the capture's id, and the ordinal, as ``3f2a1b9c:17``.

The ids themselves have the ordinal at their end: entries of one capture have the same beginning. A beginning that only
one entry has is a short id as well.
"""

from __future__ import annotations

import re
import uuid
from typing import Final, NamedTuple

#: Digits of a capture's id in a short one.
_SHOWN: Final = 8
#: Digits that a short id has at least: with fewer, all captures would have to be looked at.
_LEAST: Final = 4
_DIGITS: Final = 32
#: Digits of an entry's id that are its capture's, but for the version.
_OF_CAPTURE: Final = 24
_VERSION_AT: Final = 12

_SHORT: Final = re.compile(rf"([0-9a-f]{{{_LEAST},{_OF_CAPTURE}}}):(\d{{1,10}})", re.ASCII)
_BEGINNING: Final = re.compile(rf"[0-9a-f]{{{_LEAST},{_DIGITS - 1}}}", re.ASCII)


class ShortId(NamedTuple):
    """What a short id says: the range of ids that the capture may have, and that of the entry's ordinal."""

    least: uuid.UUID
    greatest: uuid.UUID
    first: int
    last: int


def short_entry_id(entry_id: str) -> str:
    """Return the short id of an entry; what is no id stays as it is."""
    digits = entry_id.replace("-", "")
    if len(digits) != _DIGITS:
        return entry_id
    try:
        return f"{digits[:_SHOWN]}:{int(digits[_OF_CAPTURE:], 16)}"
    except ValueError:
        return entry_id


def parse_short_id(text: str) -> ShortId | None:
    """Return what a short id says, None where it is none."""
    beginning, colon, number = text.lower().partition(":")
    digits = beginning.replace("-", "")
    if match := _SHORT.fullmatch(f"{digits}{colon}{number}"):
        return ShortId(*_range(match[1]), int(match[2]), int(match[2]))
    if colon or _BEGINNING.fullmatch(digits) is None:
        return None
    ordinal = digits[_OF_CAPTURE:]
    missing = _DIGITS - _OF_CAPTURE - len(ordinal)
    return ShortId(
        *_range(digits[:_OF_CAPTURE]), int(f"{ordinal}{'0' * missing}", 16), int(f"{ordinal}{'f' * missing}", 16)
    )


def _range(beginning: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Return the least and the greatest id of captures that an entry's id, or their own, begins with."""
    if len(beginning) > _VERSION_AT:
        beginning = f"{beginning[:_VERSION_AT]}4{beginning[_VERSION_AT + 1 :]}"
    return uuid.UUID(beginning.ljust(_DIGITS, "0")), uuid.UUID(beginning.ljust(_DIGITS, "f"))
