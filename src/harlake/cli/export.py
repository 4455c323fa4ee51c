"""``harlake export``: a session, or what the filters leave of it, into a file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from harlake.cli.client import Client, ServiceError, ServiceResponse, path_segment
from harlake.cli.commands import Command
from harlake.cli.completion import complete_session
from harlake.cli.options import filters, quiet_option, service
from harlake.cli.output_file import STANDARD_OUTPUT, output_file
from harlake.cli.progress import Progress
from harlake.cli.raw_output import write_raw
from harlake.cli.redaction import redaction
from harlake.cli.service import Service
from harlake.cli.sessions import find_session
from harlake.cli.upload import STANDARD_INPUT
from harlake.export.forms import FORMS

#: Formats by the ending of a file's name, which a --format must not contradict.
_FORMATS: Final = {form.file.ending: name for name, form in FORMS.items()} | {
    ".json": "har",
    ".jsonl": "ndjson",
    ".zip": "zip",
}
#: Encodings by the ending of a file's name: the file is then what the service sends.
_ENCODINGS: Final = {".zst": "zstd", ".gz": "gzip"}
_BINARY: Final = ("zip", *(name for name, form in FORMS.items() if form.file.packed))
_JSON: Final = ("application/json", "application/x-ndjson")


@click.command(cls=Command)
@click.argument("session", metavar="[SESSION]", required=False, shell_complete=complete_session)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to a file, which appears when it is complete. Its name tells the form: "
    f"{', '.join(_FORMATS)}; with .gz or .zst after it, it is compressed. Without it, or as -, to standard output.",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(list(FORMS)),
    help="The form; har unless the file's name tells.",
)
@click.option("--bodies", metavar="WHICH", help="none, text, max:SIZE: without all, or with some bodies.")
@click.option("--fill", is_flag=True, help="Give missing members the specification's defaults, for strict readers.")
@click.option("--csv-raw", is_flag=True, help="Leave texts as they are that a spreadsheet would take for formulas.")
@click.option("--dry-run", is_flag=True, help="With --redact: print its report as JSON, and export nothing.")
@click.option(
    "--content",
    type=click.Choice(["attach", "embed"]),
    help="Of playwright: bodies in files of a zip, or in the HAR.",
)
@click.option("--max-part", metavar="SIZE", help="A zip of HARs that are each below a size, as 500MB.")
@click.option("--order", type=click.Choice(["stored", "time"]), help="time: in chronological order.")
@click.option(
    "--entry",
    "entries",
    metavar="ENTRY",
    multiple=True,
    help="Only this entry, by its id; may be repeated. - reads ids from standard input, one a line.",
)
@quiet_option
@filters
@redaction
@service()
def export(
    service: Service,
    session: str | None,
    output: Path | None,
    entries: Sequence[str],
    filters: list[tuple[str, str]],
    **options: Any,
) -> None:
    """Export a session, as HAR or in another form: all of it, or the entries that pass the filters.

    Without SESSION, the entries of all sessions.
    """
    if output is not None and str(output) == STANDARD_OUTPUT:
        output = None
    form, encoding = _form_of(output, options.pop("file_format"), options["max_part"], options["content"])
    given = {name: value for name, value in options.items() if value not in (None, False)}
    if form not in (None, "zip"):
        given["format"] = form
    is_packed = form in _BINARY and options["content"] != "embed" and not options["dry_run"]
    if output is None and sys.stdout.isatty() and is_packed:
        raise click.UsageError("This is nothing for a terminal: -o says where to write it.")
    chosen = _entry_ids(entries) if entries else None
    with service.connect() as client:
        session_id = None if session is None else find_session(client, session)
        with _exported(client, session_id, chosen, filters, given, encoding) as answer:
            if encoding and answer.headers.get("Content-Encoding") != encoding:
                raise ServiceError(f"the service does not compress this with {encoding}: leave {output.suffix} out")  # type: ignore[union-attr]
            is_json = form is None or options["dry_run"] or (not is_packed and FORMS[form].file.media_type in _JSON)
            _write(answer, output, is_json=is_json)


def _form_of(
    output: Path | None, file_format: str | None, max_part: str | None, content: str | None
) -> tuple[str | None, str]:
    """Return the form of a file and the encoding of that, out of its name and the options. Raises UsageError."""
    ending, encoding = _ending(output.name.lower() if output else "")
    named, form = _FORMATS.get(ending), "zip" if max_part else file_format
    if form in FORMS and (FORMS[form].file.ending.endswith(ending) or (content == "embed" and named == "har")):
        named = form  # of several forms with such an ending
    if max_part and file_format not in (None, "har"):
        raise click.UsageError(f"--max-part is for HARs, and not for --format {file_format}.")
    if form is not None and named not in (None, form):
        what = "--max-part, which makes a zip," if max_part else f"--format {form}"
        raise click.UsageError(f"{what} and the name {output} contradict each other.")
    if named == "zip" and not max_part:
        raise click.UsageError(f"{output} is for --max-part SIZE, which makes a zip of HARs, or --format playwright.")
    form = form or named
    if encoding and form in _BINARY and content != "embed":
        raise click.UsageError(f"{form} is compressed already: leave {output.suffix} out.")  # type: ignore[union-attr]
    return form, encoding


def _ending(name: str) -> tuple[str, str]:
    """Return the longest ending of a name that a form has, if any, and the encoding of what is behind it."""
    found = max((ending for ending in _FORMATS if name.endswith(ending)), key=len, default="")
    suffix = Path(name).suffix
    if found or suffix not in _ENCODINGS:
        return found, ""
    return _ending(name.removesuffix(suffix))[0], _ENCODINGS[suffix]


def _entry_ids(entries: Sequence[str]) -> list[str]:
    """Return ids of entries, with those that standard input has, one a line, in place of -."""
    lines = (line for one in entries for line in (sys.stdin if one == STANDARD_INPUT else [one]))
    return [name for line in lines if (name := line.strip())]


def _exported(
    client: Client,
    session: str | None,
    entries: Sequence[str] | None,
    filters: Sequence[tuple[str, str]],
    options: dict[str, Any],
    encoding: str,
) -> ServiceResponse:
    """Ask for an export: of one session, or of a selection."""
    # A configuration may have secrets in it, and is for no URL.
    if session is not None and entries is None and not options.get("redact", "").startswith("{"):
        query = [*filters, *((name, "true" if value is True else value) for name, value in options.items())]
        return client.stream("GET", f"/api/har/export/{path_segment(session)}", query, encoding=encoding)
    selection: dict[str, Any] = {"filter": {}} | options
    # Nothing is what the API takes for a mistake; each entry has a URL.
    for name, value in filters if filters or entries is not None or session is not None else [("url", "*")]:
        selection["filter"].setdefault(name, []).append(value)
    for name, member in (("csv_raw", "csvRaw"), ("max_part", "maxPart")):
        if name in selection:
            selection[member] = selection.pop(name)
    if session is not None:
        selection["sessionId"] = session
    if entries is not None:
        selection["entryIds"] = entries
    return client.stream("POST", "/api/har/export", body=selection, encoding=encoding)


def _write(answer: ServiceResponse, output: Path | None, *, is_json: bool) -> None:
    if output is None:
        write_raw(answer.pieces(), is_json=is_json)
        return
    with output_file(output) as file, Progress(output.name, answer.length) as progress:
        for piece in answer.pieces():
            file.write(piece)
            progress.advance(piece)
