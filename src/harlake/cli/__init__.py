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

import harlake
from harlake import memory
from harlake.cli.entries import entries, search_command, show
from harlake.cli.export import export
from harlake.cli.gc import gc
from harlake.cli.import_files import import_files
from harlake.cli.output import text
from harlake.cli.reports import diff, stats
from harlake.cli.serve import serve
from harlake.cli.sessions import sessions, sql_command
from harlake.cli.store import backup, check, migrate, reindex, restore
from harlake.cli.token import token
from harlake.cli.validate import validate

_STANDARD_ERROR: Final = 2

#: What a command writes, and what DuckDB writes for it, is its user's only.
_UMASK: Final = 0o077


class _Commands(click.Group):
    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        """Read the arguments before the command's name."""
        with _printable_errors():
            return super().make_context(*arguments, **more)

    def invoke(self, context: click.Context) -> Any:
        """Run a command; what it cannot read or write ends it with one line."""
        os.umask(_UMASK)
        memory.use_system_allocator()
        _hold_standard_streams()
        with _printable_errors():
            try:
                return super().invoke(context)
            except OSError as error:
                # What is still to be written to standard output cannot be, and must not be tried again at the end.
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                if isinstance(error, BrokenPipeError):  # whoever read has seen enough
                    context.exit(1)
                name = f"{error.filename}: " if error.filename else ""
                raise click.ClickException(f"{name}{error.strerror or error}") from error


@contextmanager
def _printable_errors() -> Iterator[None]:
    """Let errors that end the process say nothing that a terminal obeys: they quote files, servers and arguments."""
    try:
        yield
    except click.ClickException as error:
        message = text(error.format_message())
        error.format_message = lambda: message  # type: ignore[method-assign]
        raise


def _hold_standard_streams() -> None:
    """Let no file or socket become a standard stream that is closed: uvloop refuses to close those."""
    while (opened := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:  # the lowest that is free
        pass
    os.close(opened)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(harlake.__version__)
def main() -> None:
    """Take in HAR files of any size, keep them losslessly, find what is in them, stream them back out."""


for command in (
    serve,
    import_files,
    export,
    validate,
    sessions,
    entries,
    show,
    search_command,
    stats,
    diff,
    sql_command,
    check,
    reindex,
    gc,
    backup,
    restore,
    migrate,
    token,
):
    main.add_command(command)
