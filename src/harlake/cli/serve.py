"""``harlake serve`` and ``harlake reindex``: what works on a data folder itself."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from asyncio import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harlake.cli.options import catalog_memory, data_dir, json_option, keep_free, max_entry_bytes, quota, setting
from harlake.cli.output import print_json, print_line
from harlake.cli.service import one_line_errors, open_data_dir
from harlake.settings import Settings

if TYPE_CHECKING:
    from harlake.observability.audit import AuditLog


@click.command()
@setting("host", "Address to listen on.")
@setting("port", "Port to listen on.")
@data_dir
@max_entry_bytes
@keep_free
@quota
@catalog_memory
@setting("sql", "Let clients query the catalog in SQL.")
@setting("log_level", "What to log.", type=click.Choice(["debug", "info", "warning", "error"]))
@setting("log_format", "How to log it.", type=click.Choice(["text", "json"]))
@setting("audit_log", "File to append to who did what.", type=click.Path(path_type=Path, dir_okay=False))
def serve(**options: Any) -> None:
    """Serve the HTTP API until interrupted."""
    from harlake import server
    from harlake.app import create_app
    from harlake.observability import logs
    from harlake.observability.limiters import LimiterRegistry

    settings = Settings(**options)
    logs.configure(settings.log_level, settings.log_format, in_background=True)
    server.shorten_switch_interval()
    with one_line_errors():
        audit = _open_audit_log(settings.audit_log)
        folder = open_data_dir(settings)
    limiters = LimiterRegistry()
    app = create_app(settings, folder, audit=audit, limiters=limiters)
    # uvicorn shuts down, and then raises the signal again: to be told to stop is no failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    logging.getLogger("uvicorn.error").addFilter(_is_no_cancellation)
    server.run(app, host=settings.host, port=settings.port, listening=folder.announce, limiters=limiters)


@click.command()
@data_dir
@catalog_memory
@json_option
def reindex(data_dir: Path, catalog_memory: str, as_json: bool) -> None:
    """Rebuild the catalog from the capture files, with the same ids. The service must not be running."""
    from harlake import memory
    from harlake.observability import logs
    from harlake.store.rebuild import rebuild_catalog

    logs.configure("info")
    memory.use_system_allocator()
    with one_line_errors():
        for capture, entries in rebuild_catalog(data_dir, catalog_memory):
            if as_json:
                print_json({"captureId": str(capture), "entries": entries})
            else:
                print_line(f"{capture}: {entries} entries")


def _open_audit_log(path: Path | None) -> AuditLog | None:
    """Open the audit log, which looks for its file again when the process is told that it was moved away."""
    from harlake.observability.audit import AuditLog

    if path is None:
        return None
    audit = AuditLog(path)
    # In a thread: the signal may come while this one writes a line.
    signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=audit.reopen).start())
    return audit


def _is_no_cancellation(record: logging.LogRecord) -> bool:
    """Keep a traceback out of the log for each request that is cancelled at the end; uvicorn says how many."""
    return not (record.exc_info and isinstance(record.exc_info[1], CancelledError))
