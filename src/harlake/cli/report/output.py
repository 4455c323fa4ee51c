"""Where a report goes, in the form that is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import click

from harlake.cli.commands import Option
from harlake.cli.options import OUTPUT
from harlake.cli.output import print_json, print_line
from harlake.cli.output_file import output_file
from harlake.cli.report.model import Report

#: Forms, and the functions that write them, each in a module of its own.
_WRITERS: Final = {
    "text": "texts:text_lines",
    "junit": "junit:junit_lines",
    "github": "github:github_lines",
    "markdown": "markdown:markdown_lines",
    "html": "html:html_lines",
}
REPORT_FORMATS: Final = ("text", "json", *list(_WRITERS)[1:])

format_option = click.option(
    "--format",
    "report_format",
    cls=Option,
    group=OUTPUT,
    type=click.Choice(REPORT_FORMATS),
    help="text, json, junit (XML), github (workflow commands), markdown, or html (one file); text by default.",
)
output_option = click.option(
    "-o",
    "--output",
    cls=Option,
    group=OUTPUT,
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write to a file, which appears when it is complete; - is standard output.",
)


def print_report(answer: Any, report: Report, report_format: str, output: Path | None) -> None:
    """Print a report, or write it to a file; ``answer`` is what it is as JSON."""
    if output is None or str(output) == "-":
        if report_format == "json":
            print_json(answer)
            return
        for line in _lines(report, report_format):
            click.echo(line) if report_format != "text" else print_line(line)
        if report_format == "text":
            for warning in report.warnings:
                print_line(f"Warning: {warning}", err=True)
        return
    with output_file(output) as file:
        if report_format == "json":
            import json

            file.write(json.dumps(answer).encode() + b"\n")
        else:
            file.writelines(f"{line}\n".encode("utf-8", "replace") for line in _lines(report, report_format))


def _lines(report: Report, report_format: str) -> Iterator[str]:
    module, _, name = _WRITERS[report_format].partition(":")
    write: Callable[[Report], Iterator[str]] = getattr(importlib.import_module(f"harlake.cli.report.{module}"), name)
    return write(report)
