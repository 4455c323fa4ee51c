"""The fast path: takes whole entries out of a buffer, each proved by a typed msgspec decode.

Strategy: guess, then prove.

* *Guess*: entries are joined by the same few bytes throughout a file, ``},{"startedDateTime"`` or the like with its
  white space. They are learned from entries already known, and every offset where they occur may be a border.
  Inside of a string ``{"`` cannot occur unescaped, so such an offset is always structural: only its depth is a guess.
* *Prove*: msgspec decodes the bytes between two guesses as one entry. JSON values are self-delimiting, so if it
  decodes, it is exactly one entry, and there is no other reading. The same decode is the index extraction.

A guess too deep ends inside an entry: the decoder says that its input was truncated, and the next guess is tried.
A border that was missed puts two entries into one guess: the decoder says where the first one ended. Both are hints,
and what they suggest is proved again. Whatever cannot be proved is left to the push parser, so the fast path never
decides that anything is wrong, and a file reads the same without it.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

import msgspec

from harlake.har.entry import Entry, Rejection, drop_bodies, entry_decoder, read_entry
from harlake.har.parse.utf8 import valid_until
from harlake.har.raw_json import is_string
from harlake.har.surrogates import repair
from harlake.limits import Limits

#: What is learned is kept, so it is short.
_HEAD: Final = re.compile(rb'\{[ \t\r\n]{0,99}"[^"\\]{0,99}"')
_SEPARATOR: Final = re.compile(rb"[ \t\r\n]{0,999},[ \t\r\n]{0,999}(?=\{)")

#: What an entry may begin with as long as nothing is known of a file: the members of HAR 1.2, and custom ones.
_ANY_BORDER: Final = re.compile(
    rb'\}[ \t\r\n]*,[ \t\r\n]*\{[ \t\r\n]*"'
    rb'(?:startedDateTime|time|request|response|cache|timings|pageref|serverIPAddress|connection|comment|_[^"\\]*)"'
)
_TRAILING: Final = re.compile(r"trailing characters \(byte (\d+)\)$")
_TRUNCATED: Final = "Input data was truncated"
_SPACE: Final = b" \t\r\n"

#: Files whose entries begin with more keys than this, or are joined in more ways, get a looser guess.
_MAX_LEARNED: Final = 16

#: Guesses tried for one entry before it is left to the push parser.
_MAX_GUESSES: Final = 12

#: Bytes in which lone surrogates are replaced at first: where an entry ends is only known thereafter.
_FIRST_REPAIRED: Final = 256

_any_value: Final = msgspec.json.Decoder(msgspec.Raw)


class ProvedEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry proved to be ``buffer[start:end]``, and what is indexed of it."""

    start: int
    end: int
    entry: Entry | Rejection


