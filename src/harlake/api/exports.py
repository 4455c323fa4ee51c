"""/api/har/export: sessions and selections of entries, as HAR, lines, tables or zips."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Final

from litestar import Controller, Request, Response, post
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_206_PARTIAL_CONTENT, HTTP_304_NOT_MODIFIED

from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION, Admission, hold
from harlake.api.client import while_client_waits
from harlake.api.downloads import named
from harlake.api.errors import error_responses
from harlake.api.export_request import ExportRequest
from harlake.api.filters import FilteredOperation, request_filter
from harlake.api.names import checked_name
from harlake.api.operations import ApiOperation
from harlake.api.ranges import requested_range
from harlake.api.reading import get
from harlake.api.redaction import COVER, Cover, redaction_of
from harlake.api.route_access import SCOPE
from harlake.errors import BadRequestError
from harlake.export.exporter import Export, export_entries, export_session
from harlake.export.forms import MEDIA_TYPES, TABLES
from harlake.export.options import PARAMETERS, ExportOptions, file_stem, parse_options
from harlake.limits import MIB
from harlake.observability.request_record import current_record
from harlake.pipeline.streaming import stream
from harlake.query.filters import parse_filter
from harlake.store.data_dir import DataDir

#: 400,000 entry ids; beyond that, a whole session is the better request.
_MAX_SELECTION: Final = 16 * MIB

#: Seconds that an export waits for the memory that its largest entry takes.
_PATIENCE: Final = 10


@dataclass
class ExportOperation(FilteredOperation):
    """An operation that takes the filter vocabulary, and the options of an export."""

    options: ClassVar[Mapping[str, str]] = PARAMETERS
    media_types: ClassVar[tuple[str, ...]] = MEDIA_TYPES
    has_parts: ClassVar[bool] = True
    has_tag: ClassVar[bool] = True


@dataclass
class SelectionOperation(ApiOperation):
    """An operation that exports what a body names."""

    media_types: ClassVar[tuple[str, ...]] = MEDIA_TYPES


class ExportController(Controller):
    """HAR files that go out, as such or in other formats."""

    path = "/api/har/export"
    opt = {ADMISSION: "exports", SCOPE: TokenScope.READ, COVER: Cover.ROUTE}
    tags = ["har"]

    @get(
        "/{session_id:str}",
        operation_class=ExportOperation,
        summary="Export a session",
        responses=error_responses(
            _400="`Invalid request`: a filter or a form, or its value",
            _404="`Session not found`",
            _416="`Range not satisfiable`",
        ),
    )
    async def export_session(
        self, request: Request[Any, Any, Any], session_id: str, data_dir: DataDir, admission: Admission
    ) -> Response[Any]:
        """Stream a session's entries that pass the filters, as one HAR 1.2 file unless another form is asked for.

        `Accept-Encoding: zstd` is the fastest way: without filters, the frames are sent as they are stored. gzip is
        there too. The answer to HEAD has the same headers.
        """
        entry_filter = request_filter(request, *PARAMETERS)
        options = _covered(request, parse_options(_option_parameters(request)))
        export = await _prepare(
            request, admission, options, export_session, data_dir, session_id, entry_filter, options
        )
        return _answer(request, export, admission)

    @post(
        status_code=HTTP_200_OK,
        request_max_body_size=_MAX_SELECTION,
        operation_class=SelectionOperation,
        summary="Export selected entries",
        responses=error_responses(
            _400="`No entry IDs provided`, or `Invalid request`: a filter or a form, or its value",
            _404="`No valid entries found` or `Session not found`",
            _413="More than 16 MiB of entry ids",
        ),
    )
    async def export_selection(
        self,
        request: Request[Any, Any, Any],
        data_dir: DataDir,
        admission: Admission,
        data: ExportRequest | None = None,
    ) -> Response[Any]:
        """Stream entries given by session, by ids and by a filter, in stored order, each once.

        What is given of these must all hold; unknown ids are passed over. The forms are those of a session's export.
        """
        selection = data or ExportRequest()
        current_record().name_entries(selection.entry_ids or ())
        entry_filter = parse_filter(selection.filter_values())
        options = _covered(request, parse_options(selection.option_parameters()))
        name = checked_name(selection.session_name, "sessionName")
        chosen = (name, selection.session_id, selection.entry_ids)
        export = await _prepare(request, admission, options, export_entries, data_dir, *chosen, entry_filter, options)
        return _answer(request, export, admission)


async def _prepare(
    request: Request[Any, Any, Any],
    admission: Admission,
    options: ExportOptions,
    prepare: Callable[..., Export],
    *arguments: Any,
) -> Export:
    if options.format in TABLES:
        await while_client_waits(request, partial(hold, request.scope, admission.tables.place()))
    export = await admission.exports.ask(request, prepare, *arguments)
    held = export.payload.held
    if admission.memory.has_room_for(held):
        await hold(request.scope, admission.memory.reserve(held))
        return export
    del export  # it has read envelopes, and none is held while there is no room
    await while_client_waits(request, partial(hold, request.scope, admission.memory.reserve(held, _PATIENCE)))
    return await admission.exports.ask(request, prepare, *arguments)


def _covered(request: Request[Any, Any, Any], options: ExportOptions) -> ExportOptions:
    """Return options that redact at least as far as is the default for who asks."""
    return replace(options, redact=redaction_of(request, options.redact))


def _option_parameters(request: Request[Any, Any, Any]) -> dict[str, str]:
    given = [(name, value) for name, value in request.query_params.multi_items() if name in PARAMETERS]
    values = dict(given)
    if len(values) < len(given):
        raise BadRequestError(f"of {', '.join(PARAMETERS)}, each may be given once")
    return values


def _answer(request: Request[Any, Any, Any], export: Export, admission: Admission) -> Response[Any]:
    """Stream an export in the best encoding that the client takes, unless it has the same already."""
    coding = None if export.file.packed else _coding(request.headers.get("accept-encoding", ""))
    headers = {"Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if export.tag is not None:
        headers["ETag"] = f'"{export.tag}-{coding}"' if coding else f'"{export.tag}"'
        if _is_among(headers["ETag"], request.headers.get("if-none-match", "")):
            return Response(None, status_code=HTTP_304_NOT_MODIFIED, headers=headers)
    headers |= {
        "Content-Type": export.file.media_type,
        "Content-Disposition": content_disposition(export.name, time.time_ns() // 1_000_000, export.file.ending),
    }
    if export.warnings:
        headers["Warning"] = ", ".join(f'299 harlake "{warning}"' for warning in export.warnings)
    if coding is not None:
        headers["Content-Encoding"] = coding
    # Known for all that is not rewritten: clients show progress, and the server need not copy chunks into frames.
    elif export.payload.text_length is not None:
        headers["Content-Length"] = str(export.payload.text_length)
    part = None
    if coding is None and export.payload.text_length is not None:
        headers["Accept-Ranges"] = "bytes"
        part = requested_range(request.headers, headers.get("ETag"), export.payload.text_length)
    if part is not None:
        headers |= {"Content-Range": part.content_range, "Content-Length": str(part.end - part.start)}
        chunks = export.text(part.start, part.end)
    else:
        chunks = {None: export.text, "gzip": export.gzip, "zstd": export.zstd}[coding]()
    # Always an asynchronous generator: given another iterator, Stream takes some errors for the end. HEAD begins none.
    return Stream(
        stream(chunks, admission.exports.threads, admission.streams),
        headers=headers,
        status_code=HTTP_200_OK if part is None else HTTP_206_PARTIAL_CONTENT,
    )


def _coding(accept_encoding: str) -> str | None:
    accepted = accepted_encodings(accept_encoding)
    return next((coding for coding in ("zstd", "gzip") if coding in accepted), None)


def _is_among(tag: str, header: str) -> bool:
    """Return whether an ``If-None-Match`` header names the tag, which has no commas (RFC 9110 §13.1.2)."""
    return any(listed.strip().removeprefix("W/") in (tag, "*") for listed in header.split(","))


def accepted_encodings(header: str) -> set[str]:
    """Return the content codings that an ``Accept-Encoding`` header allows by name (RFC 9110 §12.5.3)."""
    accepted: set[str] = set()
    for item in header.split(","):
        coding, _, parameters = item.partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*([0-9.]+)\s*", parameters)
        if weight is None or weight[1].strip("0."):
            accepted.add(coding.strip().lower())
    return accepted


def content_disposition(name: str, milliseconds: int, ending: str) -> str:
    """Return the header that names a download: ``My Session`` becomes ``My_Session_<ms>.har``."""
    return named("attachment", f"{file_stem(name)}_{milliseconds}{ending}")
