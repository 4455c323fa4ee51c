"""Tables for people: in a pipe as wide as they are, on a terminal as wide as that, with rows that can be told apart.

Strategy: rows are printed a hundred at a time, so that any number of them takes the memory of as many; the widths are
those of the first hundred. Where they do not fit, columns that are not needed go, then those that shrink do: of a text
that is cut, beginning and end stay, or the place in which it differs from others that would look the same.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import click

from harlake.cli.output import cell, print_json, print_line
from harlake.cli.screen import is_terminal

if TYPE_CHECKING:
    from rich.console import Console

#: Rows that are printed together.
_TOGETHER: Final = 100
#: Columns between two columns.
_GAP: Final = 2
#: What a column that shrinks keeps at least.
_LEAST: Final = 12
#: Of a text that is cut, which part of what stays is its beginning; ends of URLs say more.
_HEAD: Final = 3

_STATUS_STYLES: Final = {"3": "cyan", "4": "yellow", "5": "red", "0": "red", "-": "red"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: the member that it shows, and how."""

    title: str
    member: str
    #: How a value is written, as :func:`harlake.cli.output.cell` has it; numbers go to the right.
    kind: str = "text"
    #: Whether it stays where a terminal is too narrow, and whether it becomes narrower there.
    needed: bool = True
    shrinks: bool = False
    #: A text that stays in what is cut.
    around: str = ""

    @property
    def is_text(self) -> bool:
        """Whether it goes to the left."""
        return self.kind in ("text", "id", "entry", "instant")


def print_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[Column]) -> None:
    """Print a table as its rows come."""
    pieces = ([[cell(row.get(one.member), one.kind) for one in columns] for row in piece] for piece in _pieces(rows))
    if is_terminal():
        _print_on_terminal(pieces, columns)
    else:
        _print_plain(pieces, columns)


def print_lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[Column], *, as_json: bool) -> None:
    """Print rows as they come: as JSON lines, or as a table."""
    if as_json:
        for row in rows:
            print_json(row)
    else:
        print_table(rows, columns)


def shortened(texts: Sequence[str], width: int) -> list[str]:
    """Return texts of up to so many columns; those that differ do not look the same, where there is room for that."""
    cut = [_middle_cut(text, width) for text in texts]
    alike: dict[str, set[str]] = defaultdict(set)
    for text, short in zip(texts, cut, strict=True):
        alike[short].add(text)
    for short, originals in alike.items():
        if len(originals) > 1:
            start = _common_length(originals)
            others = {text: _cut_at(text, start, width) for text in originals}
            cut = [others[text] if one == short else one for text, one in zip(texts, cut, strict=True)]
    return cut


def _pieces(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    rows = iter(rows)
    while piece := list(islice(rows, _TOGETHER)):
        yield piece


def _print_plain(pieces: Iterable[list[list[str]]], columns: Sequence[Column]) -> None:
    widths: list[int] = []
    for cells in pieces:
        if not widths:
            cells.insert(0, [column.title for column in columns])
            widths = _widths(cells, columns, len)
        for row in cells:
            print_line(
                "  ".join(
                    one.ljust(width) if column.is_text else one.rjust(width)
                    for one, column, width in zip(row, columns, widths, strict=True)
                ).rstrip()
            )


def _print_on_terminal(pieces: Iterable[list[list[str]]], columns: Sequence[Column]) -> None:
    console: Console | None = None
    widths: dict[int, int] = {}
    missing = 0
    for cells in pieces:
        is_first = console is None
        if console is None:
            from rich.cells import cell_len
            from rich.console import Console

            # NO_COLOR is for bold and dim letters as well.
            colours: Any = None if os.environ.get("NO_COLOR") else "auto"
            console = Console(highlight=False, force_terminal=True, color_system=colours)
            titles = [column.title for column in columns]
            widths = _fitting(_widths([titles, *cells], columns, cell_len), columns, console.width)
            missing = sum(one.needed for number, one in enumerate(columns) if number not in widths)
        _print_piece(console, cells, columns, widths, has_head=is_first)
    if missing:
        print_line(f"({missing} more columns do not fit here; --json prints all)")


def _print_piece(
    console: Console, cells: list[list[str]], columns: Sequence[Column], widths: Mapping[int, int], *, has_head: bool
) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_header=has_head, header_style="bold")
    shown: list[list[Text]] = []
    for number, width in widths.items():
        column = columns[number]
        justify: Any = "left" if column.is_text else "right"
        table.add_column(Text(column.title), width=width, justify=justify, no_wrap=True, overflow="ellipsis")
        texts = [row[number] for row in cells]
        styles = [_style(column, text) for text in texts]
        if column.around:
            texts = [_cut_around(text, column.around, width) for text in texts]
        shown.append([Text(*pair) for pair in zip(shortened(texts, width), styles, strict=True)])
    for row in zip(*shown, strict=True):
        table.add_row(*row)
    with console.capture() as shown_table:
        console.print(table)
    click.echo(shown_table.get(), nl=False, color=True)  # which leaves it to commands where nobody reads any more


