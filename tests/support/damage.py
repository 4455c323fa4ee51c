"""Damaged HARs: what happens to files, and reading what is whole of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from harlake.har.envelope import Envelope
from harlake.har.parse.blocks import Block
from harlake.har.parse.gaps import Part, SalvageReport
from harlake.har.parse.salvage_reader import SalvageReader
from harlake.limits import DEFAULT_LIMITS, Limits


@dataclass
class Salvaged:
    """What came out of a damaged document: entries, the bytes of its gaps, its envelope, and the report on it."""

    entries: list[bytes] = field(default_factory=list)
    gaps: list[bytes] = field(default_factory=list)
    envelope: Envelope = field(default_factory=lambda: Envelope({}, {}))
    report: SalvageReport = field(default_factory=lambda: SalvageReport([], 0, False, False))

    def take(self, parts: Iterable[Part]) -> None:
        """Take what a reader has found."""
        for part in parts:
            if isinstance(part, Block):
                self.entries += part.texts()
            elif part.gap == len(self.gaps):
                self.gaps.append(part.data)
            else:
                self.gaps[part.gap] += part.data


def salvaged(data: bytes, cuts: Iterable[int] = (), limits: Limits = DEFAULT_LIMITS) -> Salvaged:
    """Read what is whole of a document that comes in pieces which end at the given offsets."""
    found = Salvaged()
    reader = SalvageReader(limits)
    for piece in pieces(data, cuts):
        for parts in reader.read(piece):
            found.take(parts)
    parts, found.envelope = reader.close()
    found.take(parts)
    found.report = reader.report()
    return found


def pieces(data: bytes, cuts: Iterable[int]) -> Iterator[bytes]:
    """Yield data in pieces which end at the given offsets."""
    start = 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        yield data[start:cut]
        start = cut
