"""``harlake serve``: the service."""

from __future__ import annotations

import logging
import re
import signal
import sys
import threading
from asyncio import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from harlake.access.policy import access_policy, is_exposed
from harlake.cli.commands import Command
from harlake.cli.options import (
    SizeType,
    catalog,
    data_dir,
    grace,
    keep_free,
    max_entry_bytes,
    objects,
    quota,
    setting,
    token_file_option,
)
from harlake.cli.service import one_line_errors, open_data_dir
from harlake.cli.waiting import when_free
from harlake.har.redact.config import LEVEL_NAMES
from harlake.settings import Settings

if TYPE_CHECKING:
    from harlake.observability.audit import AuditLog

_FILE: Final = click.Path(path_type=Path, dir_okay=False)

_log = logging.getLogger(__name__)


def _root_path(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Return a path without a slash at its end; it becomes part of links."""
    if re.fullmatch(r"(/[A-Za-z0-9._~-]+)*/?", value, re.ASCII) is None:
        raise click.BadParameter("is no path such as /harlake", context, parameter)
    return value.rstrip("/")


@click.command(cls=Command)
@setting("host", "Address to listen on.")
@setting("port", "Port to listen on; 0 for any that is free.", type=click.IntRange(0, 65_535))
@setting("uds", "Unix socket to listen on, instead of an address.", type=_FILE)
@setting("allowed_host", "Name that Host may have; *.NAME for all below it. May be repeated.", multiple=True)
@token_file_option
@setting("require_token", "Demand tokens on loopback as well.", is_flag=True)
@setting("insecure", "Demand no tokens, whoever reaches the address.", is_flag=True)
@setting("ssl_certfile", "Certificate chain, for https.", type=_FILE)
@setting("ssl_keyfile", "Its private key, where it is not in the same file.", type=_FILE)
@setting("root_path", "Path below which a reverse proxy has the service, as /harlake.", callback=_root_path)
@data_dir
@catalog
@objects
@grace
@max_entry_bytes
@setting("max_upload_bytes", "What one upload may have.", type=SizeType(), show_default="any number")
@setting("request_memory", "What requests with large entries may hold together.", type=SizeType(1))
@keep_free
@quota
@setting("sql", "Let clients query the catalog in SQL.")
@setting("redact", "Take secrets out for all without the scope raw.", type=click.Choice(LEVEL_NAMES))
@setting("mcp", "Let assistants look by MCP at /mcp, less their secrets.", type=click.Choice([*LEVEL_NAMES, "raw"]))
@setting("log_level", "What to log.", type=click.Choice(["debug", "info", "warning", "error"]))
@setting("log_format", "How to log it.", type=click.Choice(["text", "json"]))
@setting("audit_log", "File to append to who did what.", type=click.Path(path_type=Path, dir_okay=False))
def serve(**options: Any) -> None:
    """Serve the HTTP API until interrupted."""
    from harlake import server
    from harlake.app import create_app
    from harlake.observability import logs
    from harlake.observability.limiters import LimiterRegistry
    from harlake.observability.metrics import Metrics
    from harlake.store.backends import CATALOG

    settings = Settings(**options)
    logs.configure(settings.log_level, settings.log_format, in_background=True)
    server.shorten_switch_interval()
    with one_line_errors():
        access = access_policy(settings)
        if settings.insecure and is_exposed(settings):
            _log.warning("--insecure: everybody who reaches %s can read and remove everything", settings.host)
        audit = _open_audit_log(settings.audit_log)
        folder = when_free(lambda: open_data_dir(settings))
    limiters = LimiterRegistry()
    metrics = Metrics(settings.data_dir / CATALOG, limiters)
    with one_line_errors():
        app = create_app(settings, folder, audit=audit, limiters=limiters, metrics=metrics, access=access)
    # uvicorn shuts down, and then raises the signal again: to be told to stop is no failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    logging.getLogger("uvicorn.error").addFilter(_is_no_cancellation)
    server.run(
        app,
        host=settings.host,
        port=settings.port,
        uds=settings.uds,
        ssl_certfile=settings.ssl_certfile,
        ssl_keyfile=settings.ssl_keyfile,
        listening=folder.announce,
        limiters=limiters,
        refused=metrics.refuse,
    )


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
