"""``harlake redact``: a file without its secrets, for somebody else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, Final, cast

import click
import msgspec

from harlake.cli.commands import Command
from harlake.cli.completion import complete_file
from harlake.cli.exit_statuses import NotFoundError
from harlake.cli.options import quiet_option
from harlake.cli.output import print_done, print_json
from harlake.cli.output_file import STANDARD_OUTPUT, output_file
from harlake.cli.progress import Progress
from harlake.cli.redaction import CONFIG_HELP, KEY_HELP, file_content, kept_key
from harlake.errors import HarlakeError
from harlake.har.redact.config import LEVEL_NAMES, parse_config
from harlake.har.redact.redactor import Redactor
from harlake.har.redact.review import Review
from harlake.limits import MIB
from harlake.upload.file_redaction import FileRedaction

_PIECE: Final = MIB
_JOURNAL_BYTES: Final = MIB


@click.command(cls=Command)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), shell_complete=complete_file)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to a file, which appears when it is complete, and has passed the leak check.",
)
@click.option("--level", type=click.Choice(LEVEL_NAMES), help="How far to go; secrets unless the configuration tells.")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=CONFIG_HELP,
)
@click.option(
    "--key",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=KEY_HELP,
)
@click.option(
    "--report", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the report as JSON."
)
@click.option("--dry-run", is_flag=True, help="Write nothing but the report, to standard output.")
@quiet_option
def redact(
    file: Path,
    output: Path | None,
    level: str | None,
    config: Path | None,
    key: Path | None,
    report: Path | None,
    dry_run: bool,
) -> None:
    """Take the secrets out of a HAR file, without a store.

    The file is read twice, and so cannot be standard input. Nobody can promise that all secrets are found: the report
    says what was done, and docs/sharing.md what remains to be looked at.
    """
    if output is None and not dry_run:
        raise click.UsageError("-o says where to write it, or --dry-run that it is not to be written.")
    if str(file) == STANDARD_OUTPUT:
        raise click.UsageError("The file is read twice: standard input cannot be.")
    try:
        settings = parse_config(b"{}" if config is None else file_content(config), level)
        if key is not None:
            settings = replace(settings, key=kept_key(key))
        redactor = Redactor(settings, Review() if dry_run or report is not None else None)
        with SpooledTemporaryFile(_JOURNAL_BYTES) as journal:
            redaction = FileRedaction(redactor, cast("BinaryIO", journal))
            for _ in redaction.learn(_pieces(file)):
                pass
            if redaction.left_out:
                print(f"{file}: entries that cannot be read are left out: {redaction.left_out:,}", file=sys.stderr)
            _write(redaction.redacted(_pieces(file)), None if dry_run else output)
    except HarlakeError as error:
        place = f":{error.line}:{error.column}" if error.line is not None else ""
        raise click.ClickException(f"{file}{place}: {error}") from error
    answer = redactor.report().answer()
    if report is not None:
        with output_file(report) as out:
            out.write(msgspec.json.format(msgspec.json.encode(answer)) + b"\n")
    _say(answer, None if dry_run else output)


def _write(pieces: Iterator[bytes], output: Path | None) -> None:
    if output is None:
        for _ in pieces:
            pass
        return
    with output_file(output) as out:
        for piece in pieces:
            out.write(piece)


def _say(answer: dict[str, Any], output: Path | None) -> None:
    if output is None:
        print_json(answer)
        return
    found = sum(one["count"] for one in answer["found"])
    print_done(f"{output}: {found:,} secrets taken out, and {answer['propagated']:,} more where they occur again")
    if answer["notPropagated"]:
        print_done(f"{output}: {answer['notPropagated']:,} more values, too many to be looked for elsewhere")


def _pieces(file: Path) -> Iterator[bytes]:
    """Yield a file from its beginning, and show how far it is."""
    try:
        with file.open("rb") as source, Progress(file.name, file.stat().st_size) as progress:
            while piece := source.read(_PIECE):
                yield piece
                progress.advance(piece)
    except OSError as error:
        raise NotFoundError(f"{file}: {error.strerror}") from error
