"""ijson as the judge of grammar: the only module that knows it.

Strategy: an ijson push parser (yajl2_c) is fed the bytes that nothing else has proved, and is asked for nothing
but its events: how deep are we, is the value complete, which member of the document is this. Values are never
built from it, so that what is stored and indexed is always the original bytes.

Rules:

* yajl gives no offset for an error. The bytes at fault are still held by the caller, so :func:`first_fault`
  parses them again, in the end byte by byte, up to the first one that cannot be. That makes the place exact, and
  place and reason the same, however the document was cut.
* ``send(b"")`` means end of input to ijson: an empty feed is never passed on.
* yajl takes two bytes for white space that JSON does not know, and lets surrogates encoded as UTF-8 pass: both are
  refused here.
* ijson makes Python values of every number and string, which fails on absurd numbers and on lone surrogates. Neither
  says anything about the grammar, so the judge reads a tamed copy: long runs of digits are squeezed, and escapes of
  surrogates turned into those of other characters.
"""

import ast
import codecs
import re
from collections.abc import Callable
from typing import Any, Final

import ijson
import msgspec
from ijson.backends import yajl2_c

from harlake.errors import InvalidEntriesError, InvalidHarError, InvalidJsonError, MissingLogError
from harlake.har.surrogates import repair

if ijson.backend_name != "yajl2_c":  # pragma: no cover - a broken installation
    raise ImportError(f"harlake needs ijson's yajl2_c backend, found {ijson.backend_name}")

#: Neither structural nor allowed inside strings, but whitespace to yajl.
_NOT_WHITE_SPACE: Final = re.compile(rb"[\x0b\x0c]")

#: 15 digits are exact in every number type, and all that an escape (4) or an exponent (18) may need.
_KEPT_DIGITS: Final = 15
_LONG_NUMBER: Final = re.compile(rb"\d{%d,}" % (_KEPT_DIGITS + 1))
_FIRST_DIGITS: Final = re.compile(rb"\d+")

_QUOTE: Final = ord('"')
_BACKSLASH: Final = ord("\\")
_NUMBER: Final = b"+-.0123456789eE"
_LEADING_ZERO: Final = re.compile(rb"0[0-9]")
_LITERALS: Final = (b"true", b"false", b"null")

_SURROGATE: Final = re.compile(rb"(\\u[dD])[89a-fA-F]")

_PIECE: Final = 64 * 1024

_encode: Final = msgspec.json.Encoder(decimal_format="number").encode

_OPENERS: Final = frozenset({"start_map", "start_array"})
_CLOSERS: Final = frozenset({"end_map", "end_array"})


