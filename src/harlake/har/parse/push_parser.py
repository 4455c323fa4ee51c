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
from ijson.utils import sendable_list

from harlake.errors import InvalidEntriesError, InvalidHarError, InvalidJsonError, MissingLogError
from harlake.har.parse.token_truncation import TokenTruncator
from harlake.limits import KIB

if ijson.backend_name != "yajl2_c":  # pragma: no cover - a broken installation
    raise ImportError(f"harlake needs ijson's yajl2_c backend, found {ijson.backend_name}")

#: Neither structural nor allowed inside strings, but white space to yajl.
_NOT_WHITE_SPACE: Final = re.compile(rb"[\x0b\x0c]")

#: Bytes that are truncated and parsed at a time: the events of so many brackets take a megabyte.
_PIECE: Final = 16 * KIB

#: Containers around the ``[`` of ``log.entries``.
_ENTRIES_DEPTH: Final = 2

OPENERS: Final = frozenset({"start_map", "start_array"})
CLOSERS: Final = frozenset({"end_map", "end_array"})


class _Truncator(Protocol):
    def feed(self, data: bytes) -> bytes: ...


class JsonPushParser:
    """Parses one JSON value; ``complete`` once it has ended, ``depth`` is how many containers are open.

    Raises InvalidJsonError (without a position) from :meth:`feed` and :meth:`close`.
    """

    def __init__(self, max_depth: int, truncator: _Truncator | None = None, *, watched_depth: int = -1) -> None:
        self.depth = 0
        self.complete = False
        #: Whether a scalar was refused, whose event comes at its end.
        self.at_scalar = False
        self._max_depth = max_depth
        self._watched_depth = watched_depth
        self._truncator = truncator or TokenTruncator()
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        # ijson's own parsers cannot be seen by the garbage collector: one that held this object would never be freed.
        self._events = sendable_list()
        self._parser: Any = yajl2_c.basic_parse_basecoro(self._events)

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

    def on_event(self, event_type: str, value: Any) -> None:
        """Look at an event at the depth of its container, down to the watched depth; for subclasses."""

    def _run(self, data: bytes) -> None:
        reason: str | None = None
        try:
            self._parser.send(data)
        except StopIteration:
            pass
        except ijson.JSONError as error:
            reason = _reason(error)
        if self._events:
            self._take_events()
        if reason is not None:
            raise InvalidJsonError(reason)

    def _take_events(self) -> None:
        """Look at the events that ijson has sent."""
        depth, watched = self.depth, self._watched_depth
        for event_type, value in self._events:
            if event_type in CLOSERS:
                depth -= 1
            if depth <= watched:
                self.depth = depth
                self.on_event(event_type, value)
            if event_type in OPENERS:
                depth += 1
                if depth > self._max_depth:
                    raise InvalidJsonError(f"nested deeper than {self._max_depth} levels")
        self._events.clear()
        self.depth = depth
        self.complete = self.complete or not depth

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
        super().__init__(max_depth, watched_depth=_ENTRIES_DEPTH)
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
                raise MissingLogError("the document has no member log")
        elif event_type != "start_map":
            raise self._refusal(event_type, MissingLogError(f"the document is {_NAMES[event_type]}, not an object"))

    def _on_member(self, event_type: str, value: Any) -> None:
        if event_type == "map_key":
            self._key = value
        elif event_type == "end_map" and self._in_log:
            self._in_log = False
            if not self.opened:
                raise InvalidEntriesError("log has no member entries", path="log")
        elif self._key == "log" and event_type not in CLOSERS:
            if self._log_seen:
                raise self._refusal(event_type, MissingLogError("log is there twice", path="log"))
            if event_type != "start_map":
                error = f"log is {_NAMES[event_type]}, not an object"
                raise self._refusal(event_type, MissingLogError(error, path="log"))
            self._log_seen = self._in_log = True

    def _on_log_member(self, event_type: str, value: Any) -> None:
        if event_type == "map_key":
            self._key = value
        elif self._key == "entries" and event_type not in CLOSERS:
            if self.opened:
                raise self._refusal(event_type, InvalidEntriesError("log.entries is there twice", path="log.entries"))
            if event_type != "start_array":
                error = f"log.entries is {_NAMES[event_type]}, not an array"
                raise self._refusal(event_type, InvalidEntriesError(error, path="log.entries"))
            self.opened = True

    def _refusal(self, event_type: str, error: InvalidHarError) -> InvalidHarError:
        """Return the error for a value that may not be here."""
        self.at_scalar = event_type not in OPENERS
        return error


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
