"""Errors as HTTP answers: always a JSON object with ``error``, and where it is known, the position."""

import errno
import logging
import re
from http import HTTPStatus
from typing import Any, Final

from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec

from harlake.api.models import ErrorAnswer
from harlake.errors import DataDirError, HarlakeError, InvalidHarError, RangeNotSatisfiableError, TooBusyError
from harlake.observability.request_record import current_record
from harlake.store.disk import NO_MORE_FILES, is_disk_full, system_error

_log = logging.getLogger(__name__)

ErrorBody = dict[str, object]

#: RFC 9457 §3.
PROBLEM_TYPE: Final = "application/problem+json"
#: An Accept header that names it, and does not refuse it (RFC 9110 §12.5.1).
_PROBLEMS: Final = re.compile(
    r"(?:^|,)[ \t]*+application/problem\+json[ \t]*+(?:$|,|;(?![ \t]*+q[ \t]*+=[ \t]*+0(?:\.0*+)?[ \t]*+(?:$|,)))",
    re.IGNORECASE,
)

#: Names that changed between versions of Python; these are RFC 9110's.
_PHRASES = {413: "Content Too Large", 422: "Unprocessable Content"}


def on_harlake_error(request: Request[Any, Any, Any], error: HarlakeError) -> Response[ErrorBody]:
    """Answer with what the error says of itself."""
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR and error.retry_after is None:
        _log.error("%s", error)
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    if isinstance(error, RangeNotSatisfiableError):
        headers["Content-Range"] = f"bytes */{error.total}"
    return answer(request, error.body(), error.status, headers)


def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[ErrorBody]:
    """Answer what Litestar itself refuses (no such route, wrong method, malformed JSON) in the same shape."""
    body: ErrorBody = {"error": _PHRASES.get(error.status_code) or HTTPStatus(error.status_code).phrase}
    if error.detail and error.detail != body["error"]:
        body["detail"] = error.detail
    if error.extra:
        body["extra"] = error.extra
    return answer(request, body, error.status_code, dict(error.headers or {}))


def on_exception(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    """Answer what nobody foresaw; the log has its type and its place, and the request's id."""
    if is_disk_full(error):
        _log.warning("the disk is full: %s", error)
        body: ErrorBody = {"error": "Insufficient storage", "detail": "the disk is full"}
        return answer(request, body, HTTPStatus.INSUFFICIENT_STORAGE)
    if system_error(error) in NO_MORE_FILES:
        _log.warning("too many open files: %s", error)
        return on_harlake_error(request, TooBusyError("too many files are open"))
    if system_error(error) == errno.EROFS:
        return on_harlake_error(request, DataDirError("the disk of the data folder is read only"))
    _log.error("unforeseen error: %s", error)
    return answer(request, {"error": "Internal error"}, HTTPStatus.INTERNAL_SERVER_ERROR)


def validation_answer(request: Request[Any, Any, Any], error: InvalidHarError) -> Response[ErrorBody]:
    """Answer that a HAR is not valid."""
    return answer(request, {"valid": False} | error.body() | {"error": error.validation_error}, error.status)


def error_responses(**texts: str) -> dict[int, ResponseSpec]:
    """Describe error answers for the OpenAPI schema: ``_404="..."`` for each status.

    Each operation refuses what it does not know.
    """
    texts = {"_400": "`Invalid request`: a parameter"} | texts
    return {
        int(status[1:]): ResponseSpec(ErrorAnswer, description=text, generate_examples=False)
        for status, text in texts.items()
    }


def answer(
    request: Request[Any, Any, Any], body: ErrorBody, status: int, headers: dict[str, str] | None = None
) -> Response[ErrorBody]:
    """Return a JSON response, as problem details for who asks for these, and note why the request is refused."""
    current_record().reason = str(body["error"])
    if not _PROBLEMS.search(request.headers.get("accept", "")):
        return Response(body, status_code=int(status), media_type=MediaType.JSON, headers=headers)
    problem = {"type": "about:blank", "title": body["error"], "status": int(status)} | body
    return Response(problem, status_code=int(status), media_type=PROBLEM_TYPE, headers=headers)


HANDLERS: Any = {
    HarlakeError: on_harlake_error,
    HTTPException: on_http_exception,
    Exception: on_exception,
}
