"""Texts that may be logged: an error without its message, and a line that stays one line.

The messages of errors quote what they are about: ``Could not convert string 'secret'``. So they are never logged. Their
types and the places in the code that they came from say what is to be mended.
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import Final

from harlake.errors import DamagedCaptureError, HarlakeError

#: Errors of a chain, of a group, and calls of each that are described.
_MAX_ERRORS: Final = 4
_MAX_CALLS: Final = 8

#: Longer lines are cut. Those of harlake's own have some hundred characters.
_MAX_LINE: Final = 8_192


def describe(error: BaseException) -> str:
    """Return an error's type and the calls that led to it, the innermost first; then those of its causes."""
    described: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(described) < _MAX_ERRORS:
        calls = _calls(cause.__traceback__)
        described.append(f"{_kind(cause)} at {' < '.join(calls)}" if calls else _kind(cause))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return " from ".join(described)


def _kind(error: BaseException) -> str:
    """Return an error's type, and what is certain to be harlake's or the system's own words."""
    name = type(error).__name__
    if isinstance(error, BaseExceptionGroup):
        return f"{name} of [{'; '.join(describe(one) for one in error.exceptions[:_MAX_ERRORS])}]"
    if isinstance(error, DamagedCaptureError):  # names a capture, and a place in its file
        return f"{name}: {error}"
    if isinstance(error, HarlakeError):
        return f"{name}: {error.error}"
    if isinstance(error, OSError) and error.errno is not None:
        return f"{name}: {os.strerror(error.errno)}"
    return name


def _calls(traceback: TracebackType | None) -> list[str]:
    calls = []
    while traceback is not None:
        frame = traceback.tb_frame
        calls.append(f"{frame.f_globals.get('__name__')}:{traceback.tb_lineno} {frame.f_code.co_name}")
        traceback = traceback.tb_next
    return calls[: -_MAX_CALLS - 1 : -1]


def one_line(text: str) -> str:
    """Return a text that no terminal and no reader of logs takes for more than one line, or for a command."""
    if len(text) > _MAX_LINE:
        text = text[:_MAX_LINE] + "…"
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
