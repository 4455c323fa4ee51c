"""What the page is asked to reach: for each thing a person does, the milliseconds, or whatever else it may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Goal:
    """What a thing may take: in the median, and 90 % of the times (None: nothing is asked)."""

    name: str
    unit: str
    median: float
    p90: float | None = None

    def rating(self, median: float, p90: float, allowance: float = 1) -> str:
        """Return how measured values compare, where they may be ``allowance`` times as high."""
        met = median <= allowance * self.median and (self.p90 is None or p90 <= allowance * self.p90)
        return "met" if met else "NOT MET"


FIRST_ROWS: Final = Goal("open: first rows", "ms", 500)
ALL_PANELS: Final = Goal("open: all panels", "ms", 800)
FILTER: Final = Goal("new filter: rows", "ms", 150)
TEXT_FILTER: Final = Goal("new filter of a text: rows", "ms", 500)
JUMP: Final = Goal("jump anywhere", "ms", 100, 150)
SORTED_JUMP: Final = Goal("jump anywhere, sorted", "ms", 150)
FRAMES: Final = Goal("frames while the wheel turns", "ms", 16.8, 20)
ENTRY: Final = Goal("open an entry", "ms", 100)
LARGE_BODY: Final = Goal("first screen of a body of 50 MB", "ms", 300)
HEAP: Final = Goal("JavaScript heap, after all this", "MB", 20)
NODES: Final = Goal("DOM nodes, after all this", "", 2_000)
UPLOAD_HEAP: Final = Goal("JavaScript heap during an upload", "MB", 10)

GOALS: Final = (
    FIRST_ROWS, ALL_PANELS, FILTER, TEXT_FILTER, JUMP, SORTED_JUMP, FRAMES, ENTRY, LARGE_BODY, HEAP, NODES, UPLOAD_HEAP,
)  # fmt: skip
