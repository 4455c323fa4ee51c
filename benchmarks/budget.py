"""The ratios that harlake is held to: what must be reached, and what is reached for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from benchmarks.measuring import Measurement


@dataclass(frozen=True, slots=True)
class Ratio:
    """How fast one case is against another, on the same file, and what it should be at least."""

    above: str
    below: str
    must: float
    reach: float

    @property
    def name(self) -> str:
        """The two cases, as "import : zstd -1"."""
        return f"{self.above} : {self.below}"

    def verdict(self, value: float) -> str:
        """Return how a measured ratio compares."""
        return "reached" if value >= self.reach else "met" if value >= self.must else "NOT MET"


RATIOS: Final = (
    Ratio("import", "zstd -1", 0.6, 1.0),
    Ratio("import", "discard", 0.25, 0.4),
    Ratio("export", "yield", 0.4, 0.8),
    Ratio("export zstd", "export", 3.0, 6.0),
    Ratio("validate", "import", 1.0, 1.3),
)


def ratios(measured: Iterable[Measurement]) -> list[tuple[Ratio, float]]:
    """Return the ratios of the measurements of one file."""
    rates = {one.name: one.rate for one in measured if one.seconds}
    known = (ratio for ratio in RATIOS if ratio.above in rates and ratio.below in rates)
    return [(ratio, rates[ratio.above] / rates[ratio.below]) for ratio in known]
