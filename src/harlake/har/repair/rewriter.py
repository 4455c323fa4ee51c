"""Rewrites what is exported: without bodies, and filled for strict readers.

Strategy: an object that changes is taken apart and put together again; everything in it that does not change stays the
text that it came as. What does not change at all is the very text that was given.

What is left out of an entry is said in it, in the ``comment`` of what it was left out of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from harlake.har.raw_json import (
    decoded,
    elements,
    is_array,
    is_nothing,
    is_object,
    is_string,
    joined,
    members,
    unquoted,
)
from harlake.har.repair.defaults import filled, filled_log, filled_page
from harlake.har.resource_types import essence, is_textual
from harlake.limits import BYTES, parse_bytes

#: What :func:`parse_body_filter` takes, in words.
BODY_FILTERS: Final = f"none, text, or max: and {BYTES}"

#: The members of ``content`` and ``postData`` that are a body, or say how it is written; and what is said of it.
_BODY: Final = frozenset({"text", "encoding", "params", "comment"})

#: What browsers keep of a WebSocket beside the specification's members.
_MESSAGES: Final = "_webSocketMessages"

#: What is in base64, and stands for nothing.
_NO_BASE64: Final = (b"=", b"\r", b"\n", b"\t", b" ")

#: Bytes that a byte may be written as, at most, quotes included: an escape of a string has 6.
_MOST: Final = 8

_encode: Final = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class CapturedBody:
    """A body as ``content`` and ``postData`` carry it: its text, else the names and values of its params, as JSON."""

    mime_type: str
    base64: bool
    texts: list[bytes]

    @classmethod
    def of(cls, carrier: Mapping[str, bytes]) -> CapturedBody | None:
        """Return what is carried, None where there is nothing, or an empty text."""
        text, params = carrier.get("text", b"null"), carrier.get("params", b"null")
        texts = [] if is_nothing(text) else [text]
        if not texts and is_array(params):
            pairs = [dict(members(param)) for param in elements(params) if is_object(param)]
            texts = [pair.get(name, b'""') for pair in pairs for name in ("name", "value")]
        if not texts:
            return None
        mime_type, encoding = (decoded(bytes(carrier.get(name, b"null"))) for name in ("mimeType", "encoding"))
        return cls(str(mime_type), str(encoding).lower() == "base64", texts)

    @property
    def is_text(self) -> bool:
        """Whether its media type is one of texts, and it is written as text."""
        return not self.base64 and is_textual(essence(self.mime_type) or "")

    def size(self) -> int:
        """Return how many bytes it has when it is decoded."""
        return sum(_size(text, self.base64) for text in self.texts)

    def fits(self, max_bytes: int) -> bool:
        """Return whether it has at most so many bytes; it never has more than it takes to write it."""
        written = sum(map(len, self.texts))
        if not self.base64 and written > _MOST * (max_bytes + len(self.texts)):
            return False
        return written <= max_bytes or self.size() <= max_bytes


@dataclass(frozen=True, slots=True)
class BodyFilter:
    """Which bodies stay: those of at most ``max_bytes``, decoded, None for any size; if ``textual``, only texts."""

    max_bytes: int | None = None
    textual: bool = False

    def keeps(self, body: CapturedBody) -> bool:
        """Return whether a body stays."""
        return (not self.textual or body.is_text) and (self.max_bytes is None or body.fits(self.max_bytes))


def parse_body_filter(text: str) -> BodyFilter:
    """Return which bodies ``none``, ``text`` or ``max:BYTES`` asks for. Raises ValueError."""
    if text == "none":
        return BodyFilter(max_bytes=0)
    if text == "text":
        return BodyFilter(textual=True)
    if text.startswith("max:"):
        return BodyFilter(parse_bytes(text.removeprefix("max:")))
    raise ValueError(f"{text!r} is not allowed; it takes {BODY_FILTERS}")


@dataclass(frozen=True, slots=True)
class Rewriter:
    """Rewrites the parts of one HAR; false where there is nothing to do.

    ``bodies`` says which bodies stay, None for all. With ``fill``, mandatory members that are missing or of a wrong
    type get defaults, and optional ones of a wrong type are left out (see defaults.py): strict readers open the HAR.
    ``sizes`` are said of bodies that are left out; a large one must be decoded for that.
    """

    bodies: BodyFilter | None = None
    fill: bool = False
    sizes: bool = True

    def __bool__(self) -> bool:
        """Return whether there is anything to do."""
        return self.bodies is not None or self.fill

    def entry(self, text: bytes) -> bytes:
        """Return what an entry becomes."""
        if self.bodies is not None:
            text = _changed(text, {"request": self._request, "response": self._response})
        return filled(text) if self.fill else text

    def page(self, text: bytes) -> bytes:
        """Return what a page becomes; what is no object stays."""
        return filled_page(text) if self.fill else text

    def log(self, log: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return what the members of a log become, less its entries; ``pages`` among them are rewritten, too."""
        return dict(filled_log(list(log.items()))) if self.fill else dict(log)

    def _request(self, text: bytes) -> bytes:
        return _changed(text, {"postData": self._carrier})

    def _response(self, text: bytes) -> bytes:
        return _changed(text, {"content": self._carrier})

    def _carrier(self, text: bytes) -> bytes:
        """Return ``content`` or ``postData`` as it is if its body stays, else without it."""
        parts = members(text) if is_object(text) else []
        last = dict(parts)
        body = CapturedBody.of(last)
        if body is None or self.bodies is None or self.bodies.keeps(body):
            return text
        which = f"body of {body.size()} bytes" if self.sizes else "body"
        comment = _appended(last.get("comment", b'""'), f"{which} left out by harlake")
        others = [(name, value) for name, value in parts if name not in _BODY]
        return joined([*others, ("comment", comment)])


def entry_without(text: bytes, bodies: BodyFilter) -> bytes:
    """Return an entry for those who look at what is around its bodies: without them, and without messages."""
    text = Rewriter(bodies, sizes=False).entry(text)
    parts = members(text) if is_object(text) else []
    others = [(name, value) for name, value in parts if name != _MESSAGES]
    return text if len(others) == len(parts) else joined(others)


def _changed(text: bytes, changes: Mapping[str, Callable[[bytes], bytes]]) -> bytes:
    """Return an object with some of its members changed; what is no object stays."""
    if not is_object(text):
        return text
    parts = members(text)
    values = [changes[name](value) if name in changes else value for name, value in parts]
    if all(new is old for new, (_, old) in zip(values, parts, strict=True)):
        return text
    return joined((name, new) for new, (name, _) in zip(values, parts, strict=True))


def _appended(comment: bytes, note: str) -> bytes:
    """Return a comment with a note after what it said."""
    if is_nothing(comment):
        return _encode(note)
    said = bytes(comment)[1:-1] if is_string(comment) else _encode(bytes(comment).decode())[1:-1]
    return b'"' + said + b"; " + _encode(note)[1:]


def _size(text: bytes, base64: bool) -> int:
    """Return how many bytes a text stands for; what is no string counts as it is written."""
    body = unquoted(text) if is_string(text) else bytes(text)
    return (len(body) - sum(map(body.count, _NO_BASE64))) * 3 // 4 if base64 else len(body)
