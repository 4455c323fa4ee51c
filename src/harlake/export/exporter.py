"""The export: a selection of entries → a HAR, lines or a table, in chunks, as text or compressed.

Everything that can be wrong with a request is found before the first byte is sent. What fails later is raised, so
that the response is cut off: a file that ends early must never look complete.
"""

from __future__ import annotations

import hashlib
import re
import threading
import zlib
from collections.abc import AsyncIterator, Generator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import zstandard

import harlake
from harlake.errors import EntryNotFoundError, NoEntriesFoundError, NoEntryIdsError
from harlake.export.har_stream import Body, HarBody, SelectedEntries, StreamedBody, WholeCapture, as_line, chunked
from harlake.export.options import TABLES, File, Form
from harlake.export.tables import WRITER, written
from harlake.export.zip_parts import zipped
from harlake.har.repair.rewriter import Rewriter
from harlake.har.writer import Part, opening, page_ref
from harlake.limits import MIB
from harlake.pipeline.channel import Flow, FlowCancelled, FlowEnded
from harlake.query import pagination
from harlake.query.entry_reader import read
from harlake.query.filters import Filter
from harlake.query.locations import frames_of
from harlake.query.selection import Given, Matching, Selection, find
from harlake.store.catalog import StoredCapture
from harlake.store.data_dir import DataDir

_IN_FLIGHT: Final = 2 * MIB

#: What the bytes of an export depend on, beside what is exported.
_WRITERS: Final = (harlake.__version__, WRITER, zstandard.ZSTD_VERSION, zlib.ZLIB_RUNTIME_VERSION)

_DEFAULT_NAME: Final = "harlake Export"


@dataclass(frozen=True, slots=True)
class Export:
    """A file that is ready to be streamed; the same ``tag``, where there is one, means the same bytes.

    ``warnings`` say where the filter could not see all that it asks for.
    Its iterators read as they go, and block: run them in a thread.
    """

    name: str
    file: File
    body: Body
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


def session_export(
    data_dir: DataDir,
    session: str,
    wanted: Filter = Filter(),  # noqa: B008 - immutable
    form: Form = Form(),  # noqa: B008 - immutable
) -> Export:
    """Prepare the export of a session's entries that pass a filter.

    Raises SessionNotFoundError, and BadRequestError where the filter makes no sense.
    """
    found = data_dir.session(session)
    captures = data_dir.catalog.captures(found.id)
    ids = [capture.id for capture in captures]
    warnings = pagination.check(data_dir.catalog, ids, wanted)
    body = _matching(data_dir, captures, wanted, form, found.name)
    described = msgspec.json.encode((_WRITERS, ids, wanted.digest(), form, found.name))
    return Export(found.name, form.file, body, warnings, hashlib.sha256(described).hexdigest()[:32])


def selection_export(
    data_dir: DataDir,
    name: str | None,
    session: str | None = None,
    entry_ids: Sequence[str] | None = None,
    wanted: Filter = Filter(),  # noqa: B008 - immutable
    form: Form = Form(),  # noqa: B008 - immutable
) -> Export:
    """Prepare the export of entries given by session, by id, by a filter, or by any of these together.

    Of ids, each counts once, and unknown ones are passed over; entries come in stored order, or as the form says.
    Raises NoEntryIdsError where nothing is given or the list of ids is empty, SessionNotFoundError,
    NoEntriesFoundError where ids are given, and none of the entries is there, and BadRequestError where the filter
    makes no sense.
    """
    if not (session or wanted) if entry_ids is None else not entry_ids:
        raise NoEntryIdsError
    catalog = data_dir.catalog
    pagination.check_patterns(catalog, wanted)
    found = None if session is None else data_dir.session(session)
    scope = None if found is None else catalog.captures(found.id)
    name = name or (_DEFAULT_NAME if found is None else found.name)
    if entry_ids is None:
        captures = catalog.all_captures() if scope is None else scope
        body = _matching(data_dir, captures, wanted, form, name)
    else:
        selection = Given(catalog, entry_ids, scope, wanted, by_time=form.by_time)
        if not selection.numbers.entries:
            raise NoEntriesFoundError(f"none of the {len(entry_ids)} ids is of an entry that is asked for")
        captures = selection.captures
        body = _body(data_dir, selection, form, name)
    warnings = pagination.blind_spots(catalog, [capture.id for capture in captures], wanted)
    return Export(name, form.file, body, warnings)


