"""The command line: everything that the service does, on a running one or on a data folder.

Strategy: commands speak the HTTP API, to a service elsewhere or to one that the process serves to itself for as long
as it runs. So there is one importer and one exporter, and one set of errors.

What takes long to import is imported where it is needed: a command that talks to a service needs none of it.
"""

from __future__ import annotations

from harlake.cli.interrupts import end_on_sigterm

end_on_sigterm()  # before all else: the rest takes half a second to import

# ruff: noqa: E402
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import click

from harlake import memory
from harlake.cli.commands import LazyCommands
from harlake.cli.exit_statuses import INTERRUPTED, UNAVAILABLE, UnavailableError
from harlake.cli.output import text

if "_HARLAKE_COMPLETE" in os.environ:
    from harlake.cli import completion as completion

_STANDARD_ERROR: Final = 2

#: What a command writes, and what DuckDB writes for it, is its user's only.
_UMASK: Final = 0o077


class _Commands(LazyCommands):
    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        """Read the arguments before the command's name."""
        with _printable_errors(), _ending_when_interrupted():
            return super().make_context(*arguments, **more)

    def invoke(self, context: click.Context) -> Any:
        """Run a command; what it cannot read or write ends it with one line."""
        os.umask(_UMASK)
        memory.use_system_allocator()
        _hold_standard_streams()
        with _printable_errors(), _ending_when_interrupted():
            try:
                return super().invoke(context)
            except OSError as error:
                # What is still to be written to standard output cannot be, and must not be tried again at the end.
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                if isinstance(error, BrokenPipeError):  # whoever read has seen enough
                    context.exit(UNAVAILABLE)
                name = f"{error.filename}: " if error.filename else ""
                raise UnavailableError(f"{name}{error.strerror or error}") from error


@contextmanager
def _printable_errors() -> Iterator[None]:
    """Let errors that end the process say nothing that a terminal obeys: they quote files, servers and arguments."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise  # its message is lines of help
    except click.ClickException as error:
        message = text(error.format_message())
        error.format_message = lambda: message  # type: ignore[method-assign]
        raise


@contextmanager
def _ending_when_interrupted() -> Iterator[None]:
    """Let Ctrl-C end the command with a status of its own: click has that of problems for it."""
    try:
        yield
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nAborted!", err=True)
        raise click.exceptions.Exit(INTERRUPTED) from None


def _hold_standard_streams() -> None:
    """Let no file or socket become a standard stream that is closed: uvloop refuses to close those."""
    while (opened := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:  # the lowest that is free
        pass
    os.close(opened)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`harlake help COMMAND` says what one takes; docs/cli.md has examples.",
)
@click.version_option(None, "-V", "--version", package_name="harlake")
def main() -> None:
    """Take in HAR files of any size, keep them losslessly, find what is in them, stream them back out."""
