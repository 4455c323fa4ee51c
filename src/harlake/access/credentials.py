"""Where a token is in a request: in ``Authorization``, as bearer or in the basic form, or in the page's cookie."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
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


def cookie_name(port: int | None) -> str:
    """Return the name of the cookie of a service on a port; those of other ports of the host are sent as well."""
    return "harlake" if port is None else f"harlake-{port}"


def cookie_token(headers: Sequence[str], port: int | None) -> str | None:
    """Return the token in ``Cookie`` headers (RFC 6265 §4.2.1), None if there is none, or more than one."""
    name = cookie_name(port)
    pairs = (pair.strip().partition("=") for header in headers for pair in header.split(";"))
    values = [value for key, _, value in pairs if key == name]
    return values[0] or None if len(values) == 1 else None
