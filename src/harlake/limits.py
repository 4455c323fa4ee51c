"""Limits that harlake does not exceed, each with a default and a reason.

Nothing here caps a capture's size or its number of entries: those are bounded by the disk alone.
"""

import re
from dataclasses import dataclass
from typing import Final

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

#: Seconds for which an upload that can go on is kept after its last byte, and the answer of an import for its key.
UPLOAD_SECONDS: Final = 24 * 3600

#: Values of a filter, all names together, and bytes of each: what they ask for is looked at in each row of the index.
MAX_FILTER_VALUES: Final = 256
MAX_FILTER_BYTES: Final = 4 * KIB

#: Bytes of a text that are indexed; the object has it as a whole. DuckDB holds 2,048 texts of a column at a time:
#: of 2,000 bytes each, they exceed a memory limit of 10 MB, and the checkpoint that writes them fails.
MAX_TEXT_BYTES: Final = 1_024

#: What :func:`parse_bytes` takes, in words.
BYTES: Final = "bytes, as 1500, 20kB, 1.5 GB or 64MiB"
_POWERS: Final = {unit: power for power, unit in enumerate(("", "k", "m", "g", "t", "p"))}
_SIZE: Final = re.compile(r"(\d{1,15})(?:\.(\d{1,15}))? ?(?:([kmgtp])(i?))?b?", re.ASCII | re.IGNORECASE)
#: What databases take for a number.
_MAX_SIZE: Final = (1 << 63) - 1


def parse_bytes(text: str) -> int:
    """Return a number of bytes that a client wrote: in units of a thousand, or, as in KiB, of 1,024.

    Parts of a byte are left out. Raises ValueError.
    """
    match = _SIZE.fullmatch(text)
    if match is not None and not (match[2] and not match[3]):
        unit: int = (KIB if match[4] else 1000) ** _POWERS[(match[3] or "").lower()]
        fraction = match[2] or ""
        size = int(match[1] + fraction) * unit // int("1" + "0" * len(fraction))
        if size <= _MAX_SIZE:
            return size
    raise ValueError(f"{text!r} is no size; it takes {BYTES}")


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one request may make the process hold in memory, in bytes unless said otherwise."""

    #: A longer entry is skipped without being buffered, and counted as failed. The largest
    #: bodies that browsers export are about 100 MiB of base64.
    max_entry_bytes: int = 128 * MIB

    #: Everything of a HAR but its entries (pages above all) is held until the end of the upload.
    max_envelope_bytes: int = 32 * MIB

    #: Bytes of the body of one upload, None for any number: they are streamed, and need no bound for memory's sake.
    max_upload_bytes: int | None = None

    #: Levels of nesting inside an entry; RFC 8259 §9 lets a parser set one. Real entries stay
    #: below 100 (Chrome's asynchronous stack traces are the deepest).
    max_entry_depth: int = 10_000

    #: Levels of nesting in the envelope: it is decoded recursively, so it stays below Python's limit.
    max_envelope_depth: int = 400

    #: Bytes of entries per block. Larger blocks compress a little better, and cost as much memory
    #: and as much time for each single entry that is read back.
    block_bytes: int = MIB

    #: Entries that could not be imported are all counted, but only so many are described.
    max_problems: int = 100

    #: A session's id or name, in whatever it comes, and the name of an uploaded file: they go into headers and lists.
    max_field_bytes: int = KIB

    #: Parts of a multipart body; the API defines three.
    max_parts: int = 64

    #: A compressed upload may grow by this factor. gzip cannot exceed 1,032; HARs stay below 100.
    max_expansion: int = 500

    #: … counted from this many decoded bytes on, so that small uploads are never suspected.
    expansion_floor: int = 64 * MIB

    #: Seconds that a query of a client's own may take, None for any time: so long, other queries wait.
    query_seconds: float | None = 5

    #: Whether there may be such queries at all.
    sql: bool = True


DEFAULT_LIMITS = Limits()
