"""Logs: one format for all that the process says, to standard error.

Whoever logs uses the standard library's loggers. Here alone is decided how a line looks, and what it may say. Errors
are described and not quoted, whether as an argument or with their traceback. Of what a library says, only the place
in its code is told: its message may have any value in it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from datetime import UTC, datetime
from typing import Any, Final

from harlake.observability.log_handler import BackgroundHandler
from harlake.observability.request_record import current_record
from harlake.observability.safe_text import describe, one_line

FORMATS: Final = ("text", "json")
LEVELS: Final = ("debug", "info", "warning", "error")

#: Packages whose messages have no values in them, apart from the errors among their arguments.
_KNOWN: Final = frozenset({"harlake", "uvicorn"})

#: A value that needs no quotation marks.
_PLAIN: Final = re.compile(r'[^\s"=]+')

_log = logging.getLogger(__name__)


def configure(level: str, form: str = "text", *, in_background: bool = False) -> None:
    """Log to standard error from now on: call this once in a process that is harlake's."""
    handler = BackgroundHandler(sys.stderr.fileno()) if in_background else logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    # What each line would be told of the process, and has no place for.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.raiseExceptions = False
    threading.excepthook = _log_thread_failure
    sys.unraisablehook = _log_unraisable


def log_event(logger: logging.Logger, level: int, event: str, **fields: object) -> None:
    """Log something that has happened; fields without a value are left out."""
    if logger.isEnabledFor(level):
        # Not by `logger.log`, which would look for its caller.
        record = logging.LogRecord(logger.name, level, "", 0, event, None, None)
        record.fields = fields
        logger.handle(record)


class TextFormatter(logging.Formatter):
    """A line for people: time, level, logger, message, then names and values."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = "".join(f" {name}={_quoted(value)}" for name, value in _fields(record).items())
        return one_line(f"{_timestamp(record)} {record.levelname} {record.name} {_message(record)}{fields}")


class JsonFormatter(logging.Formatter):
    """A JSON object for programs, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        head = {
            "time": _timestamp(record),
            "level": record.levelname,
            "logger": record.name,
            "message": one_line(_message(record)),
        }
        return json.dumps(head | _fields(record), default=str)


def _timestamp(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] not in _KNOWN:
        return f"said at {record.module}:{record.lineno} {record.funcName}"
    message = _safe(record.msg)
    if not record.args:
        return str(message).strip()
    if isinstance(record.args, tuple):
        return str(message) % tuple(map(_safe, record.args))
    return str(message) % {name: _safe(value) for name, value in record.args.items()}


def _safe(value: object) -> object:
    return describe(value) if isinstance(value, BaseException) else value


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what goes with the message: the event's fields, the error, and the request in whose course it was said."""
    given: dict[str, Any] = getattr(record, "fields", {})
    fields = {name: value for name, value in given.items() if value is not None}
    if record.exc_info and record.exc_info[1] is not None:
        fields["error"] = one_line(describe(record.exc_info[1]))
    if "request_id" not in fields and (request := current_record().id):
        fields["request_id"] = request
    return fields


def _quoted(value: object) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _log_thread_failure(failure: threading.ExceptHookArgs) -> None:
    _log.error("a thread has failed: %s", failure.exc_value)


def _log_unraisable(failure: Any) -> None:
    _log.error("an error could not be raised: %s", failure.exc_value)
