"""Names that clients give: bounded, as they go into headers, into names of files, and into every list."""

from __future__ import annotations

from harlake.errors import BadRequestError
from harlake.limits import DEFAULT_LIMITS


def checked_name(name: str | None, member: str = "name") -> str:
    """Return a name without white space around it, empty where there is none.

    Raises BadRequestError, which tells the member that it comes from, where it is too long.
    """
    name = (name or "").strip()
    if len(name.encode()) > DEFAULT_LIMITS.max_field_bytes:
        raise BadRequestError(f"{member} exceeds {DEFAULT_LIMITS.max_field_bytes} bytes")
    return name
