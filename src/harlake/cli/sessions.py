"""``harlake sessions`` and ``harlake sql``; and how a session is found by what a user calls it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from itertools import chain
from typing import Any, Final

import click

from harlake.cli.client import Client
from harlake.cli.options import json_option, service
from harlake.cli.output import Column, print_json, print_lines, print_table
from harlake.cli.service import Service

_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

_COLUMNS: Final = (
    Column("ID", "id"),
    Column("CREATED", "createdAt"),
    Column("CAPTURES", "captureCount", "count"),
    Column("ENTRIES", "entryCount", "count"),
    Column("NAME", "name"),
)


@click.command()
@json_option
@service()
def sessions(service: Service, as_json: bool) -> None:
    """List all sessions, newest first."""
    with service.connect() as client:
        print_lines(client.get("/api/sessions")["sessions"], _COLUMNS, as_json=as_json)


@click.command()
@click.argument("query", metavar="SELECT")
@json_option
@service()
def sql_command(service: Service, query: str, as_json: bool) -> None:
    """Ask the catalog in SQL: one SELECT over sessions, captures, pages and entries; - reads it from standard input.

    DESCRIBE entries lists what an entry has. Nothing can be changed.
    """
    if query == "-":
        query = sys.stdin.read()
    with service.connect() as client, client.stream("POST", "/api/sql", body={"sql": query}) as answer:
        rows = answer.lines()
        if as_json:
            for row in rows:
                print_json(row)
        else:
            _print_rows(rows)


def find_session(client: Client, session: str) -> str:
    """Return the id of a session, given by its id, a unique beginning of that, or its unique name."""
    if _ID.fullmatch(session):
        return session
    known: list[dict[str, Any]] = client.get("/api/sessions")["sessions"]
    named = [one["id"] for one in known if one["name"] == session]
    prefixed = [one["id"] for one in known if session and one["id"].startswith(session.lower())]
    for ids, what in ((named, "sessions have the name"), (prefixed, "sessions have ids that begin with")):
        if len(ids) == 1:
            return str(ids[0])
        if ids:
            raise click.ClickException(f"{len(ids)} {what} {session!r}: {', '.join(ids[:10])}")
    raise click.ClickException(f"no session has the id or the name {session!r}")


def _print_rows(rows: Iterable[dict[str, Any]]) -> None:
    rows = iter(rows)
    first = next(rows, None)
    if first is not None:
        numbers = (int, float)
        columns = [
            Column(name, name, "number" if isinstance(value, numbers) and not isinstance(value, bool) else "text")
            for name, value in first.items()
        ]
        print_table(chain([first], rows), columns)
