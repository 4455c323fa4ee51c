"""The command line: ``harlake serve`` and ``harlake reindex``. Every option is also a ``HARLAKE_*`` variable."""

from __future__ import annotations

import logging
import signal
import sys
from asyncio import CancelledError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

import harlake
from harlake import server
from harlake.app import create_app
from harlake.errors import HarlakeError
from harlake.settings import Settings
from harlake.store.data_dir import DataDir
from harlake.store.rebuild import rebuild_catalog

Command = TypeVar("Command", bound=Callable[..., None])

_DEFAULTS = Settings()


def _option(name: str, text: str, **more: Any) -> Callable[[Command], Command]:
    """An option that is a setting: its default and its ``HARLAKE_*`` variable have the same name."""
    variable = f"HARLAKE_{name.upper()}"
    more = {"default": getattr(_DEFAULTS, name), "show_default": True} | more
    return click.option(f"--{name.replace('_', '-')}", name, envvar=variable, show_envvar=True, help=text, **more)


_data_dir = _option(
    "data_dir", "Where captures and the catalog are kept.", type=click.Path(path_type=Path, file_okay=False)
)
_catalog_memory = _option("catalog_memory", "DuckDB's memory limit.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(harlake.__version__)
def main() -> None:
    """Take in HAR files of any size, keep them losslessly, stream them back out."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)


@main.command()
@_option("host", "Address to listen on.")
@_option("port", "Port to listen on.")
@_data_dir
@_option("max_entry_bytes", "A longer entry is passed over and counted as failed.")
@_option("keep_free", "Bytes of the disk that imports leave alone.")
@_catalog_memory
def serve(**options: Any) -> None:
    """Serve the HTTP API until interrupted."""
    settings = Settings(**options)
    with _one_line_errors():
        data_dir = _open(settings)
    app = create_app(settings, data_dir)
    # uvicorn shuts down, and then raises the signal again: to be told to stop is no failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    logging.getLogger("uvicorn.error").addFilter(_is_no_cancellation)
    server.run(app, host=settings.host, port=settings.port)


@main.command()
@_data_dir
@_catalog_memory
def reindex(data_dir: Path, catalog_memory: str) -> None:
    """Rebuild the catalog from the capture objects, with the same ids. The service must not be running."""
    with _one_line_errors():
        for capture, entries in rebuild_catalog(data_dir, catalog_memory):
            click.echo(f"{capture}: {entries} entries")


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    """Keep a traceback out of the log for each request that is cancelled at the end; uvicorn says how many."""
    return not (record.exc_info and isinstance(record.exc_info[1], CancelledError))


def _open(settings: Settings) -> DataDir:
    return DataDir(settings.data_dir, keep_free=settings.keep_free, catalog_memory=settings.catalog_memory)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    try:
        yield
    except (HarlakeError, OSError) as error:
        raise click.ClickException(str(error)) from error
