"""/api/uploads: imports that go on where they ended, by tus 1.0 (https://tus.io/protocols/resumable-upload)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec
from anyio import to_thread
from litestar import Controller, HttpMethod, Request, Response, delete, patch, post, route
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.status_codes import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION
from harlake.api.errors import ErrorBody, answer, error_responses, on_harlake_error
from harlake.api.reading import get
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE
from harlake.api.tus_headers import (
    OFFSET_TYPE,
    TUS_VERSION,
    UploadChecksum,
    check_type,
    check_version,
    file_name,
    form_fields,
    http_date,
    number_of_bytes,
    offered,
    parse_metadata,
)
from harlake.api.uploads import IMPORT_FIELDS, announced_size, body_pieces
from harlake.errors import (
    BadRequestError,
    HarlakeError,
    TusVersionError,
    UploadNotFoundError,
    UploadOffsetError,
    UploadTooLargeError,
)
from harlake.limits import Limits
from harlake.observability.request_record import current_record
from harlake.store.ids import parse_id
from harlake.store.timestamps import iso_text
from harlake.store.upload_files import UploadDescription
from harlake.upload.import_outcome import ImportOutcome
from harlake.upload.resumable_uploads import ResumableUpload, ResumableUploads
from harlake.upload.upload_writer import UploadWriter

_State = Literal["receiving", "importing", "done", "refused"]

_ERRORS: Final = error_responses(
    _400="what an import is refused for, with the place; or `Invalid request`",
    _404="`Upload not found`, `Session not found`",
    _409="`Upload offset conflict`; or `Import cancelled`",
    _412="`Unsupported tus version`",
    _413="`Upload too large`, `HAR envelope too large`",
    _415="`Unsupported media type`",
    _423="`Upload locked`",
    _460="`Checksum mismatch`",
    _507="`Insufficient storage`",
)


class UploadAnswer(msgspec.Struct, rename="camel"):
    """How far an upload is: ``offset`` of ``length`` bytes have arrived.

    ``result`` is what an import answers, once it is ``done``, and ``error`` why it is ``refused``.
    """

    id: str
    state: _State
    file_name: str | None
    offset: int
    length: int
    expires_at: str
    result: dict[str, Any] | None
    error: dict[str, Any] | None


@dataclass
class OffsetOperation(Operation):
    """Describes a request whose body is a part of a file."""

    def __post_init__(self) -> None:
        """Add the body."""
        schema = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        self.request_body = RequestBody(
            content={OFFSET_TYPE: OpenAPIMediaType(schema=schema)},
            description="Bytes of the file.",
            required=False,
        )


def _on_error(request: Request[Any, Any, Any], error: HarlakeError) -> Response[ErrorBody]:
    """Answer with an error as everywhere, and with what tus demands of all answers."""
    refused = on_harlake_error(request, error)
    refused.headers["Tus-Resumable"] = TUS_VERSION
    if isinstance(error, TusVersionError):
        refused.headers["Tus-Version"] = TUS_VERSION
    return refused


class UploadController(Controller):
    """Imports that go on."""

    path = "/api/uploads"
    opt = {ADMISSION: "imports", SCOPE: TokenScope.WRITE, COVER: Cover.NOTHING_CAPTURED}
    tags = ["har"]
    exception_handlers = {HarlakeError: _on_error}

    # The first of this path in the order of the alphabet: to any other method, Litestar adds an OPTIONS of its own.
    @route(
        http_method=HttpMethod.OPTIONS,
        status_code=HTTP_204_NO_CONTENT,
        opt={SCOPE: None, ADMISSION: None},
        sync_to_thread=False,
        include_in_schema=False,
    )
    def announce_tus(self, limits: Limits) -> Response[None]:
        """Say which version and which extensions of tus there are, and how large an upload may be."""
        return Response(None, status_code=HTTP_204_NO_CONTENT, headers=offered(limits.max_upload_bytes))

    @post(
        status_code=HTTP_201_CREATED,
        request_max_body_size=None,
        operation_class=OffsetOperation,
        summary="Begin an upload that can go on",
        responses=_ERRORS,
    )
    async def create_upload(
        self, request: Request[Any, Any, Any], uploads: ResumableUploads, limits: Limits
    ) -> Response[Any]:
        """Begin an upload of `Upload-Length` bytes; a body is the first of them."""
        check_version(request.headers)
        length = number_of_bytes(request.headers, "Upload-Length")
        if limits.max_upload_bytes is not None and length > limits.max_upload_bytes:
            raise UploadTooLargeError(f"more than {limits.max_upload_bytes} bytes")
        metadata = parse_metadata(request.headers.get("upload-metadata", ""))
        fields = form_fields(metadata, IMPORT_FIELDS)
        if "redact" in fields:
            raise BadRequestError("redact: an upload that goes on is on the disk as it is; send it to /api/har/import")
        has_body = announced_size(request) != 0 and "content-type" in request.headers
        if has_body:
            check_type(request.headers)
        upload = await uploads.create(UploadDescription(length, file_name(metadata), fields))
        if has_body or not length:
            await _append(request, uploads, upload, 0)
            if (refused := _refusal(request, upload)) is not None:
                return refused
        described, headers = await _described(uploads, upload)
        headers["Location"] = f"{uploads.address}/{upload.file.id}"
        return Response(described, status_code=HTTP_201_CREATED, headers=headers)

    @get("/{upload_id:str}", summary="How far an upload is", responses=_ERRORS)
    async def show_upload(
        self, request: Request[Any, Any, Any], upload_id: str, uploads: ResumableUploads
    ) -> Response[UploadAnswer]:
        """Say how far an upload is, and what has become of it. `HEAD` ends a request that still sends bytes of it."""
        check_version(request.headers, is_needed=False)
        upload = await uploads.find(_id(upload_id))
        if request.method == "HEAD":
            await upload.interrupt()
        if upload.file.has_ended:
            uploads.begin(upload)
        described, headers = await _described(uploads, upload)
        return Response(described, headers=headers)

    @patch(
        "/{upload_id:str}",
        status_code=HTTP_204_NO_CONTENT,
        request_max_body_size=None,
        operation_class=OffsetOperation,
        summary="Go on with an upload",
        responses=_ERRORS,
    )
    async def append_to_upload(
        self, request: Request[Any, Any, Any], upload_id: str, uploads: ResumableUploads
    ) -> Response[None]:
        """Take bytes from `Upload-Offset` on. After the last one, it answers when the file has been imported."""
        check_version(request.headers)
        check_type(request.headers)
        upload = await uploads.find(_id(upload_id))
        if upload.outcome is None:
            await _append(request, uploads, upload, number_of_bytes(request.headers, "Upload-Offset"))
        if (refused := _refusal(request, upload)) is not None:
            return refused
        _, headers = await _described(uploads, upload)
        return Response(None, status_code=HTTP_204_NO_CONTENT, headers=headers)

    @post(
        "/{upload_id:str}",
        status_code=HTTP_204_NO_CONTENT,
        request_max_body_size=None,
        operation_class=OffsetOperation,
        summary="Go on with an upload, or end it, where proxies take no PATCH",
        responses=_ERRORS,
    )
    async def override_method(
        self, request: Request[Any, Any, Any], upload_id: str, uploads: ResumableUploads
    ) -> Response[None]:
        """Do what `X-HTTP-Method-Override` says: `PATCH` or `DELETE`."""
        override = request.headers.get("x-http-method-override", "").upper()
        if override == "DELETE":
            return await _remove(request, upload_id, uploads)
        return await UploadController.append_to_upload.fn(self, request, upload_id, uploads)  # type: ignore[no-any-return]

    @delete("/{upload_id:str}", status_code=HTTP_204_NO_CONTENT, summary="End an upload", responses=_ERRORS)
    async def remove_upload(
        self, request: Request[Any, Any, Any], upload_id: str, uploads: ResumableUploads
    ) -> Response[None]:
        """End an upload, and remove what has arrived; what has been imported stays."""
        return await _remove(request, upload_id, uploads)


async def _remove(request: Request[Any, Any, Any], upload_id: str, uploads: ResumableUploads) -> Response[None]:
    check_version(request.headers)
    await uploads.remove(await uploads.find(_id(upload_id)))
    return Response(None, status_code=HTTP_204_NO_CONTENT, headers={"Tus-Resumable": TUS_VERSION})


async def _append(
    request: Request[Any, Any, Any], uploads: ResumableUploads, upload: ResumableUpload, offset: int
) -> None:
    """Write a request's body, and wait for the import where that was the end. Raises HarlakeError."""
    checksum = request.headers.get("upload-checksum")
    expected = None if checksum is None else UploadChecksum(checksum)

    async def write() -> None:
        if offset != upload.file.offset:
            raise UploadOffsetError(f"Upload-Offset is {offset}, and must be {upload.file.offset}")
        if offset + (announced_size(request) or 0) > upload.file.description.length:
            raise UploadTooLargeError(f"Upload-Length is {upload.file.description.length}, and more bytes come")
        uploads.begin(upload)
        await UploadWriter(uploads, upload, expected).run(body_pieces(request))

    await upload.write(write)
    while upload.file.has_ended and (task := upload.importing) is not None:
        await asyncio.wait([task])
    if upload.failure is not None:
        raise upload.failure


