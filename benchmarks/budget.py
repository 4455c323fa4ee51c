"""What harlake is held to: what must be reached, and what is reached for, in speed (as ratios), memory and time."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.files import WITH_BODY
from benchmarks.generate import parse_size
from benchmarks.measuring import Measurement
from benchmarks.results import Results

_MIB: Final = 1 << 20


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
    # Validation also checks each entry against HAR 1.2, which imports do not, but it stores nothing.
    Ratio("validate", "import", 0.8, 1.0),
    # What is damaged is scanned for entries byte by byte, and each of them is proved.
    Ratio("salvage", "import", 0.5, 0.6),
)


def ratios(measured: Iterable[Measurement]) -> list[tuple[Ratio, float]]:
    """Return the ratios of the measurements of one file: medians over the rounds in which cases took turns."""
    seconds = {one.name: one.seconds for one in measured if one.seconds}
    known = (ratio for ratio in RATIOS if ratio.above in seconds and ratio.below in seconds)
    return [(ratio, statistics.median(rounds(seconds[ratio.above], seconds[ratio.below]))) for ratio in known]


def rounds(above: Sequence[float], below: Sequence[float]) -> list[float]:
    """Return how fast the first case was against the second, in each round that both took part in."""
    return [slow / fast for fast, slow in zip(above, below, strict=False)]


@dataclass(frozen=True, slots=True)
class Bound:
    """Something that should be small, in the unit that its name says."""

    name: str
    must: float
    reach: float

    def verdict(self, value: float) -> str:
        """Return how a measured value compares."""
        return "reached" if value <= self.reach else "met" if value <= self.must else "NOT MET"


def bounds(results: Results) -> list[tuple[Bound, float]]:
    """Return what was measured of memory, listing and uploads at the same time, beside what it should be."""
    return [*_memory(results), *_listing(results), *_concurrency(results)]


def _memory(results: Results) -> Iterator[tuple[Bound, float]]:
    """Memory over idle, at the sizes of the shape that is measured at several."""
    peaks = {(one.name, one.file): one.memory / _MIB for one in results.measured}
    shape = results.files[0].split()[0]
    sizes = [file for file in results.files if file.split()[0] == shape]
    for name, must, reach in (("import", 96, 64), ("export", 64, 32)):
        over_idle = [peaks[name, file] for file in sizes if (name, file) in peaks]
        if over_idle:
            yield Bound(f"{name}: MiB over idle, at the worst size", must, reach), max(over_idle)
        if len(over_idle) > 1:
            yield Bound(f"{name}: MiB between sizes", 16, 16), max(over_idle) - min(over_idle)
    usual = max((peaks["import", file] for file in sizes if ("import", file) in peaks), default=0.0)
    for (name, file), over_idle_there in peaks.items():
        _, _, body = file.partition(WITH_BODY)
        if name == "import" and body:
            more = (over_idle_there - usual) * _MIB / parse_size(body)
            yield Bound(f"import: memory beyond that, in bodies: {file}", 4, 2.5), more


def _listing(results: Results) -> Iterator[tuple[Bound, float]]:
    if results.listing:
        name = f"listing 100 of {results.listing.entries:,} entries: ms, 95 % of pages"
        yield Bound(name, 50, 15), results.listing.p95_ms


def _concurrency(results: Results) -> Iterator[tuple[Bound, float]]:
    rates = {one.uploads: one.rate for one in results.concurrency}
    for one in results.concurrency:
        if one.uploads == 1:
            continue
        many = f"{one.uploads} uploads"
        yield Bound(f"{many}: the slowest against the mean", 1.5, 1.5), max(one.unfairness)
        yield Bound(f"{many}: time against one after the other", 1.25, 1.25), rates[1] / one.rate
        yield Bound(f"{many}: MiB over idle, each", 48, 48), one.memory_per_upload / _MIB
        yield Bound(f"{many}: ms until health answers", 100, 100), max(one.health_ms)
