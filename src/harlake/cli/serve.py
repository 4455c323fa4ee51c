"""``harlake serve`` and ``harlake reindex``: what works on a data folder itself."""

from __future__ import annotations

import logging
import signal
import sys
from asyncio import CancelledError
from pathlib import Path
from typing import Any

import click

from harlake.cli.options import catalog_memory, data_dir, json_option, keep_free, max_entry_bytes, quota, setting
from harlake.cli.output import print_json, print_line
from harlake.cli.service import one_line_errors, open_data_dir
from harlake.settings import Settings


@click.command()
@setting("host", "Address to listen on.")
@setting("port", "Port to listen on.")
@data_dir
@max_entry_bytes
@keep_free
@quota
@catalog_memory
@setting("sql", "Let clients query the catalog in SQL.")
def serve(**options: Any) -> None:
    """Serve the HTTP API until interrupted."""
    from harlake import server
    from harlake.app import create_app

    _log_to_stderr()
    server.shorten_switch_interval()
    settings = Settings(**options)
    with one_line_errors():
        folder = open_data_dir(settings)
    app = create_app(settings, folder)
    # uvicorn shuts down, and then raises the signal again: to be told to stop is no failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    logging.getLogger("uvicorn.error").addFilter(_is_no_cancellation)
    server.run(app, host=settings.host, port=settings.port, listening=folder.announce)


@click.command()
@data_dir
@catalog_memory
@json_option
def reindex(data_dir: Path, catalog_memory: str, as_json: bool) -> None:
    """Rebuild the catalog from the capture files, with the same ids. The service must not be running."""
    from harlake import memory
    from harlake.store.rebuild import rebuild_catalog

    _log_to_stderr()
    memory.use_system_allocator()
    with one_line_errors():
        for capture, entries in rebuild_catalog(data_dir, catalog_memory):
            if as_json:
                print_json({"captureId": str(capture), "entries": entries})
            else:
                print_line(f"{capture}: {entries} entries")


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    """Keep a traceback out of the log for each request that is cancelled at the end; uvicorn says how many."""
    return not (record.exc_info and isinstance(record.exc_info[1], CancelledError))
