"""What of a damaged document is no whole entry: where it is, what is wrong there, and its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec

from harlake.har.parse.blocks import Block
from harlake.limits import KIB

#: Bytes of each piece of a gap, but the last.
GAP_PIECE_BYTES: Final = 256 * KIB


class Gap(msgspec.Struct, frozen=True):
    """Bytes of a document that belong to no whole entry.

    ``byte`` counts from 0 in the UTF-8 text after decompression, ``line`` from 1; ``length`` counts bytes.
    """

    byte: int
    length: int
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class GapPiece:
    """The next bytes of a gap, which has a number, from 0."""

    gap: int
    data: bytes


#: What comes out of a damaged document, in its order.
Part: TypeAlias = Block | GapPiece


@dataclass(frozen=True, slots=True)
class SalvageReport:
    """What of a damaged document is not there: ``gaps`` describes the first of ``gap_count``.

    ``is_truncated`` tells that its end is missing, ``is_envelope_kept`` that everything but the entries is as it was.
    """

    gaps: list[Gap]
    gap_count: int
    is_truncated: bool
    is_envelope_kept: bool
