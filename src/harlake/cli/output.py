"""What commands print: JSON lines for programs, values for people.

Whatever a command prints for people goes through :func:`print_line`, or is an error that it ends with: control
characters of captured texts, names of files and answers of servers are written out there, and not before.
"""

from __future__ import annotations

import json
import math
from typing import Any, Final

import click

from harlake.controls import without_controls
from harlake.store.short_ids import short_entry_id

#: Where a command keeps that it is to be quiet.
QUIET: Final = "harlake.quiet"

#: Digits of an id that people see. Of 10,000 sessions, two have the same ones in one case of a hundred.
_ID_DIGITS: Final = 8


def print_line(line: str = "", *, err: bool = False) -> None:
    """Print a line for people, on standard error if it is an ``err``; control characters in it are written out."""
    click.echo(without_controls(line), err=err)


def print_json(value: Any) -> None:
    """Print a value as one line of JSON, in printable ASCII: whatever is in it, every locale can write it."""
    click.echo(json.dumps(value, separators=(",", ":")).replace("\x7f", r"\u007f"))


def print_done(line: str) -> None:
    """Print what a command has done, unless it was told to be quiet."""
    if not is_quiet():
        print_line(line)


def is_quiet() -> bool:
    """Return whether the command was told to be quiet: to say what is wrong, and what was asked for, only."""
    context = click.get_current_context(silent=True)
    return context is not None and context.meta.get(QUIET, False)


def text(value: Any) -> str:
    """Return a value as text of one line, as wide as it is printed: control characters are written out."""
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    return without_controls(str(value))


def cell(value: Any, kind: str) -> str:
    """Return a value as it stands in a table."""
    if value is None:
        return ""
    match kind:
        case "id":
            return text(value)[:_ID_DIGITS]
        case "entry":
            return text(short_entry_id(str(value)))
        case "instant":
            return text(value)[: len("2026-01-31T12:00:00")].replace("T", " ")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        match kind:
            case "bytes":
                return size_text(value)
            case "ms":
                return time_text(value)
            case "count":
                return f"{value:,}"
    return text(value)


def size_text(size: float) -> str:
    """Return a number of bytes for people: ``1.5 MB``; -1 stands for unknown, as in HARs."""
    size = _as_float(size)
    if size < 0:
        return ""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def time_text(milliseconds: float) -> str:
    """Return a time for people: ``3.2 ms``, ``12.1 s``."""
    milliseconds = _as_float(milliseconds)
    if milliseconds < 0:
        return ""
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms" if milliseconds >= 100 else f"{milliseconds:.1f} ms"
    return f"{milliseconds / 1000:,.1f} s"


def _as_float(number: float) -> float:
    """Return a number as one that can be calculated with: those of JSON have any number of digits."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
