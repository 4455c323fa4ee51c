"""ijson push parsers (yajl2_c), fed with text whose long tokens are truncated: the only module that knows ijson.

Strategy: a push parser checks the grammar of the bytes that nothing else has proved, and is asked for nothing but its
events: how deep are we, is the value complete, which member of the document is this. Values are never built from it,
so that what is stored and indexed is always the original bytes.

Rules:

* ``send(b"")`` means end of input to ijson: an empty feed is never passed on.
* yajl takes two bytes for white space that JSON does not know, and lets surrogates encoded as UTF-8 pass: both are
  refused here.
"""

import codecs
import re
from typing import Any, Final, Protocol

import ijson
from ijson.backends import yajl2_c

from harlake.errors import InvalidEntriesError, InvalidHarError, InvalidJsonError, MissingLogError
from harlake.har.parse.token_truncation import TokenTruncator
from harlake.limits import KIB

if ijson.backend_name != "yajl2_c":  # pragma: no cover - a broken installation
    raise ImportError(f"harlake needs ijson's yajl2_c backend, found {ijson.backend_name}")

#: Neither structural nor allowed inside strings, but white space to yajl.
_NOT_WHITE_SPACE: Final = re.compile(rb"[\x0b\x0c]")

#: Bytes that are truncated and parsed at a time.
_PIECE: Final = 64 * KIB

OPENERS: Final = frozenset({"start_map", "start_array"})
CLOSERS: Final = frozenset({"end_map", "end_array"})


class _Truncator(Protocol):
    def feed(self, data: bytes) -> bytes: ...


class JsonPushParser:
    """Parses one JSON value; ``complete`` once it has ended, ``depth`` is how many containers are open.

    Raises InvalidJsonError (without a position) from :meth:`feed` and :meth:`close`.
    """

    def __init__(self, max_depth: int, truncator: _Truncator | None = None) -> None:
        self.depth = 0
        self.complete = False
        #: Whether a scalar was refused, whose event comes at its end.
        self.at_scalar = False
        self._max_depth = max_depth
        self._error: InvalidHarError | None = None
        self._truncator = truncator or TokenTruncator()
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._parser: Any = yajl2_c.basic_parse_basecoro(self)

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the value."""
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            stop, reason = self._check_bytes(piece)
            if text := self._truncator.feed(piece[:stop]):
                self._run(text)
            if reason:
                raise InvalidJsonError(reason)

    def close(self) -> None:
        """End the value; raises when it is not complete."""
        self._run(b"")

    def send(self, event: tuple[str, Any]) -> None:
        """Take an event from ijson."""
        if self._error is not None:
            return  # it is raised when ijson returns
        event_type, value = event
        if event_type in OPENERS:
            self.on_event(event_type, value)
            self.depth += 1
            if self.depth > self._max_depth:
                self.refuse(InvalidJsonError(f"nested deeper than {self._max_depth} levels"))
        elif event_type in CLOSERS:
            self.depth -= 1
            self.on_event(event_type, value)
        else:
            self.on_event(event_type, value)
        if self.depth == 0 and event_type != "map_key":
            self.complete = True

    def on_event(self, event_type: str, value: Any) -> None:
        """Look at an event at the depth of its container; for subclasses."""

    def refuse(self, error: InvalidHarError, *, at_scalar: bool = False) -> None:
        """Refuse the value; no event after this one is looked at."""
        self._error = error
        self.at_scalar = at_scalar

    def _run(self, data: bytes) -> None:
        error: Exception | None = None
        try:
            self._parser.send(data)
        except StopIteration:
            pass
        except ijson.JSONError as caught:
            error = caught
        if self._error is not None:
            raise self._error
        if error is not None:
            raise InvalidJsonError(_reason(error)) from error

    def _check_bytes(self, data: bytes) -> tuple[int, str]:
        """Return where the first byte is that JSON cannot hold but yajl would pass, and why; else the length."""
        stop, reason = len(data), ""
        try:
            if not data.isascii() or self._utf8.getstate()[0]:
                self._utf8.decode(data)
        except UnicodeDecodeError as error:
            stop, reason = max(0, error.start), "invalid UTF-8"
        space = _NOT_WHITE_SPACE.search(data, 0, stop)
        return (space.start(), "a control character that JSON does not allow") if space else (stop, reason)


class EnvelopePushParser(JsonPushParser):
    """Parses a HAR whose entries are left out, and finds where they belong.

    ``opened`` turns true when the array ``log.entries`` has been opened.
    """

    def __init__(self, max_depth: int) -> None:
        super().__init__(max_depth)
        self.opened = False
        self._log_seen = False
        self._in_log = False
        self._key: str | None = None

    def on_event(self, event_type: str, value: Any) -> None:
        """Follow which member of the document this is."""
        if self.depth == 0:
            self._on_document(event_type)
        elif self.depth == 1:
            self._on_member(event_type, value)
        elif self.depth == 2 and self._in_log:
            self._on_log_member(event_type, value)

    def _on_document(self, event_type: str) -> None:
        if event_type == "end_map":
            if not self._log_seen:
                self.refuse(MissingLogError("the document has no member log"))
        elif event_type != "start_map":
            self.refuse(
                MissingLogError(f"the document is {_NAMES[event_type]}, not an object"),
                at_scalar=event_type not in OPENERS,
            )

    def _on_member(self, event_type: str, value: Any) -> None:
        if event_type == "map_key":
            self._key = value
        elif event_type == "end_map" and self._in_log:
            self._in_log = False
            if not self.opened:
                self.refuse(InvalidEntriesError("log has no member entries", path="log"))
        elif self._key == "log" and event_type not in CLOSERS:
            if self._log_seen:
                self.refuse(MissingLogError("log is there twice", path="log"), at_scalar=event_type not in OPENERS)
            elif event_type != "start_map":
                self.refuse(
                    MissingLogError(f"log is {_NAMES[event_type]}, not an object", path="log"),
                    at_scalar=event_type not in OPENERS,
                )
            self._log_seen = self._in_log = True

    def _on_log_member(self, event_type: str, value: Any) -> None:
        if event_type == "map_key":
            self._key = value
        elif self._key == "entries" and event_type not in CLOSERS:
            if self.opened:
                self.refuse(
                    InvalidEntriesError("log.entries is there twice", path="log.entries"),
                    at_scalar=event_type not in OPENERS,
                )
            elif event_type != "start_array":
                self.refuse(
                    InvalidEntriesError(f"log.entries is {_NAMES[event_type]}, not an array", path="log.entries"),
                    at_scalar=event_type not in OPENERS,
                )
            self.opened = True


_NAMES: Final = {
    "null": "null",
    "boolean": "a boolean",
    "integer": "a number",
    "double": "a number",
    "number": "a number",
    "string": "a string",
    "start_map": "an object",
    "start_array": "an array",
}


def _reason(error: Exception) -> str:
    """Return yajl's own words for what is wrong, without its drawing of the position."""
    return str(error).split("\n", 1)[0].removeprefix("parse error: ").removeprefix("lexical error: ").rstrip(".")