def _refusal(request: Request[Any, Any, Any], upload: ResumableUpload) -> Response[Any] | None:
    """Return the answer that an import was refused with; note what has become of one that has ended."""
    outcome = upload.outcome
    if outcome is None:
        return None
    _note(outcome)
    if not outcome.is_refusal:
        return None
    return answer(request, outcome.body, outcome.status, {"Tus-Resumable": TUS_VERSION})


def _note(outcome: ImportOutcome) -> None:
    record = current_record()
    record.action = "import"
    if not outcome.is_refusal:
        record.session, record.capture = outcome.body["sessionId"], outcome.body["captureId"]
        record.entries = outcome.body["imported"]


async def _described(uploads: ResumableUploads, upload: ResumableUpload) -> tuple[UploadAnswer, dict[str, str]]:
    """Return what is told of an upload, and its headers."""
    written = await to_thread.run_sync(upload.file.last_written, limiter=uploads.threads)
    expires = written + uploads.files.seconds
    outcome = upload.outcome
    offset, length = upload.offset, upload.file.description.length
    if outcome is not None:
        state: _State = "refused" if outcome.is_refusal else "done"
    else:
        state = "importing" if offset == length else "receiving"
    described = UploadAnswer(
        id=str(upload.file.id),
        state=state,
        file_name=upload.file.description.file_name,
        offset=offset,
        length=length,
        expires_at=iso_text(datetime.fromtimestamp(int(expires), UTC)),
        result=outcome.body if outcome is not None and state == "done" else None,
        error=outcome.body if outcome is not None and state == "refused" else None,
    )
    headers = {
        "Tus-Resumable": TUS_VERSION,
        "Cache-Control": "no-store",
        "Upload-Offset": str(offset),
        "Upload-Length": str(length),
        "Upload-Expires": http_date(expires),
    }
    return described, headers


def _id(text: str) -> UUID:
    parsed = parse_id(text)
    if parsed is None:
        raise UploadNotFoundError(f"no upload {text!r}")
    return parsed
