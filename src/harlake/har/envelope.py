"""The envelope: a HAR without its entries.

Its members are kept as the JSON text that they came as, so that nothing is lost that harlake does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import msgspec

from harlake.har.raw_json import decoded, elements, is_array, joined, object_members

_encode: Final = msgspec.json.encode

#: What precedes the entries in a HAR that begins with them, as stored captures do.
BEFORE_ENTRIES: Final = b'{"log":{"entries":['

#: The custom member in which a stored capture says what it is; an incoming one is replaced.
OWN_MEMBER: Final = "_harlake"


@dataclass(frozen=True, slots=True)
class Envelope:
    """``log`` holds the members of the log except ``entries``, ``rest`` those beside the log; all as JSON text."""

    log: dict[str, bytes]
    rest: dict[str, bytes]

    @classmethod
    def parse(cls, text: bytes) -> Envelope:
        """Take apart the text of a HAR, whose entries are ignored."""
        rest = object_members(text)
        log = object_members(rest.pop("log"))
        log.pop("entries", None)
        return cls(log, rest)

    def closing(self, extra: dict[str, object]) -> bytes:
        """Return what follows the last entry, from the ``]`` on, with ``extra`` members of the log."""
        log = self.log | {name: _encode(value) for name, value in extra.items()}
        return b"]" + _tail(log) + b"}" + _tail(self.rest) + b"}"

    def without(self, name: str) -> Envelope:
        """Return the envelope less one member of the log."""
        return Envelope({key: value for key, value in self.log.items() if key != name}, self.rest)

    def get(self, name: str) -> Any:
        """Return a member of the log as a Python value, None where it is absent or cannot be represented."""
        return decoded(self.log.get(name, b"null"))

    def pages(self) -> list[bytes]:
        """Return the members of ``log.pages`` as JSON text; none where it is absent or no array."""
        text = self.log.get("pages", b"[]")
        return [bytes(page) for page in elements(text)] if is_array(text) else []


def _tail(log: dict[str, bytes]) -> bytes:
    return b"," + joined(log.items())[1:-1] if log else b""
