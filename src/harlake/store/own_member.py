"""What a capture's object says of the capture, in the member of its log that harlake has added.

An object may have come from elsewhere, or be another version's. So of its members only those count that are what
harlake writes: a single one that is not would keep all other captures from being brought back.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec

from harlake.har.envelope import OWN_MEMBER, Envelope
from harlake.store.gap_frames import StoredSalvage

_Number = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]

_TYPES: Final[dict[str, Any]] = {
    "session": uuid.UUID,
    "sessionName": str,
    "createdAt": Annotated[datetime, msgspec.Meta(tz=True)],
    "fileName": str | None,
    "uploadBytes": _Number,
    "harBytes": _Number,
    "total": _Number,
    "sha256": str,
    "salvage": StoredSalvage,
}


def own_member(envelope: Envelope) -> dict[str, Any]:
    """Return what an object says of its capture; nothing where it was made by something else."""
    own = envelope.get(OWN_MEMBER)
    if not isinstance(own, dict):
        return {}
    return {name: own[name] for name, type_ in _TYPES.items() if name in own and _is(own[name], type_)}


def _is(value: object, type_: Any) -> bool:
    try:
        converted = msgspec.convert(value, type_)
        if isinstance(converted, datetime):
            converted.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        return False
    return True
