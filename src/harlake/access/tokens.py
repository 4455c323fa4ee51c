"""Tokens: 256 random bits with a prefix, of which only the SHA-256 is kept.

A salt and a slow hash protect what people choose. Nobody finds 256 random bits by trying, so that one round without
a salt suffices, and a request costs microseconds.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from harlake.access.scopes import TokenScope

#: What every token begins with: secret scanners find ``harlake_[0-9a-f]{64}``.
TOKEN_PREFIX: Final = "harlake_"  # noqa: S105 - the part that is not secret

_BYTES: Final = 32
_ID_LENGTH: Final = 12

_DURATION: Final = re.compile(r"([1-9][0-9]{0,4})([mhdw])", re.ASCII)
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Token(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept of a token; times in UTC."""

    id: str
    name: str
    scopes: list[TokenScope]
    sha256: str
    created: datetime
    expires: datetime | None = None

    def has_expired(self, now: datetime) -> bool:
        """Return whether it is no longer valid."""
        return self.expires is not None and self.expires <= now


def new_token(scopes: Iterable[TokenScope], name: str = "", lifetime: timedelta | None = None) -> tuple[str, Token]:
    """Return a new token, which is not kept anywhere, and what is to be kept of it."""
    token = TOKEN_PREFIX + secrets.token_hex(_BYTES)
    digest = _digest(token)
    now = datetime.now(UTC).replace(microsecond=0)
    return token, Token(
        id=digest[:_ID_LENGTH],
        name=name,
        scopes=sorted(set(scopes)),
        sha256=digest,
        created=now,
        expires=None if lifetime is None else now + lifetime,
    )


def find_token(tokens: Iterable[Token], presented: str, now: datetime) -> Token | None:
    """Return the valid token that a client presents, None if there is none.

    Each digest is compared, in constant time: how long that takes says nothing about any.
    """
    digest = _digest(presented)
    matching = [token for token in tokens if hmac.compare_digest(token.sha256.encode(), digest.encode())]
    return next((token for token in matching if not token.has_expired(now)), None)


def parse_lifetime(text: str) -> timedelta:
    """Return how long a token is valid: ``90m``, ``12h``, ``30d`` or ``8w``. Raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no time such as 90m, 12h, 30d or 8w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
