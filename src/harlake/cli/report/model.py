"""What every form of a report is made of: items with their facts, of which some make the command fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from harlake.cli.output import size_text, text, time_text


class ItemOutcome(StrEnum):
    """What became of an item; those that fail come first."""

    FAILED = "failed"
    MISSING = "missing"
    NOTED = "noted"
    SKIPPED = "skipped"
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it was and as it is, or words; ``unit`` is ``count``, ``bytes`` or ``ms``.

    ``limit`` is what it may be at most, ``least`` at least; ``spread`` are the least and the greatest that it was.
    """

    name: str
    unit: str = "count"
    before: float | None = None
    after: float | None = None
    limit: float | None = None
    least: float | None = None
    spread: tuple[float, float] | None = None
    words: str = ""

    @property
    def ratio(self) -> float | None:
        """What it is to what it was."""
        return self.after / self.before if self.before and self.after is not None else None


@dataclass(frozen=True, slots=True)
class ReportItem:
    """An endpoint that differs, or a rule: its ``kind`` (``added``, ``changed``, ``failed``, …), and what is known."""

    kind: str
    name: str
    outcome: str
    facts: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_failing(self) -> bool:
        """Whether it makes the command fail."""
        return self.outcome in (ItemOutcome.FAILED, ItemOutcome.MISSING)


@dataclass(frozen=True, slots=True)
class Report:
    """Items, how many there are of each kind in all, and what one should know of them."""

    title: str
    counts: dict[str, int]
    items: list[ReportItem]
    warnings: list[str] = field(default_factory=list)

    @property
    def failing(self) -> list[ReportItem]:
        """The items that make the command fail."""
        return [item for item in self.items if item.is_failing]

    def by_kind(self) -> dict[str, list[ReportItem]]:
        """Return the items by their kinds, those that fail first."""
        found: dict[str, list[ReportItem]] = {}
        for item in sorted(self.items, key=lambda item: list(ItemOutcome).index(ItemOutcome(item.outcome))):
            found.setdefault(item.kind, []).append(item)
        return found

    @property
    def summary(self) -> str:
        """How many there are of each kind."""
        return ", ".join(f"{count:,} {kind}" for kind, count in self.counts.items()) or "nothing to compare"


def number_text(value: float | None, unit: str) -> str:
    """Return a number for people, with its unit."""
    if value is None:
        return "unknown"
    match unit:
        case "bytes":
            return size_text(value)
        case "ms":
            return time_text(value)
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"


def fact_text(fact: Figure) -> str:
    """Return a fact in one line: the numbers themselves, their ratio, and what is allowed."""
    if fact.words:
        return text(f"{fact.name} {fact.words}".strip())
    numbers = [number_text(one, fact.unit) for one in (fact.before, fact.after) if one is not None]
    parts = [f"{fact.name} {' → '.join(numbers) or 'unknown'}".strip()]
    if fact.ratio is not None:
        parts.append(f"(× {fact.ratio:.2f})")
    if fact.spread is not None and fact.spread[0] != fact.spread[1]:
        parts.append(f"(was {' to '.join(number_text(one, fact.unit) for one in fact.spread)})")
    return text(" ".join(parts) + "".join(f", {one}" for one in limits(fact)))


def limits(fact: Figure) -> Iterator[str]:
    """Yield what a fact may be, in words."""
    if fact.limit is not None:
        yield f"at most {number_text(fact.limit, fact.unit)}"
    if fact.least is not None:
        yield f"at least {number_text(fact.least, fact.unit)}"
