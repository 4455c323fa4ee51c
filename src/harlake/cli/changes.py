"""``harlake rename`` and ``rm``: what changes a session as a whole."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from harlake.cli.client import path_segment
from harlake.cli.commands import Command
from harlake.cli.completion import complete_session
from harlake.cli.options import json_option, quiet_option, service
from harlake.cli.output import print_done, print_json, text
from harlake.cli.service import Service
from harlake.cli.sessions import find_session


@click.command(cls=Command)
@click.argument("session", metavar="SESSION", shell_complete=complete_session)
@click.argument("name", metavar="NAME")
@quiet_option
@json_option
@service()
def rename(service: Service, session: str, name: str, as_json: bool) -> None:
    """Give a session another name."""
    if not name.strip():
        raise click.UsageError("NAME is empty.")
    with service.connect() as client:
        path = f"/api/sessions/{path_segment(find_session(client, session))}"
        before = client.get(path)
        with client.stream("PATCH", path, body={"name": name}) as answer:
            after = answer.json()
    if as_json:
        print_json(after)
    else:
        print_done(f"{before['name']} is now {after['name']}")


@click.command(cls=Command)
@click.argument("wanted", metavar="SESSION...", nargs=-1, required=True, shell_complete=complete_session)
@click.option("-y", "--yes", is_flag=True, help="Do not ask, on a terminal.")
@quiet_option
@json_option
@service()
def rm(service: Service, wanted: Sequence[str], yes: bool, as_json: bool) -> None:
    """Remove sessions with all their captures.

    On a terminal it asks first. Where one of the sessions is not there, none is removed.
    """
    with service.connect() as client:
        ids = dict.fromkeys(find_session(client, one) for one in wanted)
        found = [client.get(f"/api/sessions/{path_segment(one)}") for one in ids]
        if not yes and sys.stdin.isatty() and sys.stderr.isatty():
            names = ", ".join(f"{one['name']} ({one['entryCount']:,} entries)" for one in found)
            confirm(f"Remove {names}?")
        for one in found:
            with client.stream("DELETE", f"/api/sessions/{path_segment(one['id'])}"):
                pass
            if as_json:
                print_json(one)
            else:
                print_done(f"removed {one['name']}: {one['captureCount']:,} captures, {one['entryCount']:,} entries")


def confirm(question: str) -> None:
    """Ask on the terminal, and end the command where the answer is not yes."""
    click.confirm(text(question), abort=True, err=True)
