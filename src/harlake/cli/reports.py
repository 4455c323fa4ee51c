"""``harlake stats``: what a session adds up to."""

from __future__ import annotations

from typing import Any, Final

import click

from harlake.cli.client import path_segment
from harlake.cli.commands import Command
from harlake.cli.completion import complete_session
from harlake.cli.options import filters, json_option, service
from harlake.cli.output import cell, print_json, print_line, size_text
from harlake.cli.service import Service
from harlake.cli.sessions import find_session
from harlake.cli.tables import Column, print_table

_GROUPS: Final = (
    ("hosts", "host", "HOST"),
    ("types", "type", "TYPE"),
    ("statuses", "status", "STATUS"),
    ("methods", "method", "METHOD"),
    ("mimeTypes", "mimeType", "MEDIA TYPE"),
)
_ENTRIES: Final = (
    Column("ID", "id", "entry"),
    Column("METHOD", "method"),
    Column("STATUS", "status", "number"),
    Column("SIZE", "contentSize", "bytes"),
    Column("TIME", "time", "ms"),
    Column("URL", "url", shrinks=True),
)


@click.command(cls=Command, paged=True)
@click.argument("session", metavar="SESSION", shell_complete=complete_session)
@json_option
@filters
@service()
def stats(service: Service, session: str, as_json: bool, filters: list[tuple[str, str]]) -> None:
    """Sum a session up: counts, bytes and times, by host, type, status and more; what was slow, large, or failed."""
    with service.connect() as client:
        answer = client.get(f"/api/sessions/{path_segment(find_session(client, session))}/stats", filters)
    if as_json:
        print_json(answer)
        return
    print_line(
        f"{answer['total']:,} entries, {answer['errors']:,} failed, {size_text(answer.get('contentBytes') or 0)}, "
        f"{answer.get('firstStarted') or '?'} to {answer.get('lastStarted') or '?'}"
    )
    for name in ("time", "wait", "connect"):
        times = answer.get(name) or {}
        shown = [f"{key} {cell(value, 'ms')}" for key, value in times.items() if value is not None]
        if shown:
            print_line(f"{name}: {', '.join(shown)}")
    for group, member, title in _GROUPS:
        _print_group(answer.get(group) or [], member, title)
    for name in ("slowest", "largest", "failures"):
        if answer.get(name):
            print_line()
            print_line(f"{name}:")
            print_table(answer[name], _ENTRIES)
    for warning in answer.get("warnings", ()):
        print_line(f"Warning: {warning}", err=True)


def _print_group(rows: list[dict[str, Any]], member: str, title: str) -> None:
    if not rows:
        return
    flat = [
        row | {f"{name}.{key}": value for name in ("time",) for key, value in (row.get(name) or {}).items()}
        for row in rows
    ]
    columns = [
        Column(title, member, shrinks=True),
        Column("ENTRIES", "count", "count"),
        Column("FAILED", "errors", "count"),
        Column("SIZE", "contentBytes", "bytes"),
        *(Column(key.upper(), f"time.{key}", "ms") for key in ("p50", "p90", "p99", "max")),
    ]
    print_line()
    print_table(flat, [column for column in columns if any(column.member in row for row in flat)])