class Judge:
    """Judges one JSON value; ``complete`` once it has ended, ``depth`` is how many containers are open.

    Raises InvalidJsonError (without a place) from :meth:`feed` and :meth:`close`.
    """

    def __init__(self, max_depth: int) -> None:
        self.depth = 0
        self.complete = False
        #: Whether the fault is a scalar, whose event comes at its end.
        self.at_scalar = False
        self._max_depth = max_depth
        self._fault: InvalidHarError | None = None
        self._digits = 0
        self._last = b""
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._parser: Any = yajl2_c.basic_parse_basecoro(self)

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the value."""
        stop, reason = self._foreign(data)
        if tame := self._squeeze(self._replace_surrogates(data[:stop])):
            self._run(tame)
        if reason:
            raise InvalidJsonError(reason)

    def close(self) -> None:
        """End the value; raises when it is not complete."""
        self._run(b"")

    def send(self, event: tuple[str, Any]) -> None:
        """Take an event from ijson."""
        kind, value = event
        if kind in _OPENERS:
            self.on_event(kind, value)
            self.depth += 1
            if self.depth > self._max_depth and self._fault is None:
                self._fault = InvalidJsonError(f"nested deeper than {self._max_depth} levels")
        elif kind in _CLOSERS:
            self.depth -= 1
            self.on_event(kind, value)
        else:
            self.on_event(kind, value)
        if self.depth == 0 and kind != "map_key":
            self.complete = True

    def on_event(self, kind: str, value: Any) -> None:
        """Look at an event at the depth of its container; for subclasses."""

    def blame(self, error: InvalidHarError, *, at_scalar: bool = False) -> None:
        """Note the first thing wrong; it is raised when ijson returns."""
        if self._fault is None:
            self._fault = error
            self.at_scalar = at_scalar

    def _run(self, data: bytes) -> None:
        error: Exception | None = None
        try:
            self._parser.send(data)
        except StopIteration:
            pass
        except ijson.JSONError as caught:
            error = caught
        if self._fault is not None:
            raise self._fault
        if error is not None:
            raise InvalidJsonError(_reason(error)) from error

    def _foreign(self, data: bytes) -> tuple[int, str]:
        """Return where the first byte is that JSON cannot hold but yajl would pass, and why; else the length."""
        stop, reason = len(data), ""
        try:
            if not data.isascii() or self._utf8.getstate()[0]:
                self._utf8.decode(data)
        except UnicodeDecodeError as error:
            stop, reason = max(0, error.start), "invalid UTF-8"
        space = _NOT_WHITE_SPACE.search(data, 0, stop)
        return (space.start(), "a control character that JSON does not allow") if space else (stop, reason)

    def _replace_surrogates(self, data: bytes) -> bytes:
        r"""Turn ``\ud8..`` into ``\ud0..``; what only looks like an escape is text, and may change as well."""
        text = _SURROGATE.sub(rb"\g<1>0", self._last + data)
        tame = text[len(self._last) :]
        self._last = text[-3:]
        return tame

    def _squeeze(self, data: bytes) -> bytes:
        """Cut runs of digits to a length that every number type takes; no other byte is touched."""
        if self._digits and (run := _FIRST_DIGITS.match(data)):
            kept = _KEPT_DIGITS - self._digits
            data = data[: min(kept, run.end())] + data[run.end() :]
            if len(data) <= kept and data.isdigit():
                self._digits += len(data)
                return data
            if not data:
                return data
        data = _LONG_NUMBER.sub(lambda run: run[0][:_KEPT_DIGITS], data)
        self._digits = len(data) - len(data.rstrip(b"0123456789"))
        return data


class DocumentJudge(Judge):
    """Judges a HAR whose entries are left out, and finds the place where they belong.

    ``opened`` turns true when the array ``log.entries`` has been opened.
    """

    def __init__(self, max_depth: int) -> None:
        super().__init__(max_depth)
        self.opened = False
        self._log_seen = False
        self._in_log = False
        self._key: str | None = None

    def on_event(self, kind: str, value: Any) -> None:
        """Follow which member of the document this is."""
        if self.depth == 0:
            self._on_document(kind)
        elif self.depth == 1:
            self._on_member(kind, value)
        elif self.depth == 2 and self._in_log:
            self._on_log_member(kind, value)

    def _on_document(self, kind: str) -> None:
        if kind == "end_map":
            if not self._log_seen:
                self.blame(MissingLogError("the document has no member log"))
        elif kind != "start_map":
            self.blame(
                MissingLogError(f"the document is {_NAMES[kind]}, not an object"), at_scalar=kind not in _OPENERS
            )

    def _on_member(self, kind: str, value: Any) -> None:
        if kind == "map_key":
            self._key = value
        elif kind == "end_map" and self._in_log:
            self._in_log = False
            if not self.opened:
                self.blame(InvalidEntriesError("log has no member entries", path="log"))
        elif self._key == "log" and kind not in _CLOSERS:
            if self._log_seen:
                self.blame(MissingLogError("log is there twice", path="log"), at_scalar=kind not in _OPENERS)
            elif kind != "start_map":
                self.blame(
                    MissingLogError(f"log is {_NAMES[kind]}, not an object", path="log"), at_scalar=kind not in _OPENERS
                )
            self._log_seen = self._in_log = True

    def _on_log_member(self, kind: str, value: Any) -> None:
        if kind == "map_key":
            self._key = value
        elif self._key == "entries" and kind not in _CLOSERS:
            if self.opened:
                self.blame(
                    InvalidEntriesError("log.entries is there twice", path="log.entries"),
                    at_scalar=kind not in _OPENERS,
                )
            elif kind != "start_array":
                self.blame(
                    InvalidEntriesError(f"log.entries is {_NAMES[kind]}, not an array", path="log.entries"),
                    at_scalar=kind not in _OPENERS,
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


def first_fault(judge: Callable[[], Judge], text: bytes) -> tuple[int, InvalidHarError | None]:
    """Return the offset of the first byte that makes ``text`` impossible, and what is wrong with it.

    Without one, it is the text's length and None. ``judge`` makes a fresh judge; the text is parsed about four times.
    """
    start = 0
    for step in (_PIECE, 256, 1):
        trial = judge()
        try:
            trial.feed(text[:start])
            while start < len(text):
                trial.feed(text[start : start + step])
                start += step
        except InvalidHarError as error:
            if step == 1:
                return _start_of_token(judge, text, start, error, trial.at_scalar), error
        else:
            break
    return len(text), None


def _start_of_token(judge: Callable[[], Judge], text: bytes, end: int, error: InvalidHarError, at_scalar: bool) -> int:
    """Return where the token at fault begins, if it came whole before it was refused; else ``end``.

    A string comes with its last quote, a literal with its last letter, a number with the byte behind it.
    """
    if isinstance(error, InvalidJsonError) or at_scalar:
        if text[end] == _QUOTE:
            return _start_of_string(text, end)
        for literal in _LITERALS:
            if text.endswith(literal, 0, end + 1):
                return end + 1 - len(literal)
        if _is_impossible(judge, text[:end] + b" ") and _is_impossible(judge, text[:end] + b"0 "):
            number = len(text[:end].rstrip(_NUMBER))
            return number + 1 if _LEADING_ZERO.match(text, number) else number
    return end


def _is_impossible(judge: Callable[[], Judge], text: bytes) -> bool:
    try:
        judge().feed(text)
    except InvalidHarError:
        return True
    return False


def _start_of_string(text: bytes, end: int) -> int:
    start = text.rfind(b'"', 0, end)
    while _backslashes(text, start) % 2:
        start = text.rfind(b'"', 0, start)
    return start


def _backslashes(text: bytes, end: int) -> int:
    """Return how many backslashes stand before ``end``; an odd number escapes what is there."""
    start = end
    while start and text[start - 1] == _BACKSLASH:
        start -= 1
    return end - start


def pruned(entry: bytes, depth: int = 4) -> bytes:
    """Return valid JSON as it is, but with null for every container below ``depth`` levels.

    For values nested too deeply for a recursive decoder; numbers may lose digits beyond the 15th.
    """
    out: list[bytes] = []
    pruner = _Pruner(out, depth)
    pruner.feed(repair(entry) or entry)
    return b"".join(out)


class _Pruner(Judge):
    def __init__(self, out: list[bytes], depth: int) -> None:
        super().__init__(max_depth=1 << 60)
        self._out = out
        self._keep = depth
        self._separate = False

    def _replace_surrogates(self, data: bytes) -> bytes:
        return data  # the values matter here; lone surrogates have been repaired

    def on_event(self, kind: str, value: Any) -> None:
        out = self._out
        if self.depth > self._keep:
            return
        if kind in _CLOSERS:
            if self.depth < self._keep:
                out.append(b"}" if kind == "end_map" else b"]")
            self._separate = True
            return
        if self._separate:
            out.append(b",")
        self._separate = kind != "map_key"
        if kind == "map_key":
            out.append(_encode(value) + b":")
        elif kind in _OPENERS and self.depth < self._keep:
            out.append(b"{" if kind == "start_map" else b"[")
            self._separate = False
        else:
            out.append(b"null" if kind in _OPENERS else _encode(value))


def _reason(error: Exception) -> str:
    """Return yajl's own words for what is wrong, without its drawing of the place."""
    text = str(error)
    if text.startswith(("b'", 'b"')):  # how ijson renders messages that are not UTF-8
        text = ast.literal_eval(text).decode("utf-8", "replace")
    return text.split("\n", 1)[0].removeprefix("parse error: ").removeprefix("lexical error: ").rstrip(".")
