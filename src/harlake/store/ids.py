"""Ids: sessions and captures have random UUIDs, an entry's is computed from its capture and ordinal.

An entry id is a UUID of version 8 (RFC 9562 §5.8): the leading 96 bits of its capture's id with the version
changed, then the ordinal in 32 bits. So it takes no column, no index and no look-up, and is the same after a rebuild.
"""

import uuid
from typing import Final

_ORDINAL: Final = (1 << 32) - 1
_VERSION_SHIFT: Final = 76
_VERSION: Final = 0xF << _VERSION_SHIFT


def new_id() -> uuid.UUID:
    """Return a fresh id for a session or a capture."""
    return uuid.uuid4()


def parse_id(text: str) -> uuid.UUID | None:
    """Return the id that a client wrote, or None where it is no UUID."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def entry_id(capture: uuid.UUID, ordinal: int) -> uuid.UUID:
    """Return the id of the capture's entry with the given ordinal."""
    leading = capture.int & ~(_VERSION | _ORDINAL)
    return uuid.UUID(int=leading | 8 << _VERSION_SHIFT | ordinal)


def split_entry_id(entry: uuid.UUID) -> tuple[uuid.UUID, uuid.UUID, int]:
    """Return the least and the greatest id that the entry's capture can have, and the entry's ordinal.

    The two differ in the last 32 bits only, which a capture draws at random: in practice there is one such capture.
    """
    least = entry.int & ~(_VERSION | _ORDINAL) | 4 << _VERSION_SHIFT
    return uuid.UUID(int=least), uuid.UUID(int=least | _ORDINAL), entry.int & _ORDINAL