def _widths(cells: Sequence[Sequence[str]], columns: Sequence[Column], measure: Any) -> list[int]:
    return [max(measure(row[number]) for row in cells) for number in range(len(columns))]


def _fitting(widths: Sequence[int], columns: Sequence[Column], width: int) -> dict[int, int]:
    """Return the widths of the columns that stay, by their numbers, so that a line fits a terminal."""
    shown = dict(enumerate(widths))
    shrinking = [number for number, column in enumerate(columns) if column.shrinks]
    for number in reversed([number for number, column in enumerate(columns) if not column.needed]):
        kept = sum(min(one, 2 * _LEAST) if at in shrinking else one for at, one in shown.items())
        if kept + _GAP * (len(shown) - 1) > width:
            del shown[number]
    least = {number: min(_LEAST, one) for number, one in shown.items()}
    while len(shown) > 1 and sum(least[number] for number in shown) + _GAP * (len(shown) - 1) > width:
        shown.popitem()  # the last one
    for number in sorted(shown, key=lambda one: (not columns[one].shrinks, -widths[one])):  # what else is long, too
        excess = sum(shown.values()) + _GAP * (len(shown) - 1) - width
        shown[number] = max(min(_LEAST, shown[number]), shown[number] - max(0, excess))
    return shown


def _middle_cut(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    head = max(1, (width - 1) // _HEAD)
    tail = width - 1 - head
    return f"{text[:head]}…{text[-tail:] if tail > 0 else ''}"


def _cut_at(text: str, start: int, width: int) -> str:
    """Return what of a text is around a place that says what is different about it."""
    head = max(1, (width - 2) // _HEAD)
    first = max(head, start - 1)
    room = width - head - 1
    rest = text[first:]
    return f"{text[:head]}…{rest if len(rest) <= room else rest[: room - 1] + '…'}"


def _cut_around(text: str, kept: str, width: int) -> str:
    """Return what of a text is around another one in it, which is in its middle as a rule."""
    if len(text) <= width:
        return text
    found = text.lower().find(kept.lower())
    middle = len(text) // 2 if found < 0 else found + len(kept) // 2
    first = max(0, min(middle - width // 2, len(text) - width))
    last = first + width
    begin, end = ("…" if first else ""), ("…" if last < len(text) else "")
    return f"{begin}{text[first + len(begin) : last - len(end)]}{end}"


def _common_length(texts: Iterable[str]) -> int:
    """Return of how many characters the beginning is that texts have in common."""
    first, last = min(texts), max(texts)
    return next((at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), len(first))


def _style(column: Column, text: str) -> str:
    if column.member == "status":
        return _STATUS_STYLES.get(text[:1], "")
    return "dim" if column.kind in ("id", "entry", "instant") else ""
