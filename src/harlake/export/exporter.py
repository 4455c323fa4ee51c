"""The export: a selection of entries → a HAR, lines, a table, a zip or another form, in chunks, as text or compressed.

What is asked for is read in :mod:`harlake.export.options`; what it becomes is decided here, in ``_payload``.

Everything that can be wrong with a request is found before the first byte is sent. What fails later is raised, so
that the response is cut off: a file that ends early must never look complete.
"""

from __future__ import annotations

import hashlib
import uuid
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import zstandard

import harlake
from harlake.errors import NoEntriesFoundError, NoEntryIdsError, SessionNotFoundError
from harlake.export.chunks import chunked, limited
from harlake.export.content import ExportContent, form_pieces
from harlake.export.entry_streams import SelectedEntries, WholeCapture
from harlake.export.forms import FORMS, TABLES, FileType, Form
from harlake.export.options import ExportOptions, file_stem
from harlake.export.payloads import GeneratedPayload, HarPayload, Payload, as_line
from harlake.export.redaction import LEARNED_BYTES, Entries, Redaction
from harlake.export.tables import BODY_COPIES, TABLE_WRITER, SessionName, table_chunks
from harlake.export.zip_parts import zip_hars
from harlake.har.repair.rewriter import Rewriter
from harlake.har.writer import CaptureEnvelope, Opening, merge_envelopes, page_ref
from harlake.query.filter_checks import check_filter, check_patterns, filter_warnings
from harlake.query.filters import Filter
from harlake.query.frames import capture_frames
from harlake.query.selection import FilteredSelection, IdSelection, Selection
from harlake.store.catalog import Capture
from harlake.store.data_dir import DataDir
from harlake.store.sessions import Session

#: What the bytes of an export depend on, beside what is exported.
_WRITERS: Final = (harlake.__version__, TABLE_WRITER, zstandard.ZSTD_VERSION, zlib.ZLIB_RUNTIME_VERSION)

_DEFAULT_NAME: Final = "harlake Export"

