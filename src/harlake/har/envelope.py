"""The envelope: a HAR without its entries.

Its members are kept as the JSON text that they came as, so that nothing is lost that harlake does not know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from harlake.har.raw_json import elements, is_array, joined, members
from harlake.har.surrogates import repair
from harlake.limits import MIB

_encode: Final = msgspec.json.encode

_PIECE: Final = MIB
_ESCAPE: Final = re.compile(rb"\\")
#: A byte that is neither part of an escape nor inside of a character: before it, a string can be cut.
_BORDER: Final = re.compile(rb'[^\\"/bfnrtu0-9A-Fa-f\x80-\xbf]')

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


def decoded(text: bytes) -> Any:
    """Return JSON text as a Python value, None where it cannot be represented."""
    try:
        return msgspec.json.decode(repair(text) or text)
    except (msgspec.MsgspecError, RecursionError):
        return None


def unquoted(string: bytes) -> bytes:
    """Return what a JSON string says, as UTF-8; lone surrogates are replaced.

    In pieces: a ``str`` takes up to four bytes a character, which may be a hundred million.
    """
    inside = memoryview(string)[1:-1]
    if _ESCAPE.search(inside) is None:
        return bytes(inside)
    pieces: list[bytes] = []
    start = 0
    while start < len(inside):
        border = _BORDER.search(inside, min(start + _PIECE, len(inside)))
        end = border.start() if border else len(inside)
        pieces.append(str(decoded(b'"%b"' % bytes(inside[start:end]))).encode())
        start = end
    return b"".join(pieces)


def object_members(text: bytes) -> dict[str, bytes]:
    """Return the members of a valid JSON object as the text that they came as; of equal names the last."""
    return {name: bytes(value) for name, value in members(text)}


def _tail(log: dict[str, bytes]) -> bytes:
    return b"," + joined(log.items())[1:-1] if log else b""
