"""``harlake sessions``; and how a session is found by what a user calls it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import click

from harlake.cli.client import Client, path_segment
from harlake.cli.commands import Command
from harlake.cli.completion import complete_session
from harlake.cli.exit_statuses import NotFoundError, WrongUsageError
from harlake.cli.options import json_option, service
from harlake.cli.service import Service
from harlake.cli.tables import Column, print_lines

_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

#: Digits that the beginning of an id has at least.
_SHORTEST: Final = 4

_COLUMNS: Final = (
    Column("ID", "id", "id"),
    Column("CREATED", "createdAt", "instant"),
    Column("CAPTURES", "captureCount", "count", needed=False),
    Column("ENTRIES", "entryCount", "count"),
    Column("NAME", "name", shrinks=True),
)


@click.command(cls=Command, paged=True)
@click.argument("wanted", metavar="[SESSION]...", nargs=-1, shell_complete=complete_session)
@click.option("--new", "name", metavar="NAME", help="Make an empty session of that name, to import into.")
@json_option
@service()
def sessions(service: Service, wanted: Sequence[str], name: str | None, as_json: bool) -> None:
    """List all sessions, newest first, or those that are named."""
    if name is not None and (wanted or not name.strip()):
        raise click.UsageError("--new takes a name, and no SESSION.")
    with service.connect(creating=name is not None) as client:
        if name is not None:
            with client.stream("POST", "/api/sessions", body={"name": name}) as answer:
                rows: Iterable[dict[str, Any]] = [answer.json()]
        elif wanted:
            rows = (client.get(f"/api/sessions/{path_segment(find_session(client, one))}") for one in wanted)
        else:
            rows = all_sessions(client)
        print_lines(rows, _COLUMNS, as_json=as_json)


def find_session(client: Client, session: str) -> str:
    """Return the id of a session, given by its id, a unique beginning of that, or its unique name."""
    if _ID.fullmatch(session):
        return session
    named, prefixed = [], []
    for one in all_sessions(client):
        if one["name"] == session:
            named.append(one["id"])
        if begins_with(one["id"], session):
            prefixed.append(one["id"])
    for ids, what in ((named, "sessions have the name"), (prefixed, "sessions have ids that begin with")):
        if len(ids) == 1:
            return str(ids[0])
        if ids:
            raise WrongUsageError(f"{len(ids)} {what} {session!r}: {', '.join(ids[:10])}")
    raise NotFoundError(f"no session has the id or the name {session!r}; `harlake sessions` lists them")


def begins_with(full_id: str, given: str) -> bool:
    """Return whether an id is meant by its beginning: by enough of it, for a mistyped name is not to be one."""
    return len(given) >= _SHORTEST and full_id.startswith(given.lower())


def all_sessions(client: Client) -> Iterator[dict[str, Any]]:
    """Yield all sessions, newest first, a page after the other."""
    return client.pages("/api/sessions", "sessions")
