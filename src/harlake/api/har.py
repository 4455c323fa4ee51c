"""/api/har: import and validate."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Annotated, Any

import anyio
from litestar import Controller, Request, Response, post, put
from litestar.params import Parameter, QueryParameter
from litestar.status_codes import HTTP_200_OK

from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION, Admission
from harlake.api.client import while_client_waits
from harlake.api.errors import ErrorBody, error_responses, validation_answer
from harlake.api.idempotency import ImportWork, answered_once
from harlake.api.models import ImportAnswer, ValidateAnswer
from harlake.api.names import checked_name
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE
from harlake.api.uploads import (
    IMPORT_FIELDS,
    REDACT,
    SALVAGE,
    SESSION_ID,
    SESSION_NAME,
    FileOperation,
    ImportOperation,
    ValidateOperation,
    announced_size,
    file_events,
    upload_events,
)
from harlake.api.validations import report_answer
from harlake.errors import InvalidHarError
from harlake.limits import Limits
from harlake.store.data_dir import DataDir
from harlake.upload.conversion_stage import Scratch
from harlake.upload.importer import ImportResult, import_upload
from harlake.upload.kept_answers import KeptAnswers
from harlake.upload.multipart import UploadEvent
from harlake.upload.redacted_upload import without_secrets
from harlake.upload.running_imports import RunningImport, RunningImports
from harlake.upload.validator import validate_upload

_IMPORT_ERRORS = error_responses(
    _400="`No file provided`, `Invalid HAR file format` or `Invalid HAR structure`, with the place",
    _404="`Session not found`",
    _409="`Import cancelled`: somebody has asked for it, and nothing was kept",
    _413="`HAR envelope too large` or `Upload too large`",
    _422="`Idempotency key reused`",
    _507="`Insufficient storage`: nothing was kept",
)


class HarController(Controller):
    """HAR files that come in."""

    path = "/api/har"
    opt = {ADMISSION: "imports", SCOPE: TokenScope.READ, COVER: Cover.NOTHING_CAPTURED}
    tags = ["har"]

    @post(
        "/import",
        status_code=HTTP_200_OK,
        request_max_body_size=None,
        operation_class=ImportOperation,
        opt={SCOPE: TokenScope.WRITE},
        summary="Import a HAR file",
        responses=_IMPORT_ERRORS,
    )
    async def import_har(
        self,
        request: Request[Any, Any, Any],
        data_dir: DataDir,
        admission: Admission,
        limits: Limits,
        running_imports: RunningImports,
        kept_answers: KeptAnswers,
    ) -> ImportAnswer:
        """Import a HAR of any size into a new session or an existing one.

        Entries that cannot be imported are counted and described; the others go in.
        """
        with running_imports.begin(announced_size(request)) as running:
            body_read = anyio.Event()
            count = running.count_bytes
            events = upload_events(request, body_read, limits.max_upload_bytes, IMPORT_FIELDS, count)
            work = _import_work(running, data_dir, events, admission, limits)
            return await answered_once(request, kept_answers, partial(_waited_for, request, work, body_read))

    @put(
        "/import",
        status_code=HTTP_200_OK,
        request_max_body_size=None,
        operation_class=FileOperation,
        opt={SCOPE: TokenScope.WRITE},
        summary="Import a HAR file that is the body",
        responses=_IMPORT_ERRORS,
    )
    async def import_har_body(
        self,
        request: Request[Any, Any, Any],
        data_dir: DataDir,
        admission: Admission,
        limits: Limits,
        running_imports: RunningImports,
        kept_answers: KeptAnswers,
        name: Annotated[str | None, Parameter(description="What the file is called.")] = None,
        session_id: Annotated[str | None, QueryParameter(name="session_id", description=SESSION_ID)] = None,
        session_name: Annotated[str | None, QueryParameter(name="session_name", description=SESSION_NAME)] = None,
        salvage: Annotated[bool, Parameter(description=SALVAGE)] = False,
        redact: Annotated[str | None, Parameter(description=REDACT)] = None,
    ) -> ImportAnswer:
        """Import a HAR of any size as `POST` does, from a body that is the file, as `curl -T` sends it."""
        fields = {
            "sessionId": session_id,
            "sessionName": checked_name(session_name, "sessionName") or None,
            "salvage": "true" if salvage else None,
            "redact": redact,
        }
        file_name = checked_name(name) or None
        with running_imports.begin(announced_size(request)) as running:
            body_read = anyio.Event()
            count = running.count_bytes
            events = file_events(request, body_read, limits.max_upload_bytes, file_name, fields, count)
            work = _import_work(running, data_dir, events, admission, limits)
            return await answered_once(request, kept_answers, partial(_waited_for, request, work, body_read))

    @post(
        "/validate",
        status_code=HTTP_200_OK,
        request_max_body_size=None,
        operation_class=ValidateOperation,
        summary="Validate a HAR file",
        responses=error_responses(
            _400="`valid` is false, and `error` one of `Invalid JSON format`, `Missing log property`, "
            "`Missing or invalid entries array`; or `No file provided`",
            _413="`HAR envelope too large` or `Upload too large`",
        ),
    )
    async def validate_har(
        self, request: Request[Any, Any, Any], admission: Admission, limits: Limits, scratch: Scratch
    ) -> ValidateAnswer | Response[ErrorBody]:
        """Check a HAR of any size without importing it."""
        body_read = anyio.Event()
        events = upload_events(request, body_read, limits.max_upload_bytes)
        work = partial(validate_upload, events, admission.uploads, limits, scratch)
        try:
            report = await while_client_waits(request, work, body_read)
        except InvalidHarError as error:
            return validation_answer(request, error)
        return report_answer(report)


async def _waited_for(
    request: Request[Any, Any, Any], work: ImportWork, body_read: anyio.Event, announce: Callable[[ImportResult], None]
) -> ImportResult:
    return await while_client_waits(request, partial(work, announce), body_read)


def _import_work(
    running: RunningImport,
    data_dir: DataDir,
    events: AsyncIterator[UploadEvent],
    admission: Admission,
    limits: Limits,
) -> ImportWork:
    """Return the work of an import that others see running, and may cancel."""
    kept = without_secrets(events, data_dir.scratch, admission.uploads.reading, limits)
    seen = running.watch(kept)

    def work(announce: Callable[[ImportResult], None]) -> Awaitable[ImportResult]:
        arguments = (data_dir, seen, admission.uploads, limits, running.count_entries, announce)
        return running.run(partial(import_upload, *arguments))

    return work
