"""What secrets become: equal secrets the same text, which says their kind, and nothing of them to who lacks the key."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Final

#: What keys have at least.
KEY_BYTES: Final = 32
_LENGTH: Final = 10
#: Base32 (RFC 4648), in pairs of letters, each of ten bits.
_ALPHABET: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS: Final = [bytes((first, second)) for first in _ALPHABET for second in _ALPHABET]
_PAIR_BITS: Final = 10
_DIGEST_BITS: Final = 256
_BLOCK: Final = 64
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
        # HMAC (RFC 2104) of one key: what precedes each value is hashed once.
        padded = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
        self.of = lru_cache(maxsize=4096)(self._of)

    def _of(self, kind: str, value: bytes) -> bytes:
        """Return the pseudonym of a value of some kind."""
        if kind in _FEW or len(value) < _SHORT:
            return MARK + b"-" + kind.encode()
        digest = self._hmac(value)
        if kind == "email":
            return b"user-%b@redacted.invalid" % _letters(digest).lower()
        if kind == "ip":
            first = b"240" if not value.startswith((b"10.", b"192.168.", b"172.")) else b"10"
            return b".".join((first, *(b"%d" % byte for byte in digest[:3])))
        if kind == "card":
            return _CARD + b"".join(b"%d" % (byte % 10) for byte in digest[:12])
        return b"%b-%b-%b" % (MARK, kind.encode(), _letters(digest))

    def _hmac(self, value: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(value)
        outer.update(inner.digest())
        return outer.digest()


def _letters(digest: bytes) -> bytes:
    """Return the first letters of a digest in base32; the library's is written in Python, and encodes all of it."""
    number = int.from_bytes(digest)
    shifts = range(_DIGEST_BITS - _PAIR_BITS, _DIGEST_BITS - _PAIR_BITS * (_LENGTH // 2 + 1), -_PAIR_BITS)
    return b"".join([_PAIRS[(number >> shift) & 0x3FF] for shift in shifts])
