"""``harlake sql``: the catalog asked in SQL, as a table, or as a file of another form."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any, Final

import click

from harlake.cli.commands import Command
from harlake.cli.completion import complete_session
from harlake.cli.options import json_option, service
from harlake.cli.output import print_json, print_line
from harlake.cli.output_file import STANDARD_OUTPUT, output_file
from harlake.cli.raw_output import write_raw
from harlake.cli.service import Service
from harlake.cli.sessions import find_session
from harlake.cli.tables import Column, print_table

#: Formats by the ending of a file's name, where none is given.
_FORMATS: Final = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".csv": "csv",
    ".arrow": "arrow",
    ".arrows": "arrow",
    ".parquet": "parquet",
}
_BINARY: Final = ("arrow", "parquet")

#: Columns of what EXPLAIN says: a drawing.
_EXPLAINED: Final = ["explain_key", "explain_value"]


@click.command(cls=Command, paged=True)
@click.argument("query", metavar="SELECT")
@click.option(
    "--session",
    metavar="SESSION",
    help="Of this session only, given by its id, the beginning of that, or its name.",
    shell_complete=complete_session,
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to a file, which appears when it is complete. Its name tells the form: .ndjson, .json, .csv, .arrow, "
    ".parquet.",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["ndjson", "json", "csv", "arrow", "parquet"]),
    help="The form, instead of a table for people.",
)
@json_option
@service()
def sql_command(
    service: Service, query: str, session: str | None, output: Path | None, file_format: str | None, as_json: bool
) -> None:
    """Ask the catalog in SQL: one SELECT over its tables; - reads it from standard input.

    Tables are sessions, captures, pages and entries, and headers, cookies and query_parameters, which take longer:
    they are read out of the entries. DESCRIBE entries lists what an entry has. Nothing can be changed.
    """
    if query == STANDARD_OUTPUT:
        query = sys.stdin.read()
    if output is not None and str(output) == STANDARD_OUTPUT:
        output, file_format = None, file_format or "ndjson"
    form = _form_of(output, file_format, as_json=as_json)
    if output is None and form in _BINARY and sys.stdout.isatty():
        raise click.UsageError("This is nothing for a terminal: -o says where to write it.")
    body = {"sql": query} | ({} if form is None else {"format": form})
    with service.connect() as client:
        if session is not None:
            body["session"] = find_session(client, session)
        with client.stream("POST", "/api/sql", body=body) as answer:
            if output is not None:
                with output_file(output) as file:
                    file.writelines(answer.pieces())
            elif form is not None:
                write_raw(answer.pieces(), is_json="json" in form)
            elif as_json:
                for row in answer.lines():
                    print_json(row)
            else:
                _print_rows(answer.lines())


def _form_of(output: Path | None, file_format: str | None, *, as_json: bool) -> str | None:
    """Return the form of a file, None where people or programs read lines. Raises UsageError."""
    if as_json and (output is not None or file_format is not None):
        raise click.UsageError("--json is for standard output: --format or the file's name tells the form.")
    named = None if output is None else _FORMATS.get(output.suffix.lower())
    if None not in (named, file_format) and named != file_format:
        raise click.UsageError(f"--format {file_format} and the name {output} contradict each other.")
    if output is not None and named is None and file_format is None:
        raise click.UsageError(f"{output} does not tell its form: --format does, or an ending such as .csv.")
    return file_format or named


def _print_rows(rows: Iterable[dict[str, Any]]) -> None:
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    if list(first) == _EXPLAINED:
        for row in chain([first], rows):
            for line in str(row["explain_value"]).splitlines():
                print_line(line)
        return
    print_table(chain([first], rows), [_column(name, value) for name, value in first.items()])


def _column(name: str, value: Any) -> Column:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return Column(name, name, "number" if is_number else "text", shrinks=not is_number)
