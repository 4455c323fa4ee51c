"""Options that say which secrets are taken out, and the files that they name."""

from __future__ import annotations

import functools
import secrets
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from harlake.cli.commands import Option
from harlake.cli.exit_statuses import NotFoundError
from harlake.cli.options import Decorated
from harlake.cli.output_file import output_file
from harlake.errors import HarlakeError
from harlake.har.redact.config import LEVEL_NAMES, checked_key
from harlake.har.redact.pseudonyms import KEY_BYTES

_GROUP: Final = "Redaction"
_FILE: Final = click.Path(path_type=Path, dir_okay=False)
#: What --config and --key are for.
CONFIG_HELP: Final = "JSON: names, headers, values, paths and patterns that are, or are not, secrets."
KEY_HELP: Final = (
    "A key to keep: with it, equal secrets of several files become the same. It is made if it is not there."
)


def redaction(command: Decorated) -> Decorated:
    """Options of which the command gets the parameter ``redact``: a level, a configuration in JSON, or None."""

    @functools.wraps(command)
    def called(redact: str | None, redact_config: Path | None, redact_key: Path | None, **options: Any) -> None:
        command(redact=_parameter(redact, redact_config, redact_key), **options)

    option = functools.partial(click.option, cls=Option, group=_GROUP)
    option("--redact-key", type=_FILE, metavar="FILE", help=KEY_HELP)(called)
    option("--redact-config", type=_FILE, metavar="FILE", help=CONFIG_HELP)(called)
    option(
        "--redact",
        type=click.Choice(LEVEL_NAMES),
        help="Take secrets out, as far as they are found.",
    )(called)
    return called  # type: ignore[return-value]


def _parameter(level: str | None, config: Path | None, key: Path | None) -> str | None:
    if config is None and key is None:
        return level
    try:
        asked = {} if config is None else msgspec.json.decode(file_content(config), type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise click.ClickException(f"{config}: {error}") from error
    asked |= {} if level is None else {"level": level}
    asked |= {} if key is None else {"key": kept_key(key).decode()}
    return msgspec.json.encode(asked).decode()


def file_content(file: Path) -> bytes:
    """Return what a file holds. Raises NotFoundError."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFoundError(f"{file}: {error.strerror}") from error


def kept_key(file: Path) -> bytes:
    """Return the key that a file holds; one is drawn, and written into it, if it is not there."""
    if not file.exists():
        with output_file(file) as out:
            out.write(secrets.token_hex(KEY_BYTES).encode() + b"\n")
    try:
        return checked_key(file_content(file).strip())
    except HarlakeError as error:
        raise click.ClickException(f"{file}: {error}") from error
