"""Checks a HAR against HAR 1.2 and against what its readers demand, while it is read.

Strategy: the checker is handed the reader's blocks, and what the reader rejects, and at the end the envelope. Of what
is wrong it counts everything, and describes what comes first in the document: only for that are positions looked up.

Held at any time: the problems that are described, and one short text for each page that entries refer to.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import Any, Final

import numpy as np
from msgspec import UNSET

from harlake.har.parse.blocks import Block, EntryPositions, RejectedEntry
from harlake.har.parse.position import START, Position
from harlake.har.parse.reader import HarReader
from harlake.har.validate import rules
from harlake.har.validate.consumers import PROFILES, Profile, is_told_by_types, may_be_refused, passes_har_schema
from harlake.har.validate.entry_checks import CheckResult, check_entry, check_log, pages_of, unchecked_entry
from harlake.har.validate.locator import Locator
from harlake.har.validate.rules import Path, Violation, Violations
from harlake.limits import DEFAULT_LIMITS, MIB, Limits

#: Text of ``pageref`` members that is remembered; what refers to other pages then is not checked.
_PAGEREF_BYTES: Final = 4 * MIB

#: Entries that are checked between two pauses. One with a mistake in each member takes 0.2 ms.
_STEP: Final = 256

#: So many shapes of entries are remembered.
_MAX_SHAPES: Final = 1_000

_LEADING_BITS: Final = 0xC0
_CONTINUATION: Final = 0x80
_FOUR_BYTES: Final = 0xF0

#: What refuses a HAR as a whole, rather than for one of its entries.
_LOG: Final = -1


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """A rule that is broken, in words; ``entry`` is None outside of the entries. Problems sort by their position."""

    byte: int
    path: str
    code: str
    severity: str = field(compare=False)
    message: str = field(compare=False)
    spec: str = field(compare=False)
    line: int = field(compare=False)
    column: int = field(compare=False)
    entry: int | None = field(compare=False)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What is wrong with a HAR.

    ``problems`` are the first ones, ``counts`` how many there are by code; ``refusals`` says of each profile why such a
    reader would refuse the file, None if it would not.
    """

    problems: list[Problem]
    counts: dict[str, int]
    refusals: dict[str, str | None]
    unchecked_pages: bool


@dataclass(slots=True)
class _Refusal:
    """The first reason for which a reader refuses the HAR, if there is one, and for which entry."""

    profile: Profile
    ordinal: int | None = None
    reason: str | None = None
    #: Shapes of entries that the reader takes, whatever their values are.
    taken: set[tuple[Any, ...]] = field(default_factory=set)

    def may_be_in(self, ordinal: int) -> bool:
        """Return whether an entry may hold an earlier reason than is known."""
        return self.ordinal is None or ordinal < self.ordinal

    def refuse(self, ordinal: int, path: Path, reason: str) -> None:
        """Refuse the HAR, unless there is an earlier reason."""
        if self.may_be_in(ordinal):
            self.ordinal, self.reason = ordinal, f"{_json_path(ordinal, path)}: {reason}"


@dataclass(slots=True)
class _Reference:
    """How many entries refer to a page, and where the first of them does."""

    entries: int
    ordinal: int
    position: Position