class FastPath:
    """Proves entries in buffers of one file, learning from it how its entries begin and how they are joined."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._heads: dict[bytes, None] = {}
        self._separators: dict[bytes, None] = {}
        self._border: re.Pattern[bytes] | None = None
        self._border_missed = False
        #: Whether the last entry that could not be proved was cut off, rather than oddly typed.
        self.cut_off = False
        #: Bytes that were looked at, each as often as it was.
        self.work = 0

    def learn_head(self, entry: bytes, start: int = 0) -> None:
        """Learn how an entry begins."""
        head = _HEAD.match(entry, start)
        if head is not None and head[0] not in self._heads and len(self._heads) < _MAX_LEARNED:
            self._heads[head[0]] = None
            self._border = None

    def prove(
        self, buffer: bytes, start: int, *, whole: bool = False, utf8: tuple[int, bool] | None = None
    ) -> Iterator[ProvedEntry]:
        """Yield the entries from ``start`` on, which must be the first byte of one, as far as they can be proved.

        Between two entries that are yielded stand a comma and white space only. What follows the last border is
        likely to be incomplete, and tried only if ``whole``; ``cut_off`` then says that it was. ``utf8`` is what
        :func:`valid_until` says of the buffer, if that is known.
        """
        self.cut_off = False
        valid, intact = utf8 or valid_until(buffer, start)
        unlearned = not (self._heads and self._separators)
        borders = self._counted(self._borders(buffer, start), len(buffer) - start)
        view = memoryview(buffer)
        while True:
            proved = self._prove_next(view, start, borders, valid, whole and intact)
            if proved is None:
                return
            yield proved
            separator = _SEPARATOR.match(buffer, proved.end)
            if separator is None:
                return
            start = separator.end()
            if unlearned or self._border_missed:
                self._border_missed = False
                self._learn_separator(separator[0])
                self.learn_head(buffer, start)

    def _prove_next(
        self, view: memoryview, start: int, borders: Iterator[int], valid: int, whole: bool
    ) -> ProvedEntry | None:
        """Prove the entry at ``start`` with one guess after the other."""
        for guess in range(_MAX_GUESSES):
            end = -1
            for _ in range(1 << max(0, guess - 2)):  # an entry may hold many borders inside
                end = next(borders, -1)
            if end < 0 and not whole:
                return None
            stop = _without_space(view, start, valid) if end < 0 else end
            if stop > valid or stop - start > self._limits.max_entry_bytes:
                return None
            proved = self._prove_span(view, start, stop)
            if proved is not None or end < 0:
                return proved
        return None

    def _prove_span(self, view: memoryview, start: int, stop: int) -> ProvedEntry | None:
        """Return the entry at ``start``, which ends at ``stop`` or, if a border was missed, before."""
        span = view[start:stop]
        try:
            entry = entry_decoder.decode(span)
        except msgspec.ValidationError:
            return self._prove_untyped(view, start, stop)
        except msgspec.DecodeError as error:
            trailing = _TRAILING.search(str(error))
            return (
                self._prove_shorter(view, start, stop, trailing) if trailing else self._prove_untyped(view, start, stop)
            )
        except RecursionError:
            self.work += len(span)
            return None
        if len(span) > 2 * self._limits.max_entry_depth and self._may_be_deep(span, entry):
            self.work += len(span)
            return None
        return ProvedEntry(start, stop, drop_bodies(entry))

    def _prove_shorter(self, view: memoryview, start: int, stop: int, trailing: re.Match[str]) -> ProvedEntry | None:
        """Return the entry at ``start``, of which a decoder has said that something follows it before ``stop``.

        That is told by its own byte or the next, depending on msgspec's version; what it follows ends with a brace.
        """
        end = start + bytes(view[start : start + int(trailing[1])]).rfind(b"}") + 1
        self._border_missed = True
        return self._prove_span(view, start, end) if end < stop else None

    def _prove_untyped(self, view: memoryview, start: int, stop: int) -> ProvedEntry | None:
        """Prove an entry with members of odd types, or with lone surrogates."""
        span = view[start:stop]
        texts: Iterator[bytes | memoryview] = chain((span,), _repaired(span))
        for text in texts:
            try:
                _any_value.decode(text)
            except msgspec.DecodeError as error:
                if trailing := _TRAILING.search(str(error)):
                    return self._prove_shorter(view, start, stop, trailing)
                self.cut_off = str(error) == _TRUNCATED
            except RecursionError:
                self.work += len(text)
                return None
            else:
                self.work += len(span)
                return None if self._may_be_deep(span, None) else ProvedEntry(start, stop, read_entry(bytes(span)))
            self.work += len(text)
        return None

    def _may_be_deep(self, span: bytes | memoryview, entry: Entry | None) -> bool:
        """Return whether a proved entry might exceed the depth limit; brackets in its body cannot nest."""
        max_depth = self._limits.max_entry_depth
        content = entry.content if entry else None
        body = len(content.text) if content and is_string(content.text) else 0
        if len(span) - body <= 2 * max_depth:
            return False
        text = bytes(span)
        return text.count(b"{") + text.count(b"[") > max_depth

    def _learn_separator(self, separator: bytes) -> None:
        if separator not in self._separators and len(self._separators) < _MAX_LEARNED:
            self._separators[separator] = None
            self._border = None

    def _counted(self, offsets: Iterator[int], length: int) -> Iterator[int]:
        """Yield offsets, and count what has been looked at for the last of them."""
        yield from offsets
        self.work += length

    def _borders(self, buffer: bytes, start: int) -> Iterator[int]:
        """Yield, in order, the offsets after which an entry may have ended, as far as is known of the file."""
        if not self._heads or not self._separators:
            return _offsets_of_pattern(_ANY_BORDER, buffer, start)
        if len(self._heads) == len(self._separators) == 1:
            # Finding a constant is twice as fast as matching a pattern.
            return _offsets_of(b"}" + next(iter(self._separators)) + next(iter(self._heads)), buffer, start)
        if self._border is None:
            any_separator, any_head = len(self._separators) == _MAX_LEARNED, len(self._heads) == _MAX_LEARNED
            separators = [rb"[ \t\r\n]*,[ \t\r\n]*"] if any_separator else map(re.escape, self._separators)
            heads = [rb"\{"] if any_head else map(re.escape, self._heads)
            self._border = re.compile(rb"\}(?:%s)(?:%s)" % (b"|".join(separators), b"|".join(heads)))
        return _offsets_of_pattern(self._border, buffer, start)


def _repaired(span: memoryview) -> Iterator[bytes]:
    """Yield more and more of a text, in the end all of it, as far as there are lone surrogates, which are replaced."""
    size = min(_FIRST_REPAIRED, len(span))
    while True:
        if (repaired := repair(bytes(span[:size]))) is not None:
            yield repaired
        if size == len(span):
            return
        size = min(4 * size, len(span))


def _without_space(view: memoryview, start: int, stop: int) -> int:
    """Return ``stop``, moved back over white space: a decoder ignores it, but it belongs to no entry."""
    if stop > start and view[stop - 1] in _SPACE:
        return start + len(bytes(view[start:stop]).rstrip(_SPACE))
    return stop


def _offsets_of_pattern(pattern: re.Pattern[bytes], buffer: bytes, start: int) -> Iterator[int]:
    return (match.start() + 1 for match in pattern.finditer(buffer, start))


def _offsets_of(border: bytes, buffer: bytes, start: int) -> Iterator[int]:
    while (start := buffer.find(border, start) + 1) > 0:
        yield start
