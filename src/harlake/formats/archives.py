"""Which capture a zip archive is: told by the names of its members."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final

from harlake.formats.capture_format import Conversion
from harlake.formats.fiddler_saz import convert_saz, is_saz_member
from harlake.formats.hars_in_zip import convert_hars
from harlake.formats.playwright_trace import convert_trace, is_trace_member
from harlake.formats.source import Source
from harlake.formats.zip_archive import ZipArchive
from harlake.limits import Limits


@dataclass(frozen=True, slots=True)
class ArchiveKind:
    """A capture that is an archive: one that has a member of which ``has`` is true, given its name."""

    has: Callable[[str], bool]
    convert: Callable[[ZipArchive, int, Limits], Generator[None, None, Conversion]]


#: The first that fits counts; what fits none is taken for an archive of HARs.
ARCHIVES: Final = (
    ArchiveKind(is_saz_member, convert_saz),
    ArchiveKind(is_trace_member, convert_trace),
)


def is_zip(first: bytes) -> bool:
    """Return whether a file begins as zip archives do."""
    return first.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def convert_zip(source: Source, limits: Limits) -> Generator[None, None, Conversion]:
    """Return the HAR that is made of an archive. Raises InvalidHarError."""
    archive = ZipArchive(source, limits)
    yield from archive.index()
    for kind in ARCHIVES:
        for number, member in enumerate(archive.members()):
            if kind.has(member.name):
                return (yield from kind.convert(archive, source.size, limits))
            if not number % 4_096:
                yield
    return (yield from convert_hars(archive, source.size, limits))
