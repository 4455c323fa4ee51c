"""Menders of a HAR's plain values: what strict readers take, and what can be made of the rest.

A mender returns the value that it is given where that is acceptable, the very object; something acceptable that
says the same where there is such a thing (``"200"`` for a number, ``[::1]`` for an address); else None. Its ``strict``
type is what msgspec must be able to decode it as; whatever decodes is acceptable, though not the other way round.
"""

from __future__ import annotations

import ipaddress
import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, Final, Protocol
from urllib.parse import quote

import msgspec

from harlake.har.raw_json import (
    decoded,
    first_byte,
    is_array,
    is_null,
    is_string,
    tokens,
)
from harlake.har.surrogates import repair

_encode: Final = msgspec.json.encode
_NUMBER: Final = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")

_OPENINGS: Final = (b"{", b"[")
_CLOSINGS: Final = (b"}", b"]")

#: ISO 8601 as every reader takes it; days are only checked where a pattern can.
_CLOCK: Final = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])\Z"
_WRITTEN: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}" + _CLOCK)
_CERTAIN: Final = (
    r"^(?:19|20)[0-9]{2}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)" + _CLOCK
)

#: What may be in a URL that is sent, as far as readers care: ASCII that can be seen.
_SENT: Final = "[!-~]"
_SENT_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))

_OCTET: Final = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"


class Mender(Protocol):
    """Mends values of one type."""

    @property
    def strict(self) -> Any:
        """The type that msgspec decodes acceptable values as."""

    def mend(self, value: bytes) -> bytes | None:
        """Return the value itself, or what stands for it, or None."""


class Text:
    """A string; numbers and truth values are quoted."""

    strict: Any = str

    def mend(self, value: bytes) -> bytes | None:
        """Return a string."""
        if is_string(value):
            return value
        return b'"' + value + b'"' if first_byte(value) in b"-0123456789tf" else None


class HeaderText(Text):
    """A string that can be sent: lone surrogates are replaced, and a list is put on lines, as browsers do."""

    def mend(self, value: bytes) -> bytes | None:
        """Return a string."""
        if is_array(value):
            return b'"' + rb"\n".join(self._lines(bytes(value))) + b'"'
        return super().mend((repair(bytes(value)) if is_string(value) else None) or value)

    def _lines(self, array: bytes) -> list[bytes]:
        """Return the strings in an array, and in arrays in it, without their quotes; an array of none is a line."""
        lines: list[bytes] = []
        begun: list[int] = []  # how many lines there were before each array that is open
        objects = 0
        for token in tokens(array):
            if objects or token == b"{":
                objects += (token in _OPENINGS) - (token in _CLOSINGS)
            elif token == b"[":
                begun.append(len(lines))
            elif token == b"]":
                lines += [b""] if begun.pop() == len(lines) else []
            elif (line := self.mend(token)) is not None:
                lines.append(bytes(line)[1:-1])
        return lines


class Url(Text):
    """A URL as it is sent: spaces and what is not ASCII are percent-encoded. One without a scheme stays."""

    strict: Any = Annotated[str, msgspec.Meta(pattern=rf"^{_SENT}*\Z")]

    def mend(self, value: bytes) -> bytes | None:
        """Return a string."""
        given = decoded(bytes(value))
        if not isinstance(given, str):
            return super().mend(value)
        sent = quote(given, safe=_SENT_ASCII)
        return value if sent == given else _encode(sent)


class BodyText(Text):
    """A string that may be most of its entry: it is not decoded to see that it is one; its first byte tells.

    Lone surrogates are replaced, unless they all stand for bytes that are no UTF-8 (PEP 383).
    """

    strict: Any = msgspec.Raw

    def mend(self, value: bytes) -> bytes | None:
        """Return a string."""
        repaired = repair(bytes(value)) if is_string(value) else None
        if repaired is None:
            return super().mend(value)
        try:
            json.loads(bytes(value)).encode(errors="surrogateescape")
        except UnicodeEncodeError:
            return repaired
        return value


class Date(Text):
    """A point in time as ISO 8601 with a zone; others that can be read are written so, UTC where they have no zone."""

    strict: Any = Annotated[str, msgspec.Meta(pattern=_CERTAIN)]

    def mend(self, value: bytes) -> bytes | None:
        """Return a date."""
        given = decoded(bytes(value))
        try:
            when = _instant(given)
        except (ValueError, OverflowError, OSError):
            return None
        written = isinstance(given, str) and _WRITTEN.match(given)
        return value if written else _encode(when.isoformat().replace("+00:00", "Z"))


class Address(Text):
    """An IP address; square brackets around it are taken away."""

    strict: Any = Annotated[str, msgspec.Meta(pattern=rf"^(?:{_OCTET}\.){{3}}{_OCTET}\Z")]

    def mend(self, value: bytes) -> bytes | None:
        """Return an address."""
        given = decoded(bytes(value))
        bare = given.strip().removeprefix("[").removesuffix("]") if isinstance(given, str) else ""
        try:
            ipaddress.ip_address(bare)
        except ValueError:
            return None
        return value if bare == given else _encode(bare)


class Number:
    """A number; a string that holds one is taken for it."""

    strict: Any = float

    def mend(self, value: bytes) -> bytes | None:
        """Return a number."""
        if first_byte(value) in b"-0123456789":
            return value
        inside = bytes(value)[1:-1] if is_string(value) else b""
        return inside if _NUMBER.fullmatch(inside) else None


class Positive(Number):
    """A number that is not negative."""

    strict: Any = Annotated[float, msgspec.Meta(ge=0)]

    def mend(self, value: bytes) -> bytes | None:
        """Return a number."""
        number = super().mend(value)
        return None if number is None or float(bytes(number)) < 0 else number


class Integer(Number):
    """A number without a fraction, which is also written without one."""

    strict: Any = int

    def mend(self, value: bytes) -> bytes | None:
        """Return a number."""
        number = super().mend(value)
        if number is None or set(b".eE").isdisjoint(bytes(number)):
            return number
        whole = float(bytes(number))
        return None if math.isinf(whole) else b"%d" % int(whole)


class Flag:
    """A truth value."""

    strict: Any = bool

    def mend(self, value: bytes) -> bytes | None:
        """Return a truth value."""
        return value if first_byte(value) in b"tf" else None


@dataclass(frozen=True)
class Nullable:
    """A value of another type, or null."""

    mender: Mender

    @property
    def strict(self) -> Any:
        """Either type."""
        return self.mender.strict | None

    def mend(self, value: bytes) -> bytes | None:
        """Return null, or what the mender makes of the value."""
        return value if is_null(value) else self.mender.mend(value)


def _instant(given: object) -> datetime:
    """Return a point in time that is written in another way. Raises ValueError, OverflowError, OSError."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return datetime.fromtimestamp(given / 1000, UTC)  # milliseconds, as in JavaScript
    if not isinstance(given, str):
        raise ValueError
    try:
        instant = datetime.fromisoformat(given.strip())
    except ValueError:
        instant = parsedate_to_datetime(given)  # as in headers
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