class Checker:
    """Checks one HAR: show it all text, the blocks and what is rejected, then :meth:`close` it with the reader.

    What it then has found is its :meth:`report`.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._counts: Counter[str] = Counter()
        self._problems: list[Problem] = []
        self._refusals = {profile.name: _Refusal(profile) for profile in PROFILES}
        self._har_schema = self._refusals["harValidator"]
        self._references: dict[str, _Reference] = {}
        self._pageref_bytes_left = _PAGEREF_BYTES
        self._unchecked_pages = False
        self._units = 0
        self._rejected: list[RejectedEntry] = []

    def measure(self, text: bytes) -> None:
        """Take the next text of the document, of which only the length in UTF-16 code units matters."""
        self._units += len(text)
        if not text.isascii():
            units = np.frombuffer(text, np.uint8)
            continuing = np.count_nonzero((units & _LEADING_BITS) == _CONTINUATION)
            self._units += int(np.count_nonzero(units >= _FOUR_BYTES)) - int(continuing)

    def check(self, block: Block) -> Iterator[None]:
        """Check the entries of a block, and pause now and then; exhaust it."""
        view = memoryview(block.data)
        positions = EntryPositions(block)
        for index, (start, end) in enumerate(zip(block.starts, block.ends, strict=True)):
            if index % _STEP == _STEP - 1:
                yield
            text = view[start:end]
            result = yield from check_entry(text)
            if result.violations:
                self._count(result.violations)
                if self._comes_first(block.byte(index)):
                    self._describe(
                        result.violations, bytes(text), block.ordinal(index), positions.position(index).after
                    )
            if may_be_refused(result) or self._breaks_har_schema(result):
                self._ask_readers(result, block.ordinal(index))
            pageref = getattr(result.value, "pageref", None)
            if type(pageref) is str:
                reference = self._references.get(pageref)
                if reference is not None:
                    reference.entries += 1
                else:
                    self._refer(pageref, bytes(text), block.ordinal(index), positions.position(index))

    def reject(self, rejected: RejectedEntry) -> None:
        """Take an entry that cannot be imported, for :meth:`check_rejected`."""
        self._rejected.append(rejected)

    def check_rejected(self) -> Iterator[None]:
        """Check what has been rejected since the last time, and pause now and then; exhaust it."""
        rejected, self._rejected = self._rejected, []
        for number, one in enumerate(rejected):
            if number % _STEP == _STEP - 1:
                yield
            if one.text is None:
                result = unchecked_entry(f"{self._limits.max_entry_bytes // MIB} MiB")
            else:
                result = yield from check_entry(one.text)
            self._ask_readers(result, one.ordinal)
            self._count(result.violations)
            if self._comes_first(one.position.byte):
                self._describe(result.violations, one.text or b"null", one.ordinal, one.position.after)

    def close(self, reader: HarReader, encoding: str) -> Iterator[None]:
        """Check what is outside of the entries, and pause now and then; exhaust it."""
        yield from self.check_rejected()
        text = reader.envelope_text()
        result = yield from check_log(text)
        pages = {page.id for page in pages_of(result.value) if type(page.id) is str}
        self._count(result.violations)
        self._describe(result.violations, text, None, lambda before: reader.envelope_position(len(before)))
        pages_known = rules.PAGES_TOO_LARGE.code not in self._counts
        self._unchecked_pages |= bool(self._references) and not pages_known
        if pages_known:
            self._check_references(pages)
        self._ask_readers(result, _LOG)
        self._check_text(encoding)

    def report(self) -> CheckReport:
        """Report on a HAR of which all is checked."""
        refusals = {name: refusal.reason for name, refusal in self._refusals.items()}
        counts = dict(sorted(self._counts.items(), key=lambda item: (-item[1], item[0])))
        return CheckReport(self._problems, counts, refusals, self._unchecked_pages)

    def _check_references(self, pages: set[str]) -> None:
        for pageref, reference in self._references.items():
            if pageref not in pages:
                self._counts[rules.UNKNOWN_PAGE.code] += 1
                if self._comes_first(reference.position.byte):
                    values = {"value": rules.in_quotes(pageref), "entries": reference.entries}
                    self._add(
                        Violation(rules.UNKNOWN_PAGE, ("pageref",), values), reference.ordinal, reference.position
                    )

    def _check_text(self, encoding: str) -> None:
        """Refuse what readers could not even read as JSON."""
        if "utf-16" in encoding:
            violation = Violation(rules.NOT_UTF_8, ())
            self._counts[violation.rule.code] += 1
            self._add(violation, None, START)
        for refusal in self._refusals.values():
            profile = refusal.profile
            if "utf-16" in encoding:
                refusal.refuse(_LOG - 1, (), rules.NOT_UTF_8.message)
            elif "bom" in encoding and profile.refuses_mark:
                refusal.refuse(_LOG - 1, (), "the file begins with a byte order mark, which it takes for JSON")
            elif profile.longest is not None and self._units > profile.longest:
                reason = f"{self._units} characters are more than its strings can have, {profile.longest}"
                refusal.refuse(_LOG - 1, (), reason)

    def _ask_readers(self, result: CheckResult, ordinal: int) -> None:
        """Let the readers that have not refused the HAR yet look at an entry, or at the log."""
        if result.value is UNSET:
            return  # it was not checked
        shape = result.shape if is_told_by_types(result) else None
        for refusal in self._refusals.values():
            if refusal.may_be_in(ordinal) and not (refusal.profile.asks_types and shape in refusal.taken):
                requirements = refusal.profile.log if ordinal == _LOG else refusal.profile.entry
                reason = next(requirements(result), None)
                if reason is not None:
                    refusal.refuse(ordinal, *reason)
                elif shape is not None and len(refusal.taken) < _MAX_SHAPES:
                    refusal.taken.add(shape)

    def _breaks_har_schema(self, result: CheckResult) -> bool:
        """Return whether har-validator would refuse an entry, as the first one that it does."""
        return self._har_schema.ordinal is None and not passes_har_schema(result)

    def _refer(self, pageref: str, text: bytes, ordinal: int, start: Position) -> None:
        """Remember the first entry that refers to a page: whether there is one may only be known at the end."""
        self._pageref_bytes_left -= len(pageref)
        if self._pageref_bytes_left < 0:
            self._unchecked_pages = True
            return
        position = start.after(text[: Locator(text).offset(("pageref",))])
        self._references[pageref] = _Reference(1, ordinal, position)

    def _count(self, violations: Violations) -> None:
        self._counts.update(violation.rule.code for violation in violations)
        self._counts.update(violations.more)

    def _comes_first(self, byte: int) -> bool:
        """Return whether what begins at this byte is among the first problems."""
        return len(self._problems) < self._limits.max_problems or byte < self._problems[-1].byte

    def _describe(
        self, violations: Violations, text: bytes, ordinal: int | None, after: Callable[[bytes], Position]
    ) -> None:
        """Put violations into words; ``after`` tells the position that follows the first bytes of the text."""
        prefix: Path = () if ordinal is not None else ("log",)
        locator = Locator(text)
        offsets = [(locator.offset(prefix + violation.path), number) for number, violation in enumerate(violations)]
        for offset, number in nsmallest(self._limits.max_problems, offsets):
            self._add(violations[number], ordinal, after(text[:offset]))

    def _add(self, violation: Violation, ordinal: int | None, position: Position) -> None:
        rule = violation.rule
        path = _json_path(_LOG if ordinal is None else ordinal, violation.path)
        problem = Problem(
            byte=position.byte,
            path=path,
            code=rule.code,
            severity=rule.severity,
            message=violation.message,
            spec=violation.spec,
            line=position.line,
            column=position.column,
            entry=ordinal,
        )
        insort(self._problems, problem)
        del self._problems[self._limits.max_problems :]


def _json_path(ordinal: int, path: Path) -> str:
    """Return a path as problems show it; entries have an ordinal from 0 on."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return f"log.entries[{ordinal}]{steps}" if ordinal >= 0 else f"log{steps}"
