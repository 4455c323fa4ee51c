"""What every answer must be, whatever the request was."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from harlake.access.headers import SECURITY_HEADERS
from harlake.errors import ClientLeftError, HarlakeError, InvalidHarError
from tests.fuzz.exchange import KEPT_BYTES, Answer, End
from tests.fuzz.http_request import HttpRequest

#: Texts that are no error of a client's, and that no input may cause.
_FAILURES: Final = frozenset({"Internal error", "Stored capture is damaged", "Data folder unavailable", "Not ready"})
#: What a full service, or a full disk, is allowed to say.
_FULL: Final = {503: "Too busy", 507: "Insufficient storage"}
#: How an exchange may end to which the service owes no answer.
_ENDED: Final = (End.DROPPED, End.CUT_OFF)
_SUCCESSES: Final = frozenset({200, 201, 204, 206, 304})
_BY_HTTP: Final = frozenset({400, 404, 405, 408, 413, 414, 431, 503})


def _error_texts() -> frozenset[str]:
    """Return every text that an error may have: those that the API documents, and those of HTTP itself."""
    found = {"Content Too Large", *(HTTPStatus(status).phrase for status in _BY_HTTP)}
    errors: list[type[HarlakeError]] = [HarlakeError]
    for error in errors:
        errors += error.__subclasses__()
        found.add(error.error)
        if issubclass(error, InvalidHarError):
            found.add(error.validation_error)
    return frozenset(found - _FAILURES - {ClientLeftError.error})


_ERRORS: Final = _error_texts()


def answer_problems(request: HttpRequest, answer: Answer, *, private: tuple[str, ...], excused: bool) -> list[str]:
    """Return what is wrong with an answer, in words.

    ``private`` are texts that no answer may have, ``excused`` says that what was asked for was removed meanwhile.
    """
    if answer.end is End.LEFT or (not request.framing.owes_answer and answer.end in _ENDED):
        return []
    if answer.end is End.CUT_OFF and excused:
        return []
    if answer.end is not End.COMPLETE:
        return [f"{answer.end.value} {answer.detail}".strip()]
    checks: tuple[Callable[[HttpRequest, Answer], list[str]], ...] = (_status, _headers, _error, _json)
    found = next(filter(None, (check(request, answer) for check in checks)), [])
    text = answer.body.decode("utf-8", "replace") if answer.status not in _SUCCESSES else ""
    return [*found, *(f"the answer tells {one!r}" for one in (*private, "Traceback (most") if one in text)]


def _status(_: HttpRequest, answer: Answer) -> list[str]:
    if answer.status in _SUCCESSES or (400 <= answer.status < 500 and answer.status != ClientLeftError.status):
        return []
    if answer.status in _FULL and _FULL[answer.status].encode() in answer.body:
        return []
    return [f"status {answer.status}"]


def _headers(request: HttpRequest, answer: Answer) -> list[str]:
    found = [f"no {name}" for name in SECURITY_HEADERS if name not in answer.headers]
    given = [value.decode("latin-1") for name, value in request.headers if name == b"X-Request-ID"]
    answered = answer.headers.get("x-request-id")  # connections that are refused have none
    if answered is not None and len(given) == 1 and given[0].startswith("fuzz-") and given[0] != answered:
        found.append(f"the answer to {answered}")
    return found


def _error(request: HttpRequest, answer: Answer) -> list[str]:
    """Every error is a JSON object with one of the texts that are documented."""
    if answer.status < 400 or request.method == b"HEAD":
        return []
    try:
        body = json.loads(answer.body)
    except ValueError:
        return [f"status {answer.status} with what is not JSON"]
    error = body.get("error") if isinstance(body, dict) else None
    return [] if error in _ERRORS else [f"status {answer.status} with the error {error!r}"]


def _json(request: HttpRequest, answer: Answer) -> list[str]:
    """What is said to be JSON is, apart from captured bodies."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    is_plain = "content-encoding" not in answer.headers and request.method != b"HEAD"
    is_readable = is_plain and answer.status == 200 and answer.size < KEPT_BYTES and b"-body" not in request.target
    if not is_readable or kind not in ("application/json", "application/x-ndjson"):
        return []
    texts = [answer.body] if kind == "application/json" else answer.body.split(b"\n")[:-1]
    try:
        for text in texts:
            json.loads(text, parse_int=str, parse_float=str)
    except RecursionError:
        pass  # as deep as what came in
    except ValueError as error:
        return [f"{kind} that is none: {error}"]
    return []
