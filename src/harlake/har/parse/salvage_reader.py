"""Reads a document that may be damaged, and hands out the entries in it that are whole.

Strategy: a whole entry is an object that a strict decoder accepts, with a request. It begins with ``{"``, which stands
nowhere inside of a string that is whole. So wherever something is wrong, reading goes on at the next ``{"``. Entries
that follow each other are proved by the fast path, as those of a whole document.

Rules:

* Nothing is closed, completed or joined: what comes out are bytes of the document, one decoder's word for each.
* What holds entries is entered, what is an entry is not: nothing inside of one is taken for another.
* Every byte that is no entry's is the envelope's, a separator, or in a gap.
* Held at any time: what is read at least, and one entry or what precedes the first; each has its limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, takewhile
from typing import Final

from harlake.har.entry import Entry, Rejection
from harlake.har.envelope import Envelope
from harlake.har.parse.between_entries import BetweenEntries
from harlake.har.parse.entry_collector import EntryCollector
from harlake.har.parse.entry_proof import are_single, has_request
from harlake.har.parse.fast_path import FastPath, ProvedEntry
from harlake.har.parse.gaps import Part, SalvageReport
from harlake.har.parse.input_buffer import InputBuffer
from harlake.har.parse.position import Position
from harlake.har.parse.pruning import index_entry
from harlake.har.parse.utf8 import valid_until
from harlake.har.parse.value_scan import Extent, Found, is_too_deep, scan_object, without_surrogates
from harlake.har.parse.wrong_tokens import CONTEXT, what_is_wrong
from harlake.limits import DEFAULT_LIMITS, KIB, MIB, Limits

#: An object, whose first name ends with a colon, or where the input does.
_OBJECT: Final = re.compile(rb'\{[ \t\r\n]*+"(?=[^"\\]{0,999}+(?:"[ \t\r\n]{0,99}+(?::|\Z)|[^"]|\Z))')
#: Objects without objects inside, which are no entries, as headers are: they are passed all at once.
_FLAT: Final = re.compile(
    rb'(?:[ \t\r\n,]*+\{(?:,?+[ \t\r\n]*+"[^"\\\x00-\x1f]*+"[ \t\r\n]*+:[ \t\r\n]*+'
    rb'(?:"[^"\\\x00-\x1f]*+"|-?(?:0|[1-9]\d{0,14})|true|false|null)[ \t\r\n]*+)++\})++'
)
#: What may be the beginning of an object whose first quote has not come yet, or is wrong.
_BEGINNING: Final = re.compile(rb'\{[ \t\r\n]{0,999}"?\Z')
_COMMA: Final = re.compile(rb"[ \t\r\n]{0,999},[ \t\r\n]{0,999}")
#: What stands before the value of a custom member, and before the first of a list that is one.
_CUSTOM: Final = re.compile(rb'"_[^"\\]{0,99}"[ \t\r\n]{0,99}:[ \t\r\n]{0,99}(\[)?[ \t\r\n]{0,99}\Z')

#: Bytes in which what is an entry shows that it is one.
_PROBED: Final = MIB
_MOST_AWAITED: Final = 32 * MIB
#: Bytes before the end of what has come in which an error may be no more than a token that goes on.
_LONGEST_TOKEN: Final = 64
#: How much of what precedes an object is looked at.
_LOOKED_BACK: Final = KIB
#: How often each byte may be looked at, on average, from so many on: more only in what is made to be tried in vain.
_MAX_WORK: Final = 8
_MIN_WORK: Final = 16 * MIB
_MAX_ENTRIES: Final = 1_024
_UNKNOWN: Final = Rejection("")
_INSIDE: Final = "it is inside of a damaged entry"
#: Steps between two pauses.
_STEPS: Final = 128


class SalvageReader:
    """Reads one document: feed it by :meth:`read`, then :meth:`read_rest` and :meth:`close`.

    It is used as :class:`HarReader` is, and never raises.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._input = InputBuffer()
        self._entries = EntryCollector(self._input, limits, None)
        self._between = BetweenEntries(limits)
        self._fast_path = FastPath(limits)
        self._clean = b""
        self._valid: tuple[int, bool] | None = None
        self._work = 0
        self._follows_entry = False
        self._follows_damage = False
        # The end of what was passed; and where in the document an element of a custom list of a damaged entry ended.
        self._before = b""
        self._listed_until = -1
        self._is_truncated = False
        #: Whether there was something that may be an entry, and is larger than entries may be.
        self.has_passed_large = False

    @property
    def imported(self) -> int:
        """The entries that came out in blocks, or will with the next."""
        return self._entries.imported

    @property
    def held(self) -> int:
        """Bytes that are held until more comes."""
        return self._input.size + self._between.held

    def report(self) -> SalvageReport:
        """Report on a document that is closed."""
        between = self._between
        is_truncated = self._is_truncated or between.is_open
        return SalvageReport(between.gaps, between.gap_count, is_truncated, between.is_kept)

    def position(self) -> Position:
        """Return the position that the reader has consumed its input up to."""
        return self._input.position(self._input.at)

    def read(self, data: bytes) -> Iterator[list[Part]]:
        """Take the next bytes; pause now and then, and yield what is complete; exhaust it."""
        if self._input.append(data):
            yield from self._advance(final=False)

    def read_rest(self) -> Iterator[list[Part]]:
        """Read what was waiting for more: nothing that comes after this belongs to what came before."""
        yield from self._advance(final=True)

    def interrupt(self, reason: str) -> Iterator[list[Part]]:
        """Go on where something is missing: what comes after this does not belong to what came before."""
        self._between.say(reason)
        yield from self._advance(final=True)
        self._is_truncated, self._follows_entry, self._follows_damage = False, False, True

    def close(self) -> tuple[list[Part], Envelope]:
        """End the document, and return what is left, and the envelope."""
        found = [one for rest in self.read_rest() for one in rest]
        self._between.end(is_entry=False)
        self._entries.end_block()
        return found + self._take(), self._between.envelope()

    def _take(self) -> list[Part]:
        return [*self._entries.take_blocks(), *self._between.take_pieces()]

    def _advance(self, *, final: bool) -> Iterator[list[Part]]:
        self._input.gather(final=final)
        self._clean, self._valid = without_surrogates(self._input.data), None
        steps = 0
        while self._step():
            steps += 1
            if steps % _STEPS == 0:
                yield self._take()
        self._clean = b""
        self._input.compact()
        yield self._take()

    def _step(self) -> bool:
        """Read an entry, or pass what is none; return whether there is more to be read now."""
        source = self._input
        if source.at == len(source.data):
            return False
        found = _OBJECT.search(source.data, source.at)
        if found is None:
            return self._pass_rest()
        start = found.start()
        if self._follows_entry and _COMMA.fullmatch(source.data, source.at, start):
            self._follows_entry = False
            if self._prove(start):
                return True
        return self._scan(start)

    def _pass_rest(self) -> bool:
        """Pass all in which nothing begins, but for what may go on as the beginning of an object."""
        source = self._input
        tail = max(source.at, len(source.data) - _LOOKED_BACK)
        beginning = _BEGINNING.search(source.data, tail)
        if source.final and beginning:
            self._is_truncated, beginning = True, None
        self._pass_to(beginning.start() if beginning else len(source.data))
        return False

    def _prove(self, start: int) -> bool:
        """Collect the entries that the fast path can prove, from the first byte of one on; return whether any."""
        data = self._input.data
        if self._fast_path.work > self._allowed_work():
            return False
        if self._valid is None or self._valid[0] <= start:
            self._valid = valid_until(data, start)
        entries = self._fast_path.prove(data, start, utf8=self._valid)
        importable = takewhile(lambda one: isinstance(one.entry, Entry), entries)
        proved = list(islice(importable, _MAX_ENTRIES))
        if not are_single(data, proved):
            proved = []  # they are looked at one by one
        if proved:
            self._collect(proved)
        return bool(proved)

    def _scan(self, start: int) -> bool:
        """Find out what the object is that begins here."""
        source = self._input
        stop = len(source.data)
        found = scan_object(self._clean, start, stop, self._limits.max_entry_depth)
        self._work += found.end - start
        if found.extent is Extent.WRONG and not source.final and found.end > stop - _LONGEST_TOKEN:
            found = found._replace(extent=Extent.CUT)
        if found.extent is Extent.CUT:
            return self._on_cut(start, found)
        if found.extent is Extent.WRONG:
            self._on_wrong(start, found)
        else:
            self._on_whole(start, found)
        return True

    def _on_whole(self, start: int, found: Found) -> None:
        data, end = self._input.data, found.end
        span = data[start:end]
        reason = self._refusal(start, span)
        entry = Rejection(reason) if reason else index_entry(span)
        if isinstance(entry, Entry):
            self._fast_path.learn_head(data, start)
            self._collect([ProvedEntry(start, end, entry)])
        elif b'"request"' not in span and rb"\u" not in span:
            others = _FLAT.match(data, end)
            self._pass_to(others.end() if others else end)
        elif found.is_entry and reason == _INSIDE:
            self._pass_to(end)
        elif found.is_entry and (reason or has_request(span)):
            self._between.say(entry.reason)
            self._follows_damage = True
            self._enter(start, end)
        else:
            self._enter(start, end)

    def _refusal(self, start: int, span: bytes) -> str:
        """Return why a whole object is none that is kept, or nothing."""
        if valid_until(span, 0)[0] < len(span):
            return "invalid UTF-8"
        if self._follows_damage and self._is_inside(start, start + len(span)):
            return _INSIDE
        if len(span) > self._limits.max_entry_bytes:
            self.has_passed_large = True
            return f"larger than the limit of {self._limits.max_entry_bytes} bytes"
        if is_too_deep(span, self._limits.max_entry_depth):
            return f"nested deeper than {self._limits.max_entry_depth} levels"
        if not are_single(span, [ProvedEntry(0, len(span), _UNKNOWN)]):
            return "members are there twice, or another entry is inside: two may have become one"
        return ""

    def _is_inside(self, start: int, end: int) -> bool:
        """Return whether an object is in a custom member of an entry that is damaged."""
        source = self._input
        passed = source.data[source.at : start]
        before = (self._before + passed)[-_LOOKED_BACK:]
        is_next = source.offset == self._listed_until and not passed.strip(b" \t\r\n,")
        custom = _CUSTOM.search(before)
        if is_next or (custom and custom[1]):
            self._listed_until = source.offset - source.at + end
        return is_next or custom is not None

    def _on_wrong(self, start: int, found: Found) -> None:
        """Go on inside of what is damaged: another entry may have begun anywhere."""
        if found.is_entry:
            data = self._input.data
            before, after = data[max(0, found.end - CONTEXT) : found.end], data[found.end : found.end + CONTEXT]
            is_escape = "escape" in found.reason
            self._between.say(found.reason if is_escape else what_is_wrong(found.reason, before, after))
            self._follows_damage = True
        self._enter(start, found.end)

    def _on_cut(self, start: int, found: Found) -> bool:
        """Wait for more of what goes on, or go on inside of it; return whether there is something to be read now."""
        source = self._input
        length = len(source.data) - start
        most = self._limits.max_entry_bytes if found.is_entry else _PROBED
        if not source.final and length <= most:
            self._pass_to(start)
            source.needed = min(length, _MOST_AWAITED) if found.is_entry else most + 1 - length
            return False
        self._is_truncated = self._is_truncated or source.final
        if found.is_entry:
            self.has_passed_large = self.has_passed_large or not source.final
            limit = f"larger than the limit of {self._limits.max_entry_bytes} bytes"
            self._between.say("it is cut off" if source.final else limit)
            self._follows_damage = True
        self._enter(start, found.end)
        return True

    def _enter(self, start: int, end: int) -> None:
        """Go on inside of an object, or, where too much has been looked at in vain, behind it."""
        self._pass_to(start + 1 if self._work <= self._allowed_work() else max(end, start + 1))

    def _allowed_work(self) -> int:
        return _MAX_WORK * self._input.offset + _MIN_WORK

    def _collect(self, proved: list[ProvedEntry]) -> None:
        self._pass_to(proved[0].start)
        self._between.end(is_entry=True)
        self._entries.add(proved)
        self._follows_entry, self._follows_damage, self._before = True, False, b""

    def _pass_to(self, end: int) -> None:
        """Pass what belongs to no entry."""
        source = self._input
        if end > source.at:
            text = source.data[source.at : end]
            self._between.add(text, source.position(source.at))
            self._before = text[-_LOOKED_BACK:] if len(text) >= _LOOKED_BACK else (self._before + text)[-_LOOKED_BACK:]
            source.at = end
            self._follows_entry = False
