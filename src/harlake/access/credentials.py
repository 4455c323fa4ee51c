"""``Authorization`` headers: a token as bearer, or in the basic form for ``curl -u`` and for browsers."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

_CREDENTIALS: Final = re.compile(r"(bearer|basic) +([A-Za-z0-9._~+/-]+=*) *", re.ASCII | re.IGNORECASE)


def presented_token(header: str) -> str | None:
    """Return the token in an ``Authorization`` header, None if there is none in it.

    In the basic form (RFC 7617), it is the password, of whatever user; or the user, who has no password.
    """
    match = _CREDENTIALS.fullmatch(header)
    if match is None:
        return None
    if match[1].lower() == "bearer":
        return match[2]
    try:
        decoded = base64.b64decode(match[2], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    user, colon, password = decoded.partition(":")
    return password or user or None if colon else None
