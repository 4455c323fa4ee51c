"""One format for all lines, and nothing in them that was captured."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest

from harlake.observability.logs import JsonFormatter, TextFormatter, log_event
from harlake.observability.request_record import RequestRecord, observing

_FORMATTERS = [TextFormatter(), JsonFormatter()]


def _record(name: str, message: object, *args: Any, **more: Any) -> logging.LogRecord:
    return logging.LogRecord(name, logging.WARNING, "/x/module.py", 7, message, args, **{"exc_info": None} | more)


def test_a_line_for_people() -> None:
    """Time, level, logger and message; fields with quotation marks where they need them."""
    record = _record("harlake.x", "capture %s", 5)
    record.created = 0.0
    record.fields = {"status": 200, "reason": 'a "b"', "empty": "", "none": None}
    line = TextFormatter().format(record)
    assert line == ('1970-01-01T00:00:00.000Z WARNING harlake.x capture 5 status=200 reason="a \\"b\\"" empty=""')


def test_a_line_for_programs() -> None:
    """The same as a JSON object, numbers as numbers."""
    record = _record("harlake.x", "import")
    record.fields = {"status": 200, "none": None}
    found = json.loads(JsonFormatter().format(record))
    assert found.pop("time").endswith("Z")
    assert found == {"level": "WARNING", "logger": "harlake.x", "message": "import", "status": 200}


@pytest.mark.parametrize("formatter", _FORMATTERS)
def test_errors_are_not_quoted(formatter: logging.Formatter) -> None:
    """Neither as an argument, nor by name, nor as the message itself, nor with their traceback."""
    try:
        raise ValueError("secret")
    except ValueError as error:
        for record in (
            _record("harlake.x", "it failed: %s", error),
            _record("harlake.x", "it failed: %(why)s", {"why": error}),
            _record("uvicorn.error", error),
            _record("uvicorn.error", "Exception in ASGI application\n", exc_info=sys.exc_info()),
        ):
            line = formatter.format(record)
            assert "ValueError at tests.observability.test_logs:" in line
            assert "secret" not in line
            assert "\n" not in line


@pytest.mark.parametrize("formatter", _FORMATTERS)
def test_messages_of_libraries_are_not_quoted(formatter: logging.Formatter) -> None:
    """They may have any value in them: only where they were said is told."""
    line = formatter.format(_record("asyncio", "Exception in callback read(b'secret')"))
    assert "said at module:7" in line
    assert "secret" not in line


@pytest.mark.parametrize("formatter", _FORMATTERS)
def test_lines_cannot_be_forged(formatter: logging.Formatter) -> None:
    """Line feeds and escapes in an argument or a field are written out."""
    record = _record("harlake.x", "removed %s", "a\n2026 INFO forged")
    record.fields = {"name": "b\n\x1b[2Jforged"}
    line = formatter.format(record)
    assert line.isprintable()


def test_lines_of_a_request_have_its_id() -> None:
    """Whoever says something in the course of a request need not know of it."""
    with observing(RequestRecord("r1")):
        assert TextFormatter().format(_record("harlake.x", "slow")).endswith(" slow request_id=r1")
    assert "request_id" not in TextFormatter().format(_record("harlake.x", "slow"))


def test_events_below_the_level_are_not_made(caplog: pytest.LogCaptureFixture) -> None:
    """An event has its level, and is not logged below that of the logger."""
    logger = logging.getLogger("harlake.test")
    with caplog.at_level(logging.WARNING, logger.name):
        log_event(logger, logging.INFO, "quiet", number=1)
        log_event(logger, logging.ERROR, "loud", number=2)
    assert [(record.message, record.__dict__["fields"]) for record in caplog.records] == [("loud", {"number": 2})]
