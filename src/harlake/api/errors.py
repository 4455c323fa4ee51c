"""Errors as HTTP answers: always a JSON object with ``error``, and where it is known, the position."""

import errno
import logging
from http import HTTPStatus
from typing import Any

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec

from harlake.api.models import ErrorAnswer
from harlake.errors import DataDirError, HarlakeError, InvalidHarError, TooBusyError
from harlake.observability.request_record import current_record
from harlake.store.disk import NO_MORE_FILES, is_disk_full, system_error

_log = logging.getLogger(__name__)

ErrorBody = dict[str, object]

#: Names that changed between versions of Python; these are RFC 9110's.
_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}


def on_harlake_error(_: Request[Any, Any, Any], error: HarlakeError) -> Response[ErrorBody]:
    """Answer with what the error says of itself."""
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and error.retry_after is None:
        _log.error("%s", error)
    headers = None if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return answer(error.body(), error.status, headers)


def on_http_exception(_: Request[Any, Any, Any], error: HTTPException) -> Response[ErrorBody]:
    """Answer what Litestar itself refuses (no such route, wrong method, malformed JSON) in the same shape."""
    body: ErrorBody = {"error": _PHRASES.get(error.status_code) or HTTPStatus(error.status_code).phrase}
    if error.detail and error.detail != body["error"]:
        body["detail"] = error.detail
    if error.extra:
        body["extra"] = error.extra
    return answer(body, error.status_code, dict(error.headers or {}))


def on_exception(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    """Answer what nobody foresaw; the log has its type and its place, and the request's id."""
    if is_disk_full(error):
        _log.warning("the disk is full: %s", error)
        return answer({"error": "Insufficient storage", "detail": "the disk is full"}, HTTPStatus.INSUFFICIENT_STORAGE)
    if system_error(error) in NO_MORE_FILES:
        _log.warning("too many open files: %s", error)
        return on_harlake_error(request, TooBusyError("too many files are open"))
    if system_error(error) == errno.EROFS:
        return on_harlake_error(request, DataDirError("the disk of the data folder is read only"))
    _log.error("unforeseen error: %s", error)
    return answer({"error": "Internal error"}, HTTPStatus.INTERNAL_SERVER_ERROR)


def validation_answer(error: InvalidHarError) -> Response[ErrorBody]:
    """Answer that a HAR is not valid."""
    return answer({"valid": False} | error.body() | {"error": error.validation_error}, error.status)


def error_responses(**texts: str) -> dict[int, ResponseSpec]:
    """Describe error answers for the OpenAPI schema: ``_404="..."`` for each status."""
    return {
        int(status[1:]): ResponseSpec(ErrorAnswer, description=text, generate_examples=False)
        for status, text in texts.items()
    }


def answer(body: ErrorBody, status: int, headers: dict[str, str] | None = None) -> Response[ErrorBody]:
    """Return a JSON response, and note why the request is refused."""
    current_record().reason = str(body["error"])
    return Response(body, status_code=int(status), media_type=MediaType.JSON, headers=headers)


HANDLERS: Any = {
    HarlakeError: on_harlake_error,
    HTTPException: on_http_exception,
    Exception: on_exception,
}
