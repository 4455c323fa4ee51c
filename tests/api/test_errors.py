"""Errors as answers: JSON with ``error``, whoever refuses the request."""

from __future__ import annotations

import errno
import logging
from typing import Any

import pytest
from litestar import Request
from litestar.exceptions import HTTPException, MethodNotAllowedException, ValidationException

from harlake.api.errors import (
    answer,
    error_responses,
    on_exception,
    on_harlake_error,
    on_http_exception,
    validation_answer,
)
from harlake.errors import HarlakeError, InvalidEntriesError, SessionNotFoundError, TooBusyError
from harlake.observability.logs import TextFormatter

_SCOPE: Any = {"type": "http", "method": "GET", "path": "/x", "headers": [], "query_string": b"", "server": ("a", 80)}
_REQUEST: Request[Any, Any, Any] = Request(_SCOPE)


def test_an_error_answers_what_it_says_of_itself() -> None:
    """With its own status."""
    response = on_harlake_error(_REQUEST, SessionNotFoundError("none"))
    assert (response.status_code, response.content) == (404, {"error": "Session not found", "detail": "none"})


def test_an_error_of_the_server_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """With what caused it, and without what either says."""
    error = HarlakeError("secret")
    error.__cause__ = KeyError("secret")
    with caplog.at_level(logging.ERROR):
        assert on_harlake_error(_REQUEST, error).status_code == 500
    (record,) = caplog.records
    line = TextFormatter().format(record)
    assert line.endswith(" ERROR harlake.api.errors HarlakeError: Internal error from KeyError")


def test_a_refusal_for_now_says_when_to_come_again(caplog: pytest.LogCaptureFixture) -> None:
    """It is no failure, and many of them do not fill the log."""
    response = on_harlake_error(_REQUEST, TooBusyError("why"))
    assert (response.status_code, response.content) == (503, {"error": "Too busy", "detail": "why"})
    assert response.headers == {"Retry-After": "5"}
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (HTTPException(status_code=413), 413, {"error": "Content Too Large", "detail": "Request Entity Too Large"}),
        (HTTPException(status_code=404), 404, {"error": "Not Found"}),
        (ValidationException("why", extra=[1]), 400, {"error": "Bad Request", "detail": "why", "extra": [1]}),
    ],
)
def test_what_the_framework_refuses(error: HTTPException, status: int, body: dict[str, Any]) -> None:
    """It is answered alike, in RFC 9110's words."""
    response = on_http_exception(_REQUEST, error)
    assert (response.status_code, response.content) == (status, body)


def test_headers_of_the_framework_stay() -> None:
    """What is allowed instead is said with them."""
    response = on_http_exception(_REQUEST, MethodNotAllowedException(headers={"Allow": "POST"}))
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (KeyError("secret"), 500, {"error": "Internal error"}),
        (OSError(errno.ENOSPC, "x"), 507, {"error": "Insufficient storage", "detail": "the disk is full"}),
    ],
)
def test_what_nobody_foresaw(
    error: Exception, status: int, body: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A client learns nothing of the inside; the log has it."""
    response = on_exception(_REQUEST, error)
    assert (response.status_code, response.content) == (status, body)
    assert len(caplog.records) == 1


def test_a_har_that_is_not_valid() -> None:
    """Validation has a text of its own for each error."""
    response = validation_answer(_REQUEST, InvalidEntriesError("why", path="log").at(5, 1, 6))
    assert response.status_code == 400
    assert response.content == {
        "valid": False,
        "error": "Missing or invalid entries array",
        "detail": "why",
        "byte": 5,
        "line": 1,
        "column": 6,
        "path": "log",
    }


def test_errors_are_described_by_status() -> None:
    """As the schema of the API wants it."""
    assert {status: spec.description for status, spec in error_responses(_404="none", _507="full").items()} == {
        400: "`Invalid request`: a parameter",
        404: "none",
        507: "full",
    }
    assert answer(_REQUEST, {"error": "x"}, 404).media_type == "application/json"


@pytest.mark.parametrize(
    ("accept", "is_problem"),
    [
        ("application/problem+json", True),
        ("application/json;q=0.5, Application/Problem+JSON ; q=0.1", True),
        ("application/problem+json;q=0.001", True),
        ("application/problem+json;q=0", False),
        ("application/problem+json ; q=0.00, */*", False),
        ("application/problem+jsonx", False),
        ("*/*", False),
    ],
)
def test_problem_details_are_for_who_asks_for_them(accept: str, is_problem: bool) -> None:
    """With the members of RFC 9457, and those that errors have anyway."""
    request: Request[Any, Any, Any] = Request(_SCOPE | {"headers": [(b"accept", accept.encode())], "state": {}})
    answered = answer(request, {"error": "Session not found", "detail": "none"}, 404)
    problem = {"type": "about:blank", "title": "Session not found", "status": 404} if is_problem else {}
    assert answered.content == problem | {"error": "Session not found", "detail": "none"}
    assert answered.media_type == ("application/problem+json" if is_problem else "application/json")


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_too_many_open_files_are_a_refusal_for_now(number: int) -> None:
    """Whoever comes again finds some that have been closed."""
    answered = on_exception(_REQUEST, OSError(number, "x"))
    assert (answered.status_code, answered.content["error"]) == (503, "Too busy")
    assert answered.headers["Retry-After"]