#: How often an export of all sessions is prepared again because one of them was removed beside it.
_ATTEMPTS: Final = 4


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is ready to be streamed; the same ``tag``, where there is one, means the same bytes.

    ``warnings`` say where the filter could not see all that it asks for.
    Its iterators read as they go, and block: run them in a thread.
    """

    name: str
    file: FileType
    payload: Payload
    warnings: list[str]
    tag: str | None = None

    def text(self, start: int = 0, end: int | None = None) -> Generator[bytes]:
        """Yield the file as it is, from a byte on, up to and without another."""
        pieces = self.payload.text(start)
        yield from chunked(pieces if end is None else limited(pieces, end - start))

    def gzip(self) -> Generator[bytes]:
        """Yield the file as gzip; fast rather than small."""
        member = zlib.compressobj(level=1, wbits=31)
        for text in self.text():
            if (data := member.compress(text)) or not text:
                yield data
        yield member.flush()

    def zstd(self) -> Generator[bytes]:
        """Yield the file as zstd frames: those that are stored, where entries go out as they are."""
        yield from chunked(self.payload.frames())


def export_session(
    data_dir: DataDir,
    session: str,
    entry_filter: Filter = Filter(),  # noqa: B008 - immutable
    options: ExportOptions = ExportOptions(),  # noqa: B008 - immutable
) -> Export:
    """Prepare the export of a session's entries that pass a filter.

    Raises SessionNotFoundError, and BadRequestError where the filter makes no sense.
    """
    record = data_dir.session(session)
    captures = data_dir.catalog.captures(record.id)
    ids = [capture.id for capture in captures]
    warnings = check_filter(data_dir.index, captures, entry_filter)
    payload = _filtered_payload(data_dir, captures, entry_filter, options, record.name, record)
    if options.redact is not None:  # with a key of its own, which makes each of them differ
        return Export(record.name, options.file, payload, warnings)
    inputs = msgspec.json.encode((_WRITERS, ids, entry_filter.digest(), options, record.name))
    return Export(record.name, options.file, payload, warnings, hashlib.sha256(inputs).hexdigest()[:32])


def export_entries(
    data_dir: DataDir,
    name: str | None,
    session: str | None = None,
    entry_ids: Sequence[str] | None = None,
    entry_filter: Filter = Filter(),  # noqa: B008 - immutable
    options: ExportOptions = ExportOptions(),  # noqa: B008 - immutable
) -> Export:
    """Prepare the export of entries given by session, by id, by a filter, or by any of these together.

    Of ids, each counts once, and unknown ones are passed over; entries come in stored order, or as the options say.
    Raises NoEntryIdsError where nothing is given or the list of ids is empty, SessionNotFoundError,
    NoEntriesFoundError where ids are given, and none of the entries is there, and BadRequestError where the filter
    makes no sense.
    """
    if not (session or entry_filter) if entry_ids is None else not entry_ids:
        raise NoEntryIdsError
    check_patterns(data_dir.index, entry_filter)
    for _ in range(_ATTEMPTS):
        try:
            return _entries_export(data_dir, name, session, entry_ids, entry_filter, options)
        except SessionNotFoundError:
            if session is not None:
                raise
    return _entries_export(data_dir, name, session, entry_ids, entry_filter, options)


def _entries_export(
    data_dir: DataDir,
    name: str | None,
    session: str | None,
    entry_ids: Sequence[str] | None,
    entry_filter: Filter,
    options: ExportOptions,
) -> Export:
    """Prepare an export as it was asked for. Raises SessionNotFoundError where any of its sessions goes meanwhile."""
    catalog = data_dir.catalog
    record = None if session is None else data_dir.session(session)
    scope = None if record is None else catalog.captures(record.id)
    name = name or (_DEFAULT_NAME if record is None else record.name)
    if entry_ids is None:
        captures = catalog.all_captures() if scope is None else scope
        payload = _filtered_payload(data_dir, captures, entry_filter, options, name, record)
    else:
        selection = IdSelection(catalog, data_dir.index, entry_ids, scope, entry_filter, by_time=options.by_time)
        if not selection.totals.entries:
            raise NoEntriesFoundError(f"none of the {len(entry_ids)} ids is of an entry that is asked for")
        captures = selection.captures
        payload = _payload(data_dir, selection, options, name, record)
    warnings = filter_warnings(data_dir.index, captures, entry_filter)
    return Export(name, options.file, payload, warnings)


def _filtered_payload(
    data_dir: DataDir,
    captures: Sequence[Capture],
    entry_filter: Filter,
    options: ExportOptions,
    name: str,
    session: Session | None,
) -> Payload:
    """Return the payload of those entries of captures that pass a filter: as they are stored, if nothing is asked."""
    if entry_filter or options != ExportOptions():
        selection = FilteredSelection(data_dir.index, captures, entry_filter, by_time=options.by_time)
        return _payload(data_dir, selection, options, name, session)
    opening = merge_envelopes(
        [CaptureEnvelope(data_dir.envelope(capture)) for capture in captures], harlake.__version__
    )
    streams = [
        WholeCapture(data_dir.captures, capture.id, frames, renames)
        for (capture, frames), renames in zip(capture_frames(data_dir.index, captures), opening.renames, strict=True)
    ]
    return HarPayload(opening.text, [stream for stream in streams if stream.stored_frames])


def _payload(
    data_dir: DataDir, selection: Selection, options: ExportOptions, name: str, session: Session | None
) -> Payload:
    """Return what a selection becomes: a table, lines, a HAR, or a zip of HARs."""
    captures = data_dir.captures
    if options.format in TABLES:
        return _table(data_dir, selection, options, session)
    form = FORMS[options.format]
    rewriter = Rewriter(options.bodies, options.fill)
    rewrite = rewriter.entry if rewriter else None
    if options.format == "ndjson":
        unchanged_pages = SelectedEntries(captures, selection, {}, rewrite)
        if options.redact is not None:
            return _redacted(
                options,
                unchanged_pages.entries,
                data_dir.scratch,
                lambda redaction: redaction.lines(),
                2 * unchanged_pages.held,
            )
        return GeneratedPayload(lambda: map(as_line, unchanged_pages.entries()), unchanged_pages.held)
    envelopes = [
        CaptureEnvelope(data_dir.envelope(capture), selection.page_ids(capture.id)) for capture in selection.captures
    ]
    opening = merge_envelopes(envelopes, harlake.__version__)
    renames = {capture.id: renamed for capture, renamed in zip(selection.captures, opening.renames, strict=True)}
    entries = SelectedEntries(captures, selection, renames, rewrite)
    if rewriter:
        opening = opening.rewritten(rewriter)
    if form.writer:
        return _written_form(
            form, ExportContent(name, options, opening, entries.entries, data_dir.scratch), entries.held
        )
    if options.redact is not None:
        return _redacted_har(data_dir, options, opening, entries, file_stem(name))
    if options.max_part is None:
        return HarPayload(opening.text, [entries])
    held = len(opening.text) + entries.held
    return GeneratedPayload(partial(_zip_parts, opening, entries.entries, options.max_part, file_stem(name)), held)


def _table(data_dir: DataDir, selection: Selection, options: ExportOptions, session: Session | None) -> Payload:
    """Return what a selection becomes as a table."""
    columns = {"bodies": options.body_column, "raw": options.csv_raw}
    held = BODY_COPIES * selection.totals.largest if options.body_column else 0

    def chunks(redaction: Redaction | None = None) -> Iterator[bytes]:
        named = None if options.format == "csv" else _session_names(data_dir, selection.captures, session)
        yield from table_chunks(
            data_dir.index,
            data_dir.captures,
            selection,
            options.format,
            sessions=named,
            redaction=redaction,
            **columns,
        )

    if options.redact is None:
        return GeneratedPayload(chunks, held)
    unchanged = SelectedEntries(data_dir.captures, selection, {})
    return _redacted(options, unchanged.entries, data_dir.scratch, chunks, held + unchanged.held)


def _written_form(form: Form, content: ExportContent, held: int) -> Payload:
    """Return what a module of its own makes of entries; without secrets, if that is asked for."""
    options = content.options
    held = form.budget + len(content.opening.text) + (1 + form.copies) * held
    if options.redact is None:
        return GeneratedPayload(lambda: form_pieces(form.writer, content), held)

    def write(redaction: Redaction) -> Iterator[bytes]:
        opening = redaction.opening(content.opening)
        redacted = replace(content, opening=opening, entries=redaction.entries, checked=redaction.checked)
        file = form_pieces(form.writer, redacted)
        return file if form.file.packed and not options.embed else redaction.checked(file)

    return _redacted(options, content.entries, content.scratch, write, held, content.opening)


def _redacted_har(
    data_dir: DataDir, options: ExportOptions, opening: Opening, entries: SelectedEntries, stem: str
) -> Payload:
    """Return a HAR, or a zip of HARs, without secrets."""
    max_part = options.max_part

    def write(redaction: Redaction) -> Iterator[bytes]:
        if max_part is None:
            return redaction.har(opening)
        return _zip_parts(redaction.opening(opening), redaction.entries, max_part, stem)

    return _redacted(options, entries.entries, data_dir.scratch, write, 2 * entries.held, opening)


def _redacted(
    options: ExportOptions,
    entries: Entries,
    scratch: Path,
    write: Callable[[Redaction], Iterator[bytes]],
    held: int,
    opening: Opening | None = None,
) -> Payload:
    """Return what is written with a redaction, or its report alone; ``held`` are bytes that either holds."""
    config = options.redact
    assert config is not None

    def pieces() -> Iterator[bytes]:
        with closing(Redaction(config, entries, scratch, opening, reviews=options.dry_run)) as redaction:
            if not options.dry_run:
                yield from write(redaction)
                return
            for _ in write(redaction):
                pass
            yield redaction.report()

    return GeneratedPayload(pieces, held + LEARNED_BYTES)


def _session_names(
    data_dir: DataDir, captures: Sequence[Capture], session: Session | None
) -> dict[uuid.UUID, SessionName]:
    """Return the sessions of captures: the one that all are of, where it is known."""
    ids = {capture.id for capture in captures}
    if session is not None:
        return dict.fromkeys(ids, (session.id, session.name))
    names = data_dir.catalog.session_names()
    return {
        capture: (of, names[of])
        for rows in data_dir.catalog.table("captures")
        for capture, of in zip(rows["id"].to_pylist(), rows["session"].to_pylist(), strict=True)
        if capture in ids and of in names
    }


def _zip_parts(opening: Opening, entries: Entries, max_part: int, name: str) -> Iterator[bytes]:
    paged = ((page_ref(entry), entry) for entry in entries())
    return zip_hars(name, opening.log, opening.pages_by_id(), paged, max_part)
