"""Menders of a HAR's plain values: what strict readers take, and what ``har/values`` says that the rest means.

A mender returns the value that it is given where that is acceptable, the very object; something acceptable that
says the same where there is such a thing (``"200"`` for a number, ``[::1]`` for an address); else None. Its ``strict``
type is what msgspec must be able to decode it as; whatever decodes is acceptable, though not the other way round.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol
from urllib.parse import quote

import msgspec

from harlake.har.raw_json import decoded, is_null, is_string
from harlake.har.surrogates import repair
from harlake.har.values.carriers import body_text
from harlake.har.values.dates import CERTAIN_DATE, date
from harlake.har.values.numbers import flag, integer, number
from harlake.har.values.texts import address, header_text, text_of

_encode: Final = msgspec.json.encode

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
    """A string."""

    strict: Any = str

    def mend(self, value: bytes) -> bytes | None:
        """Return a string."""
        return text_of(value)


class HeaderText(Text):
    """A string that can be sent: lone surrogates are replaced, and a list is put on lines, as browsers do."""

    def mend(self, value: bytes) -> bytes | None:
        """Return a string."""
        return header_text(value)


class Url(Text):
    """A URL as it is sent: spaces and what is not ASCII are percent-encoded. One without a scheme stays."""

    strict: Any = Annotated[str, msgspec.Meta(pattern=rf"^{_SENT}*\Z")]

    def mend(self, value: bytes) -> bytes | None:
        """Return a string."""
        found = super().mend(value)
        if found is None:
            return None
        given = str(decoded(bytes(found)))
        sent = quote(given, safe=_SENT_ASCII)
        return found if sent == given else _encode(sent)


class BodyText(Text):
    """A string that may be most of its entry: it is not decoded to see that it is one; its first byte tells.

    Lone surrogates are replaced, unless they all stand for bytes that are no UTF-8 (PEP 383).
    """

    strict: Any = msgspec.Raw

    def mend(self, value: bytes) -> bytes | None:
        """Return a string."""
        if not is_string(value):
            return None if is_null(value) else body_text(value)
        repaired = repair(bytes(value))
        if repaired is None:
            return value
        try:
            json.loads(bytes(value)).encode(errors="surrogateescape")
        except UnicodeEncodeError:
            return repaired
        return value


class Date:
    """A point in time as ISO 8601 with a zone; others that can be read are written so, UTC where they have no zone."""

    strict: Any = Annotated[str, msgspec.Meta(pattern=CERTAIN_DATE)]

    def mend(self, value: bytes) -> bytes | None:
        """Return a date."""
        return date(value)


class Address:
    """An IP address; square brackets around it are taken away, and a port."""

    strict: Any = Annotated[str, msgspec.Meta(pattern=rf"^(?:{_OCTET}\.){{3}}{_OCTET}\Z")]

    def mend(self, value: bytes) -> bytes | None:
        """Return an address."""
        return address(value)


class Number:
    """A number; a string that holds one is taken for it."""

    strict: Any = float

    def mend(self, value: bytes) -> bytes | None:
        """Return a number."""
        return number(value)


class Positive(Number):
    """A number that is not negative."""

    strict: Any = Annotated[float, msgspec.Meta(ge=0)]

    def mend(self, value: bytes) -> bytes | None:
        """Return a number."""
        found = number(value)
        return None if found is None or float(bytes(found)) < 0 else found


class Integer:
    """A number without a fraction, which is also written without one."""

    strict: Any = int

    def mend(self, value: bytes) -> bytes | None:
        """Return a number."""
        return integer(value)


class Flag:
    """A truth value; a string that holds one is taken for it."""

    strict: Any = bool

    def mend(self, value: bytes) -> bytes | None:
        """Return a truth value."""
        return flag(value)


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
