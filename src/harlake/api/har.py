"""/api/har: import, validate, export."""

from __future__ import annotations

import re
import time
from dataclasses import asdict
from typing import Any, Final
from urllib.parse import quote

from anyio import to_thread
from litestar import Controller, MediaType, Request, Response, get, post
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK

from harlake.api.errors import ErrorBody, refusals, validation_answer
from harlake.api.models import FindingAnswer, ImportAnswer, ProblemAnswer, ProfileAnswer, Selection, ValidateAnswer
from harlake.api.uploads import IMPORT_FIELDS, ImportOperation, ValidateOperation, upload_events
from harlake.errors import InvalidHarError
from harlake.exporter import Export, selection_export, session_export, stream
from harlake.har.reader import Problem
from harlake.importer import import_upload, validate_upload
from harlake.limits import MIB, Limits
from harlake.store.data_dir import DataDir

#: 400,000 entry ids; beyond that, a whole session is the better request.
_MAX_SELECTION: Final = 16 * MIB

_DEFAULT_NAME: Final = "harlake Export"


class HarController(Controller):
    """HAR files in and out."""

    path = "/api/har"
    tags = ["har"]

    @post(
        "/import",
        status_code=HTTP_200_OK,
        request_max_body_size=None,
        operation_class=ImportOperation,
        summary="Import a HAR file",
        responses=refusals(
            _400="`No file provided`, `Invalid HAR file format` or `Invalid HAR structure`, with the place",
            _404="`Session not found`",
            _413="`HAR envelope too large`",
            _507="`Insufficient storage`: nothing was kept",
        ),
    )
    async def import_har(self, request: Request[Any, Any, Any], data_dir: DataDir, limits: Limits) -> ImportAnswer:
        """Import a HAR of any size into a new session or an existing one.

        Entries that cannot be imported are counted and described; the others go in.
        """
        imported = await import_upload(data_dir, upload_events(request, IMPORT_FIELDS), limits)
        report = imported.report
        return ImportAnswer(
            success=True,
            imported=report.imported,
            total=report.total,
            session_id=str(imported.session.id),
            session_name=imported.session.name,
            capture_id=str(imported.capture),
            errors=_problems(report.problems),
            warnings=report.warnings,
            encoding=report.encoding,
            upload_bytes=report.upload_bytes,
            har_bytes=report.har_bytes,
            sha256=report.sha256,
        )

    @post(
        "/validate",
        status_code=HTTP_200_OK,
        request_max_body_size=None,
        operation_class=ValidateOperation,
        summary="Validate a HAR file",
        responses=refusals(
            _400="`valid` is false, and `error` one of `Invalid JSON format`, `Missing log property`, "
            "`Missing or invalid entries array`; or `No file provided`",
            _413="`HAR envelope too large`",
        ),
    )
    async def validate_har(
        self, request: Request[Any, Any, Any], limits: Limits
    ) -> ValidateAnswer | Response[ErrorBody]:
        """Check a HAR of any size without importing it."""
        try:
            report = await validate_upload(upload_events(request), limits)
        except InvalidHarError as error:
            return validation_answer(error)
        envelope, checked = report.envelope, report.checked
        assert checked is not None
        return ValidateAnswer(
            valid=True,
            version=envelope.get("version"),
            creator=envelope.get("creator"),
            browser=envelope.get("browser"),
            entry_count=report.total,
            importable=report.imported,
            page_count=len(envelope.pages()),
            errors=_problems(report.problems),
            warnings=report.warnings,
            encoding=report.encoding,
            har_bytes=report.har_bytes,
            problems=[FindingAnswer(**asdict(one)) for one in checked.findings],
            problem_counts=checked.counts,
            profiles={name: ProfileAnswer(why is None, why) for name, why in checked.refusals.items()},
        )

    @get(
        "/export/{session_id:str}",
        summary="Export a session as HAR",
        responses=refusals(_404="`Session not found`"),
    )
    async def export_session(self, request: Request[Any, Any, Any], session_id: str, data_dir: DataDir) -> Stream:
        """Stream all entries of a session as one HAR 1.2 file, each byte for byte as it came in.

        `Accept-Encoding: zstd` is the fastest way: the frames are sent as they are stored. gzip is there too.
        """
        return _download(request, await to_thread.run_sync(session_export, data_dir, session_id))

    @post(
        "/export",
        status_code=HTTP_200_OK,
        request_max_body_size=_MAX_SELECTION,
        summary="Export selected entries as HAR",
        responses=refusals(
            _400="`No entry IDs provided`", _404="`No valid entries found`", _413="More than 16 MiB of entry ids"
        ),
    )
    async def export_selection(
        self, request: Request[Any, Any, Any], data_dir: DataDir, data: Selection | None = None
    ) -> Stream:
        """Stream the given entries as one HAR 1.2 file, in stored order, each once; unknown ids are passed over."""
        selection = data or Selection()
        name = selection.session_name or _DEFAULT_NAME
        return _download(request, await to_thread.run_sync(selection_export, data_dir, selection.entry_ids, name))


def _problems(problems: list[Problem]) -> list[ProblemAnswer]:
    return [ProblemAnswer(one.entry, one.byte, one.line, one.path, one.reason) for one in problems]


def _download(request: Request[Any, Any, Any], export: Export) -> Stream:
    """Stream an export in the best encoding that the client takes."""
    accepted = accepted_encodings(request.headers.get("accept-encoding", ""))
    headers = {
        "Content-Disposition": content_disposition(export.name, time.time_ns() // 1_000_000),
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if "zstd" in accepted:
        chunks = export.zstd()
        headers["Content-Encoding"] = "zstd"
    elif "gzip" in accepted:
        chunks = export.gzip()
        headers["Content-Encoding"] = "gzip"
    else:
        chunks = export.text()
        # Known for all but rewritten entries: clients show progress, and the server need not copy chunks into frames.
        if export.text_length is not None:
            headers["Content-Length"] = str(export.text_length)
    # Always an asynchronous generator: given another iterator, Stream takes some errors for the end.
    return Stream(stream(chunks), media_type=MediaType.JSON, headers=headers)


def accepted_encodings(header: str) -> set[str]:
    """Return the content codings that an ``Accept-Encoding`` header allows by name (RFC 9110 §12.5.3)."""
    accepted: set[str] = set()
    for item in header.split(","):
        coding, _, parameters = item.partition(";")
        weight = re.fullmatch(r"\s*q\s*=\s*([0-9.]+)\s*", parameters)
        if weight is None or weight[1].strip("0."):
            accepted.add(coding.strip().lower())
    return accepted


def content_disposition(name: str, milliseconds: int) -> str:
    """Return the header that names a download (RFC 6266): ``My Session`` becomes ``My_Session_<ms>.har``.

    Where the name is not ASCII, the full one is added for clients that understand it (RFC 8187).
    """
    ascii_name = re.sub(r"[^A-Za-z0-9]+", "_", name)
    header = f'attachment; filename="{ascii_name}_{milliseconds}.har"'
    if not name.isascii():
        full_name = re.sub(r"[\W_]+", "_", name)
        header += f"; filename*=UTF-8''{quote(f'{full_name}_{milliseconds}.har')}"
    return header