def entry_text(data_dir: DataDir, entry_id: str) -> bytes:
    """Return one entry as it was captured. Raises EntryNotFoundError."""
    for places in find(data_dir.catalog, [entry_id]).values():
        for _, text in read(data_dir.captures, places):
            return text
    raise EntryNotFoundError(f"no entry {entry_id!r}")


def _matching(data_dir: DataDir, captures: Sequence[StoredCapture], wanted: Filter, form: Form, name: str) -> Body:
    """Return what those entries of captures become that pass a filter: as they are stored, where nothing is asked."""
    if wanted or form != Form():
        return _body(data_dir, Matching(data_dir.catalog, captures, wanted, by_time=form.by_time), form, name)
    begin = opening([Part(data_dir.envelope(capture)) for capture in captures], harlake.__version__)
    sources = [
        WholeCapture(data_dir.captures, capture.id, frames_of(data_dir.catalog, capture.id), renames)
        for capture, renames in zip(captures, begin.renames, strict=True)
    ]
    return HarBody(begin.text, [source for source in sources if source.places])


def _body(data_dir: DataDir, selection: Selection, form: Form, name: str) -> Body:
    """Return what a selection becomes in a form."""
    captures = data_dir.captures
    if form.format in TABLES:
        return StreamedBody(
            lambda: written(data_dir.catalog, captures, selection, form.format, bodies=form.body_column)
        )
    rewriter = Rewriter(form.bodies, form.fill)
    rewrite = rewriter.entry if rewriter else None
    if form.format == "ndjson":
        lines = SelectedEntries(captures, selection, {}, rewrite)
        return StreamedBody(lambda: map(as_line, lines.entries()))
    parts = [Part(data_dir.envelope(capture), selection.page_ids(capture.id)) for capture in selection.captures]
    begin = opening(parts, harlake.__version__)
    renames = {capture.id: new for capture, new in zip(selection.captures, begin.renames, strict=True)}
    entries = SelectedEntries(captures, selection, renames, rewrite)
    if rewriter:
        begin = begin.rewritten(rewriter)
    if form.max_part is None:
        return HarBody(begin.text, [entries])
    max_part, part_name = form.max_part, re.sub(r"[\W_]+", "_", name)
    return StreamedBody(
        lambda: zipped(
            part_name, begin.log, begin.pages_by_id(), ((page_ref(one), one) for one in entries.entries()), max_part
        )
    )


async def stream(chunks: Generator[bytes]) -> AsyncIterator[bytes]:
    """Yield what a blocking generator yields, from a thread of its own that runs a little ahead.

    A generator that works for long without a result yields nothing at all now and then, to be stopped when it should.
    """
    flow: Flow[bytes] = Flow(_IN_FLIGHT)
    errors: list[Exception] = []

    def produce() -> None:
        try:
            for chunk in chunks:
                if chunk:
                    flow.send(chunk, len(chunk))
                else:
                    flow.check()
        except FlowCancelled:
            chunks.close()
        except Exception as error:  # raised again on the other side
            errors.append(error)
        flow.close()

    # Not from a pool: it lives as long as the client takes to download.
    threading.Thread(target=produce, name="export", daemon=True).start()
    try:
        while True:
            yield await flow.areceive()
    except FlowEnded:
        if errors:
            raise errors[0] from None
    finally:
        flow.cancel()
