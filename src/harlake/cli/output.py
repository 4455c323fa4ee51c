"""What commands print: JSON lines for programs, tables for people.

Whatever a command prints for people goes through :func:`print_line`, or is an error that it ends with: control
characters of captured texts, names of files and answers of servers are written out there, and not before.
"""

from __future__ import annotations

import json
import math
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from harlake.controls import without_controls

#: Rows whose widths decide on those of a table's columns.
_MEASURED: Final = 100


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: the member that it shows, and how."""

    title: str
    member: str
    #: How a value is written, as by :func:`size_text`; numbers go to the right.
    kind: str = "text"


def print_line(line: str = "", *, err: bool = False) -> None:
    """Print a line for people, on standard error if it is an ``err``; control characters in it are written out."""
    click.echo(without_controls(line), err=err)


def print_json(value: Any) -> None:
    """Print a value as one line of JSON, in printable ASCII: whatever is in it, every locale can write it."""
    click.echo(json.dumps(value, separators=(",", ":")).replace("\x7f", r"\u007f"))


def print_lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], *, as_json: bool) -> None:
    """Print rows as they come: as JSON lines, or as a table."""
    if as_json:
        for row in rows:
            print_json(row)
    else:
        print_table(rows, columns)


def print_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[Column]) -> None:
    """Print a table as its rows come; on a terminal, no line is longer than it is wide."""
    waiting: list[list[str]] | None = []
    widths: list[int] = []
    for row in rows:
        cells = [cell(row.get(column.member), column.kind) for column in columns]
        if waiting is None:
            _print_row(cells, columns, widths)
            continue
        waiting.append(cells)
        if len(waiting) == _MEASURED:
            widths, waiting = _begin(waiting, columns), None
    if waiting:
        _begin(waiting, columns)


def text(value: Any) -> str:
    """Return a value as text of one line, as wide as it is printed: control characters are written out."""
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    return without_controls(str(value))


def cell(value: Any, kind: str) -> str:
    """Return a value as it stands in a table."""
    if value is None:
        return ""
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


def _begin(rows: Sequence[Sequence[str]], columns: Sequence[Column]) -> list[int]:
    """Print the head and the first rows; return the widths of the columns."""
    widths = [max(len(line[number]) for line in ([c.title for c in columns], *rows)) for number in range(len(columns))]
    print_line(_line([column.title for column in columns], columns, widths))
    for row in rows:
        _print_row(row, columns, widths)
    return widths


def _print_row(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> None:
    print_line(_line(cells, columns, widths))


def _line(cells: Sequence[str], columns: Sequence[Column], widths: Sequence[int]) -> str:
    line = "  ".join(
        one.ljust(width) if column.kind == "text" else one.rjust(width)
        for one, column, width in zip(cells, columns, widths, strict=True)
    ).rstrip()
    if sys.stdout.isatty():
        columns_of_terminal = shutil.get_terminal_size().columns
        if len(line) > columns_of_terminal:
            return f"{line[: columns_of_terminal - 1]}…"
    return line
