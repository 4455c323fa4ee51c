"""What is asked of scale: for each row what must be reached, and what is reached for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Goal:
    """What a row's value should be at most, or at least. Rows have several goals where they measure several things."""

    row: str
    name: str
    unit: str
    must: float
    reach: float
    at_least: bool = False

    def rating(self, value: float) -> str:
        """Return how a measured value compares."""
        sign = -1 if self.at_least else 1
        return (
            "reached" if sign * value <= sign * self.reach else "met" if sign * value <= sign * self.must else "NOT MET"
        )


RESIDENCE: Final = Goal(
    "residence", "resident over idle after questions: between the sizes of the catalog", "MiB", 16, 8
)
REMOVAL: Final = Goal("removal", "removing a capture of many", "ms", 1000, 100)
INDEX_TIME: Final = Goal("index-time", "processor time for the index, small entries", "× before", 0.8, 0.5)
IMPORT: Final = Goal("import", "import : zstd -1", "", 0.6, 0.8, at_least=True)
MEMORY: Final = Goal("import-memory", "import: over idle, at the worst size", "MiB", 96, 64)
MEMORY_SLOPE: Final = Goal("import-memory", "import: over idle, between sizes", "MiB", 16, 16)
QUESTIONS: Final = Goal("questions", "questions", "× before", 1.2, 0.7)
CONTENTION: Final = Goal("contention", "a page beside imports and SQL, 99 %", "ms", 100, 30)
CLIENTS: Final = Goal("clients", "8 clients : one, answers a second", "", 1.5, 1.8, at_least=True)
INDEX_SIZE: Final = Goal("index-size", "bytes of index an entry, varied", "B", 120, 60)
SMALL_IMPORT: Final = Goal("small-captures", "an import of 20 entries", "× before", 1.2, 1.0)
SMALL_PAGE: Final = Goal("small-captures", "a filtered page over small captures", "ms", 100, 50)
S3: Final = Goal("s3", "through S3 : local", "", 0.6, 0.9, at_least=True)
NODES: Final = Goal("nodes", "two nodes : one", "", 1.6, 1.9, at_least=True)
EXPORT: Final = Goal("export", "export (text) : zstd -dc", "", 0.8, 1.0, at_least=True)

GOALS: Final = (
    RESIDENCE, REMOVAL, INDEX_TIME, IMPORT, MEMORY, MEMORY_SLOPE, QUESTIONS, CONTENTION, CLIENTS, INDEX_SIZE,
    SMALL_IMPORT, SMALL_PAGE, S3, NODES, EXPORT,
)  # fmt: skip
