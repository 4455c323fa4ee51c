"""``harlake export``: a session, or what the filters leave of it, into a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from harlake.cli.client import ServiceError, path_segment
from harlake.cli.options import filters, service
from harlake.cli.output_file import output_file
from harlake.cli.progress import Progress
from harlake.cli.raw_output import write_raw
from harlake.cli.service import Service
from harlake.cli.sessions import find_session

#: Formats by the ending of a file's name, where none is given.
_FORMATS: Final = {".ndjson": "ndjson", ".jsonl": "ndjson", ".csv": "csv", ".parquet": "parquet"}
#: Encodings by the ending of a file's name: the file is then what the service sends.
_ENCODINGS: Final = {".zst": "zstd", ".gz": "gzip"}
_BINARY: Final = ("parquet",)
_JSON: Final = ("har", "ndjson")


@click.command()
@click.argument("session", metavar="SESSION")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to a file, which appears when it is complete. Its name tells the form: .har, .ndjson, .csv, .parquet; "
    "with .gz or .zst after it, it is compressed. Without it, to standard output.",
)
@click.option(
    "--format", "file_format", metavar="FORM", help="har, ndjson, csv or parquet; har unless the file's name tells."
)
@click.option("--bodies", metavar="WHICH", help="none, text, max:BYTES: without all, or with some bodies.")
@click.option("--fill", is_flag=True, help="Give missing members the specification's defaults, for strict readers.")
@click.option("--csv-raw", is_flag=True, help="Leave texts as they are that a spreadsheet would take for formulas.")
@click.option("--max-part", metavar="SIZE", help="A zip of HARs that are each below a size, as 500MB.")
@click.option("--order", metavar="ORDER", help="time: in chronological order.")
@filters
@service()
def export(
    service: Service,
    session: str,
    output: Path | None,
    file_format: str | None,
    fill: bool,
    csv_raw: bool,
    filters: list[tuple[str, str]],
    **options: str | None,
) -> None:
    """Export a session, as HAR or in another form: all of it, or the entries that pass the filters."""
    encoding = _ENCODINGS.get(output.suffix.lower(), "") if output else ""
    if file_format is None and output is not None:
        file_format = _FORMATS.get((output.with_suffix("") if encoding else output).suffix.lower())
    query = list(filters)
    query += ((name, value) for name, value in {"format": file_format, **options}.items() if value is not None)
    query += ((name, "true") for name, is_set in {"fill": fill, "csv_raw": csv_raw}.items() if is_set)
    if output is None and sys.stdout.isatty() and (file_format in _BINARY or options["max_part"]):
        raise click.UsageError("This is nothing for a terminal: -o says where to write it.")
    with service.connect() as client:
        path = f"/api/har/export/{path_segment(find_session(client, session))}"
        with client.stream("GET", path, query, encoding=encoding) as answer:
            if encoding and answer.headers.get("Content-Encoding") != encoding:
                raise ServiceError(f"the service does not compress this with {encoding}: leave {output.suffix} out")  # type: ignore[union-attr]
            if output is None:
                write_raw(answer.pieces(), is_json=file_format in (None, *_JSON))
                return
            with output_file(output) as file, Progress(output.name, answer.length) as progress:
                for piece in answer.pieces():
                    file.write(piece)
                    progress.advance(piece)
