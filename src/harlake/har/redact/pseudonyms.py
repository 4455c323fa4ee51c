"""What secrets become: equal secrets the same text, which says their kind, and nothing of them to who lacks the key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from functools import lru_cache
from typing import Final

#: What keys have at least.
KEY_BYTES: Final = 32
_LENGTH: Final = 10
#: What a pseudonym begins with.
MARK: Final = b"REDACTED"
#: A pseudonym as a whole.
PSEUDONYM: Final = re.compile(rb"REDACTED(?:-[a-z]+(?:-[A-Z2-7]{10})?)?")
#: Kinds of values that are so few that their pseudonyms could be told by trying all of them.
_FEW: Final = frozenset({"code", "number", "short"})
_CARD: Final = b"9999"
_SHORT: Final = 4


class Pseudonyms:
    """Makes pseudonyms with a key: without it, nobody can tell whose they are, nor try values out."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.of = lru_cache(maxsize=4096)(self._of)

    def _of(self, kind: str, value: bytes) -> bytes:
        """Return the pseudonym of a value of some kind."""
        if kind in _FEW or len(value) < _SHORT:
            return MARK + b"-" + kind.encode()
        digest = hmac.digest(self._key, value, hashlib.sha256)
        if kind == "email":
            return b"user-%b@redacted.invalid" % base64.b32encode(digest)[:_LENGTH].lower()
        if kind == "ip":
            first = b"240" if not value.startswith((b"10.", b"192.168.", b"172.")) else b"10"
            return b".".join((first, *(b"%d" % byte for byte in digest[:3])))
        if kind == "card":
            return _CARD + b"".join(b"%d" % (byte % 10) for byte in digest[:12])
        return b"%b-%b-%b" % (MARK, kind.encode(), base64.b32encode(digest)[:_LENGTH])
