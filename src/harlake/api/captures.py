"""/api/captures: the files that were imported, one by one; removing one undoes its import."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

import anyio
from litestar import Controller, Request, Response, delete
from litestar.params import Parameter
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_206_PARTIAL_CONTENT

from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION, Admission
from harlake.api.client import while_client_waits
from harlake.api.downloads import named
from harlake.api.errors import error_responses
from harlake.api.models import CaptureAnswer, CaptureList, Success, ValidateAnswer
from harlake.api.operations import ApiOperation
from harlake.api.ranges import requested_range
from harlake.api.reading import get
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE
from harlake.api.validations import report_answer
from harlake.errors import BadRequestError, CaptureNotFoundError
from harlake.limits import Limits
from harlake.store.capture_descriptions import CaptureDescription, CaptureQuery
from harlake.store.data_dir import DataDir
from harlake.store.ids import parse_id
from harlake.upload.stored_file import stored_bytes, stored_file
from harlake.upload.validator import validate_upload

_NOT_FOUND = error_responses(_404="`Capture not found`")

_Limit = Annotated[int, Parameter(ge=1, le=1000, description="Captures per page.")]
_Cursor = Annotated[str | None, Parameter(description="`next` of the page before.")]


_ZSTD: Final = "application/zstd"


@dataclass
class ObjectOperation(ApiOperation):
    """An operation that answers with the object of a capture."""

    media_types: ClassVar[tuple[str, ...]] = (_ZSTD,)
    has_parts: ClassVar[bool] = True


class CaptureController(Controller):
    """Captures: imported files."""

    path = "/api"
    opt = {ADMISSION: "catalog", SCOPE: TokenScope.READ, COVER: Cover.ANSWER}
    tags = ["captures"]

    @get(
        "/captures",
        summary="List captures",
        responses=error_responses(_400="`Invalid request`: the digest or the cursor"),
    )
    async def list_captures(
        self,
        data_dir: DataDir,
        admission: Admission,
        sha256: Annotated[str | None, Parameter(description="Of the file as it was uploaded, in hexadecimal.")] = None,
        limit: _Limit = 100,
        cursor: _Cursor = None,
    ) -> CaptureList:
        """List the captures of all sessions, in the order of their imports: all, or those of equal files."""
        return await _page(data_dir, admission, CaptureQuery(sha256=_digest(sha256)), limit, cursor)

    @get(
        "/sessions/{session_id:str}/captures",
        summary="List a session's captures",
        responses=error_responses(_400="`Invalid request`: the cursor", _404="`Session not found`"),
    )
    async def list_captures_of_session(
        self, session_id: str, data_dir: DataDir, admission: Admission, limit: _Limit = 100, cursor: _Cursor = None
    ) -> CaptureList:
        """List the captures of one session, in the order of their imports."""
        session = await admission.catalog.call(data_dir.session, session_id)
        return await _page(data_dir, admission, CaptureQuery(session=session.id), limit, cursor)

    @get("/captures/{capture_id:str}", summary="Get a capture", responses=_NOT_FOUND)
    async def show_capture(self, capture_id: str, data_dir: DataDir, admission: Admission) -> CaptureAnswer:
        """Describe one capture."""
        return _answer(await _described(data_dir, admission, capture_id))

    @get(
        "/captures/{capture_id:str}/object",
        opt={ADMISSION: "exports", COVER: None},
        operation_class=ObjectOperation,
        summary="Get a capture as it is stored",
        responses=error_responses(_404="`Capture not found`", _416="`Range not satisfiable`"),
    )
    async def send_object(
        self, request: Request[Any, Any, Any], capture_id: str, data_dir: DataDir, admission: Admission
    ) -> Response[Any]:
        """Send the stored file of a capture: a HAR that is compressed with zstd, or the part that `Range` asks for."""
        capture = await _described(data_dir, admission, capture_id)
        headers = {
            "ETag": f'"{capture.id}"',  # an object never changes
            "Accept-Ranges": "bytes",
            "Content-Disposition": named("attachment", f"{capture.id}.har.zst"),
            "X-Content-Type-Options": "nosniff",
        }
        part = requested_range(request.headers, headers["ETag"], capture.stored_bytes)
        start, end = (0, capture.stored_bytes) if part is None else (part.start, part.end)
        headers["Content-Length"] = str(end - start)
        if part is not None:
            headers["Content-Range"] = part.content_range
        return Stream(
            stored_bytes(data_dir.captures, capture, admission.exports.threads, start, end),
            status_code=HTTP_200_OK if part is None else HTTP_206_PARTIAL_CONTENT,
            media_type=_ZSTD,
            headers=headers,
        )

    @get(
        "/captures/{capture_id:str}/problems",
        opt={ADMISSION: "imports", COVER: None},
        summary="Check a capture",
        responses=error_responses(_404="`Capture not found`"),
    )
    async def check_capture(
        self, request: Request[Any, Any, Any], capture_id: str, data_dir: DataDir, admission: Admission, limits: Limits
    ) -> ValidateAnswer:
        """Check what is stored of a file, as it was imported: whether it is HAR 1.2, and who would read it."""
        capture = await _described(data_dir, admission, capture_id)
        events = stored_file(data_dir.captures, capture, admission.imports.threads)
        # Of what is stored, it is known that it expands to this: the bound is for strangers' files.
        checked = replace(limits, max_expansion=max(limits.max_expansion, capture.har_bytes))
        body_read = anyio.Event()
        body_read.set()
        work = partial(validate_upload, events, admission.uploads, checked)
        return report_answer(await while_client_waits(request, work, body_read))

    @delete(
        "/captures/{capture_id:str}",
        status_code=HTTP_200_OK,
        opt={SCOPE: TokenScope.WRITE},
        summary="Remove a capture",
        responses=_NOT_FOUND,
    )
    async def remove_capture(self, capture_id: str, data_dir: DataDir, admission: Admission) -> Success:
        """Remove a capture with its entries; its session stays."""
        await admission.catalog.call(data_dir.delete_capture, capture_id_of(capture_id))
        return Success()


async def _described(data_dir: DataDir, admission: Admission, capture_id: str) -> CaptureDescription:
    query = CaptureQuery(id=capture_id_of(capture_id))
    found = await admission.catalog.call(data_dir.catalog.described_captures, query, 0, 1)
    if not found:
        raise CaptureNotFoundError(f"no capture {capture_id!r}")
    return found[0]


async def _page(
    data_dir: DataDir, admission: Admission, query: CaptureQuery, limit: int, cursor: str | None
) -> CaptureList:
    if cursor is not None and not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise BadRequestError("cursor is not one that a page has given")
    after = int(cursor) if cursor else 0
    found = await admission.catalog.call(data_dir.catalog.described_captures, query, after, limit + 1)
    following = str(found[limit - 1].number) if len(found) > limit else None
    return CaptureList(list(map(_answer, found[:limit])), following)


def capture_id_of(capture_id: str) -> UUID:
    """Return the id that a client has written. Raises CaptureNotFoundError."""
    parsed = parse_id(capture_id)
    if parsed is None:
        raise CaptureNotFoundError(f"no capture {capture_id!r}")
    return parsed


def _digest(sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    if len(sha256) != 64 or set(sha256.lower()) - set("0123456789abcdef"):
        raise BadRequestError(f"sha256={sha256[:80]!r} is not allowed; it takes 64 hexadecimal digits")
    return sha256.lower()


def _answer(capture: CaptureDescription) -> CaptureAnswer:
    return CaptureAnswer(
        id=str(capture.id),
        session_id=str(capture.session),
        session_name=capture.session_name,
        file_name=capture.file_name,
        created_at=capture.created_at,
        upload_bytes=capture.upload_bytes,
        har_bytes=capture.har_bytes,
        stored_bytes=capture.stored_bytes,
        total=capture.total,
        entry_count=capture.entry_count,
        page_count=capture.page_count,
        sha256=capture.sha256,
    )
