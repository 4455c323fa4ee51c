"""Traces of Playwright: a zip with a ``*.network`` file, of which each line of one type has an entry of HAR.

Bodies are files in ``resources``, as in Playwright's HARs: ``_file`` names one from the archive's top, ``_sha1``, up
to version 8 of traces, in that folder. The first line of ``*.trace`` says what was recorded, and by whom.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, Final

import msgspec

from harlake.errors import InvalidHarError, InvalidJsonError
from harlake.formats.capture_format import Conversion
from harlake.formats.har_text import har_text
from harlake.formats.hars_in_zip import FilesInZip
from harlake.formats.lines import Line, lines_of
from harlake.formats.notes import Notes
from harlake.formats.zip_archive import ZipArchive, ZipMember
from harlake.har.surrogates import repair
from harlake.limits import MIB, Limits

_NETWORK: Final = ".network"
_TRACE: Final = ".trace"
_ENTRY: Final = "resource-snapshot"
_FOLDERS: Final = ("", "resources/")
#: Pages that are listed: some MiB of them.
_MOST_PAGES: Final = 10_000


class _Event(msgspec.Struct):
    type: str = ""
    snapshot: msgspec.Raw = msgspec.Raw(b"")


class _Context(msgspec.Struct):
    """The first event of a trace."""

    type: str = ""
    browserName: str = ""
    playwrightVersion: str = ""


class _EntryOfPage(msgspec.Struct):
    """What an entry says of its page."""

    pageref: str = ""
    startedDateTime: str = ""


_entry_of_page: Final = msgspec.json.Decoder(_EntryOfPage)
_event: Final = msgspec.json.Decoder(_Event)
_context: Final = msgspec.json.Decoder(_Context)


def is_trace_member(name: str) -> bool:
    """Return whether only traces have members of a name."""
    return name.endswith(_NETWORK)


def convert_trace(archive: ZipArchive, packed: int, limits: Limits) -> Generator[None, None, Conversion]:
    """Return the HAR that is made of a trace. Raises InvalidHarError."""
    yield
    context, notes = _recorded(archive), Notes()
    pages = _Pages(notes)
    entries = _entries(archive, pages, limits)
    texts = har_text(entries, "Playwright", context.playwrightVersion, context.browserName, pages.found.values())
    return Conversion(texts, notes, FilesInZip(archive, _FOLDERS, packed, limits))


class _Pages:
    """The pages that entries refer to, which a trace has by their ids only."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self.found: dict[str, dict[str, Any]] = {}

    def add(self, snapshot: bytes) -> None:
        """Take the page of an entry."""
        try:
            entry = _entry_of_page.decode(snapshot)
        except (msgspec.MsgspecError, RecursionError):
            return
        if not entry.pageref or entry.pageref in self.found:
            return
        if len(self.found) >= _MOST_PAGES:
            self._notes.add("entries of pages that are not listed, as they are too many", repr(entry.pageref[:80]))
        else:
            page = {"startedDateTime": entry.startedDateTime, "id": entry.pageref, "title": "", "pageTimings": {}}
            self.found[entry.pageref] = page


def _entries(archive: ZipArchive, pages: _Pages, limits: Limits) -> Iterator[bytes]:
    for member in archive.members():
        if member.name.endswith(_NETWORK):
            try:
                for line in lines_of(archive.read(member), limits.max_entry_bytes):
                    if entry := _entry(line, member):
                        pages.add(entry)
                    yield entry
            except InvalidHarError as error:
                where = f", in {member.name!r}"
                raise error if where in str(error) else error.put(f"{error.detail}{where}") from None


def _entry(line: Line, member: ZipMember) -> bytes:
    """Return the entry of a line, nothing where it has none."""
    if not line.text.strip():
        return b""
    try:
        event = _event.decode(line.text)
    except (msgspec.MsgspecError, RecursionError):
        try:
            event = _event.decode(repair(line.text) or line.text)
        except (msgspec.MsgspecError, RecursionError) as error:
            what = f"line {line.number} is no event of a trace ({error}), in {member.name!r}"
            raise InvalidJsonError(what).at(line.byte, line.number, 1) from None
    return bytes(event.snapshot) if event.type == _ENTRY else b""


def _recorded(archive: ZipArchive) -> _Context:
    """Return what the trace says of itself, as far as it does."""
    for member in archive.members():
        if member.name.endswith(_TRACE):
            first = b""
            for piece in archive.read(member):
                first += piece
                if b"\n" in piece or len(first) > MIB:
                    break
            try:
                context = _context.decode(first.partition(b"\n")[0])
            except (msgspec.MsgspecError, RecursionError):
                continue
            if context.playwrightVersion or context.browserName:
                return context
    return _Context()
