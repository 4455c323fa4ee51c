"""``harlake captures``: the files that were imported into a session; and removing one, which undoes its import."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

import click

from harlake.cli.changes import confirm
from harlake.cli.client import Client, path_segment
from harlake.cli.commands import Command
from harlake.cli.completion import complete_session
from harlake.cli.exit_statuses import NotFoundError, WrongUsageError
from harlake.cli.options import json_option, quiet_option, service
from harlake.cli.output import print_done, print_json
from harlake.cli.raw_output import write_raw
from harlake.cli.service import Service
from harlake.cli.sessions import begins_with, find_session
from harlake.cli.tables import Column, print_lines

_COLUMNS: Final = (
    Column("ID", "id", "id"),
    Column("IMPORTED", "createdAt", "instant"),
    Column("ENTRIES", "entryCount", "count"),
    Column("SIZE", "uploadBytes", "bytes"),
    Column("STORED", "storedBytes", "bytes", needed=False),
    Column("SHA-256", "sha256", "id", needed=False),
    Column("FILE", "fileName", shrinks=True),
)
_GAP_COLUMNS: Final = (
    Column("GAP", "number", "count"),
    Column("BYTE", "byte", "count"),
    Column("LENGTH", "length", "bytes"),
    Column("LINE", "line", "count"),
    Column("REASON", "reason", shrinks=True),
)


@click.command(cls=Command, paged=True)
@click.argument("session", metavar="SESSION", shell_complete=complete_session)
@click.option(
    "--remove",
    metavar="CAPTURE",
    multiple=True,
    help="Remove this capture, given by its id or the beginning of that: as if it was never imported.",
)
@click.option("--gaps", metavar="CAPTURE", help="List what is in no entry, of a capture that was made by --salvage.")
@click.option("--gap", type=click.IntRange(0), metavar="NUMBER", help="With --gaps: print the bytes of this one.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask, on a terminal.")
@quiet_option
@json_option
@service()
def captures(
    service: Service,
    session: str,
    remove: Sequence[str],
    gaps: str | None,
    gap: int | None,
    yes: bool,
    as_json: bool,
) -> None:
    """List the captures of a session, the files that were imported into it; or remove some of them."""
    with service.connect() as client:
        found = _captures(client, find_session(client, session))
        if gaps is not None:
            _print_gaps(client, _find(list(found), gaps)["id"], gap, as_json=as_json)
            return
        if not remove:
            print_lines(found, _COLUMNS, as_json=as_json)
            return
        known = list(found)
        chosen = list({one["id"]: one for one in (_find(known, wanted) for wanted in remove)}.values())
        if not yes and sys.stdin.isatty() and sys.stderr.isatty():
            confirm(f"Remove {', '.join(map(_described, chosen))}?")
        for one in chosen:
            with client.stream("DELETE", f"/api/captures/{path_segment(one['id'])}"):
                pass
            if as_json:
                print_json(one)
            else:
                print_done(f"removed {_described(one)}")


def _print_gaps(client: Client, capture: str, number: int | None, *, as_json: bool) -> None:
    """Print what of a damaged file is in no entry, or the bytes of it."""
    path = f"/api/captures/{path_segment(capture)}/gaps"
    if number is None:
        found = client.get(path)["gaps"]
        print_lines(({"number": one} | gap for one, gap in enumerate(found)), _GAP_COLUMNS, as_json=as_json)
        return
    with client.stream("GET", f"{path}/{number}") as answer:
        write_raw(answer.pieces())


def captures_like(client: Client, sha256: str, session: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield the captures of files with that digest, in one session or in all."""
    for one in client.pages("/api/captures", "captures", [("sha256", sha256)]):
        if session in (None, one["sessionId"]):
            yield one


def _captures(client: Client, session: str) -> Iterator[dict[str, Any]]:
    return client.pages(f"/api/sessions/{path_segment(session)}/captures", "captures")


def _find(known: Sequence[dict[str, Any]], wanted: str) -> dict[str, Any]:
    found = [one for one in known if begins_with(one["id"], wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongUsageError(f"{len(found)} captures have ids that begin with {wanted!r}")
    raise NotFoundError(f"no capture of the session has the id {wanted!r}; `harlake captures` lists them")


def _described(capture: dict[str, Any]) -> str:
    return f"{capture['id'][:8]} ({capture['fileName'] or 'without a name'}, {capture['entryCount']:,} entries)"
