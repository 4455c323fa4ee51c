"""HARs in zip archives: Playwright's, with a file for each body, and harlake's own, in parts.

The text of a single HAR is read as it is. Of several, entries follow each other, and everything else is that of the
first, with the pages of all: parts have the pages that their entries need, so the same page may be in many.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import islice
from typing import Final

from harlake.errors import EnvelopeTooLargeError, InvalidHarError, InvalidJsonError
from harlake.formats.capture_format import Conversion
from harlake.formats.notes import Notes
from harlake.formats.zip_archive import Expansion, ZipArchive, ZipMember
from harlake.har.envelope import BEFORE_ENTRIES, Envelope
from harlake.har.parse.blocks import RejectedEntry
from harlake.har.parse.reader import HarReader
from harlake.har.raw_json import decoded, listed
from harlake.limits import Limits

_HAR: Final = ".har"
#: HARs shrink to a twentieth; more is not granted to bodies that several entries name, beyond what limits grant.
_USUAL_EXPANSION: Final = 32
_FEW: Final = 5


def hars_in(archive: ZipArchive) -> Iterator[ZipMember]:
    """Yield the HARs in an archive."""
    for member in archive.members():
        folders, _, name = member.name.lower().rpartition("/")
        if name.endswith(_HAR) and not name.startswith(".") and "__macosx" not in folders.split("/"):
            yield member


class FilesInZip:
    """Members of an archive that entries name, relative to folders in it."""

    def __init__(self, archive: ZipArchive, folders: tuple[str, ...], packed: int, limits: Limits) -> None:
        """``packed`` is how many bytes the archive has."""
        self._archive = archive
        self._folders = folders
        # Many entries may name the same file.
        self._expansion = Expansion(packed * _USUAL_EXPANSION, limits)

    def size(self, name: str) -> int | None:
        """Return how many bytes a file has, None where it is not there."""
        member = self._find(name)
        return None if member is None else member.size

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file that is there. Raises InvalidJsonError."""
        member = self._find(name)
        assert member is not None
        return self._archive.read(member, expansion=self._expansion)

    def _find(self, name: str) -> ZipMember | None:
        found = (self._archive.find(folder + name) for folder in self._folders)
        return next((member for member in found if member is not None), None)


def convert_hars(archive: ZipArchive, packed: int, limits: Limits) -> Generator[None, None, Conversion]:
    """Return the HAR that the HARs in an archive are together. Raises InvalidHarError."""
    found = list(islice(hars_in(archive), 2))
    if not found:
        some = ", ".join(repr(member.name) for member in islice(archive.members(), _FEW)) or "nothing"
        raise InvalidJsonError(f"the file is a zip archive without a HAR or another capture in it, but {some}", byte=0)
    yield
    notes = Notes()
    folder = found[0].name.rpartition("/")[0]
    files = FilesInZip(archive, (folder + "/" * bool(folder),), packed, limits)
    if len(found) == 1:
        return Conversion(archive.read(found[0]), notes, files, found[0].name)
    return Conversion(_Parts(archive, notes, limits).texts(), notes, files)


class _Parts:
    """Several HARs as one."""

    def __init__(self, archive: ZipArchive, notes: Notes, limits: Limits) -> None:
        self._archive = archive
        self._notes = notes
        self._limits = limits
        self._rejected: list[RejectedEntry] = []
        self._envelope: Envelope | None = None
        self._pages: dict[str, bytes] = {}
        self._page_bytes = 0

    def texts(self) -> Iterator[bytes]:
        """Yield the text of all HARs."""
        yield BEFORE_ENTRIES
        separator = b""
        for member in hars_in(self._archive):
            for text in self._entries(member):
                if text:
                    yield separator
                    separator = b","
                yield text
        assert self._envelope is not None
        log = self._envelope.log | ({"pages": listed(self._pages.values())} if self._pages else {})
        yield Envelope(log, self._envelope.rest).closing({})

    def _entries(self, member: ZipMember) -> Iterator[bytes]:
        reader = HarReader(self._limits, on_rejection=self._rejected.append)
        try:
            for piece in self._archive.read(member):
                for blocks in reader.read(piece):
                    yield from self._taken(member, [bytes(block.data) for block in blocks])
            blocks, envelope = reader.close()
        except InvalidHarError as error:
            if error.byte is None:
                error.at(*reader.position())
            raise error.put(f"{error.detail or error.error}, in {member.name!r}") from None
        yield from self._taken(member, [bytes(block.data) for block in blocks])
        self._envelope = self._envelope or envelope
        self._add_pages(member, envelope)

    def _taken(self, member: ZipMember, blocks: list[bytes]) -> Iterator[bytes]:
        yield from blocks
        for one in self._rejected:
            if one.text is None:
                self._notes.add("entries are too large", f"entry {one.ordinal} of {member.name!r}")
            else:
                yield one.text
        self._rejected.clear()
        yield b""

    def _add_pages(self, member: ZipMember, envelope: Envelope) -> None:
        for page in envelope.pages():
            told = decoded(page)
            page_id = told.get("id") if isinstance(told, dict) else None
            if not isinstance(page_id, str):
                page_id = f"\0{len(self._pages)}"
            known = self._pages.get(page_id)
            if known is not None and known != page:
                what = f"page {page_id!r} of {member.name!r} is another one than in a HAR before it"
                raise InvalidJsonError(f"{what}: these are no parts of one; upload each", byte=member.at)
            if known is None:
                self._pages[page_id] = page
                self._page_bytes += len(page)
        if self._page_bytes > self._limits.max_envelope_bytes:
            raise EnvelopeTooLargeError(f"pages of all HARs exceed {self._limits.max_envelope_bytes} bytes")
