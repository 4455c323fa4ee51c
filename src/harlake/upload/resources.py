"""What imports and validations share: threads, and memory."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from anyio import CapacityLimiter

from harlake.limits import KIB, MIB, Limits
from harlake.pipeline.fair_share import FairShare
from harlake.pipeline.memory_budget import MemoryBudget

#: Bytes on their way between two stages: enough for neither to wait for the other's hiccups. Twice as much
#: is 2 % faster and takes 12 MiB more.
BYTES_IN_FLIGHT: Final = 2 * MIB


def _share() -> FairShare:
    return FairShare(32 * MIB, MIB, 8 * MIB)


@dataclass(frozen=True, slots=True)
class UploadResources:
    """How many uploads may be read, and how many written, at a time; and what memory they may take."""

    reading: CapacityLimiter
    writing: CapacityLimiter
    #: For the largest entries and envelopes.
    budget: MemoryBudget = field(default_factory=MemoryBudget)
    #: For everything else: an upload gets less of it the more there are.
    memory: FairShare = field(default_factory=_share)


def bytes_in_flight(memory: int) -> int:
    """Return how many bytes may be on their way to a stage of an upload that may hold so many."""
    return min(BYTES_IN_FLIGHT, max(memory // 4, 512 * KIB))


def limits_within(limits: Limits, memory: int) -> Limits:
    """Return the limits of an upload that may hold so many bytes.

    A block takes several times its text, with what is decoded of its entries.
    """
    return replace(limits, block_bytes=min(limits.block_bytes, memory // 8))
