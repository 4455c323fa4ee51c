"""The export: a selection of entries → a HAR, lines or a table, in chunks, as text or compressed.

Everything that can be wrong with a request is found before the first byte is sent. What fails later is raised, so
that the response is cut off: a file that ends early must never look complete.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import zstandard

import harlake
from harlake.errors import NoEntriesFoundError, NoEntryIdsError
from harlake.export.har_stream import (
    HarPayload,
    Payload,
    SelectedEntries,
    StreamedPayload,
    WholeCapture,
    as_line,
    chunked,
)
from harlake.export.options import TABLES, ExportOptions, FileType
from harlake.export.tables import TABLE_WRITER, table_chunks
from harlake.export.zip_parts import zip_hars
from harlake.har.repair.rewriter import Rewriter
from harlake.har.writer import CaptureEnvelope, merge_envelopes, page_ref
from harlake.limits import MIB
from harlake.query import pagination
from harlake.query.filters import Filter
from harlake.query.locations import capture_frames
from harlake.query.selection import FilteredSelection, IdSelection, Selection
from harlake.store.catalog import Capture
from harlake.store.data_dir import DataDir

_IN_FLIGHT: Final = 2 * MIB

#: What the bytes of an export depend on, beside what is exported.
_WRITERS: Final = (harlake.__version__, TABLE_WRITER, zstandard.ZSTD_VERSION, zlib.ZLIB_RUNTIME_VERSION)

_DEFAULT_NAME: Final = "harlake Export"


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is ready to be streamed; the same ``tag``, where there is one, means the same bytes.

    ``warnings`` say where the filter could not see all that it asks for.
    Its iterators read as they go, and block: run them in a thread.
    """

    name: str
    file: FileType
    body: Payload
    warnings: list[str]
    tag: str | None = None

    def text(self) -> Generator[bytes]:
        """Yield the file as it is."""
        yield from chunked(self.body.text())

    def gzip(self) -> Generator[bytes]:
        """Yield the file as gzip; fast rather than small."""
        member = zlib.compressobj(level=1, wbits=31)
        for text in self.text():
            if data := member.compress(text):
                yield data
        yield member.flush()

    def zstd(self) -> Generator[bytes]:
        """Yield the file as zstd frames: those that are stored, where entries go out as they are."""
        yield from chunked(self.body.frames())


def export_session(
    data_dir: DataDir,
    session: str,
    entry_filter: Filter = Filter(),  # noqa: B008 - immutable
    options: ExportOptions = ExportOptions(),  # noqa: B008 - immutable
) -> Export:
    """Prepare the export of a session's entries that pass a filter.

    Raises SessionNotFoundError, and BadRequestError where the filter makes no sense.
    """
    found = data_dir.session(session)
    captures = data_dir.catalog.captures(found.id)
    ids = [capture.id for capture in captures]
    warnings = pagination.check_filter(data_dir.catalog, ids, entry_filter)
    body = _matching(data_dir, captures, entry_filter, options, found.name)
    described = msgspec.json.encode((_WRITERS, ids, entry_filter.digest(), options, found.name))
    return Export(found.name, options.file, body, warnings, hashlib.sha256(described).hexdigest()[:32])


def export_entries(
    data_dir: DataDir,
    name: str | None,
    session: str | None = None,
    entry_ids: Sequence[str] | None = None,
    entry_filter: Filter = Filter(),  # noqa: B008 - immutable
    options: ExportOptions = ExportOptions(),  # noqa: B008 - immutable
) -> Export:
    """Prepare the export of entries given by session, by id, by a filter, or by any of these together.

    Of ids, each counts once, and unknown ones are passed over; entries come in stored order, or as the form says.
    Raises NoEntryIdsError where nothing is given or the list of ids is empty, SessionNotFoundError,
    NoEntriesFoundError where ids are given, and none of the entries is there, and BadRequestError where the filter
    makes no sense.
    """
    if not (session or entry_filter) if entry_ids is None else not entry_ids:
        raise NoEntryIdsError
    catalog = data_dir.catalog
    pagination.check_patterns(catalog, entry_filter)
    found = None if session is None else data_dir.session(session)
    scope = None if found is None else catalog.captures(found.id)
    name = name or (_DEFAULT_NAME if found is None else found.name)
    if entry_ids is None:
        captures = catalog.all_captures() if scope is None else scope
        body = _matching(data_dir, captures, entry_filter, options, name)
    else:
        selection = IdSelection(catalog, entry_ids, scope, entry_filter, by_time=options.by_time)
        if not selection.numbers.entries:
            raise NoEntriesFoundError(f"none of the {len(entry_ids)} ids is of an entry that is asked for")
        captures = selection.captures
        body = _body(data_dir, selection, options, name)
    warnings = pagination.blind_spots(catalog, [capture.id for capture in captures], entry_filter)
    return Export(name, options.file, body, warnings)


def _matching(
    data_dir: DataDir, captures: Sequence[Capture], entry_filter: Filter, options: ExportOptions, name: str
) -> Payload:
    """Return what those entries of captures become that pass a filter: as they are stored, where nothing is asked."""
    if entry_filter or options != ExportOptions():
        return _body(
            data_dir,
            FilteredSelection(data_dir.catalog, captures, entry_filter, by_time=options.by_time),
            options,
            name,
        )
    begin = merge_envelopes([CaptureEnvelope(data_dir.envelope(capture)) for capture in captures], harlake.__version__)
    sources = [
        WholeCapture(data_dir.captures, capture.id, capture_frames(data_dir.catalog, capture.id), renames)
        for capture, renames in zip(captures, begin.renames, strict=True)
    ]
    return HarPayload(begin.text, [source for source in sources if source.locations])


def _body(data_dir: DataDir, selection: Selection, options: ExportOptions, name: str) -> Payload:
    """Return what a selection becomes in a form."""
    captures = data_dir.captures
    if options.format in TABLES:
        return StreamedPayload(
            lambda: table_chunks(data_dir.catalog, captures, selection, options.format, bodies=options.body_column)
        )
    rewriter = Rewriter(options.bodies, options.fill)
    rewrite = rewriter.entry if rewriter else None
    if options.format == "ndjson":
        lines = SelectedEntries(captures, selection, {}, rewrite)
        return StreamedPayload(lambda: map(as_line, lines.entries()))
    parts = [
        CaptureEnvelope(data_dir.envelope(capture), selection.page_ids(capture.id)) for capture in selection.captures
    ]
    begin = merge_envelopes(parts, harlake.__version__)
    renames = {capture.id: new for capture, new in zip(selection.captures, begin.renames, strict=True)}
    entries = SelectedEntries(captures, selection, renames, rewrite)
    if rewriter:
        begin = begin.rewritten(rewriter)
    if options.max_part is None:
        return HarPayload(begin.text, [entries])
    max_part, part_name = options.max_part, re.sub(r"[\W_]+", "_", name)
    return StreamedPayload(
        lambda: zip_hars(
            part_name, begin.log, begin.pages_by_id(), ((page_ref(one), one) for one in entries.entries()), max_part
        )
    )
