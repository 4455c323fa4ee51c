"""``harlake status``: how a running service is."""

from __future__ import annotations

from typing import Any, Final

import click

from harlake.cli.client import ServiceError
from harlake.cli.commands import Command
from harlake.cli.options import json_option, quiet_option, service
from harlake.cli.output import is_quiet, print_done, print_json, print_line
from harlake.cli.raw_output import write_raw
from harlake.cli.service import Service
from harlake.cli.tables import Column, print_table

_LIMITERS: Final = (
    Column("LIMITER", "name"),
    Column("USED", "borrowed", "count"),
    Column("OF", "total", "count"),
    Column("WAITING", "waiting", "count"),
)


@click.command(cls=Command)
@click.option("--metrics", is_flag=True, help="Print what Prometheus reads.")
@quiet_option
@json_option
@service()
def status(service: Service, metrics: bool, as_json: bool) -> None:
    """Ask a running service how it is: that of --server, or the one that has the data folder.

    The exit status is 0 only where it can work.
    """
    with service.connect_to_running() as client:
        if metrics:
            with client.stream("GET", "/metrics") as answer:
                write_raw(answer.pieces())
            return
        live = client.get("/api/health/live")
        problems: list[str] = []
        try:
            ready = client.get("/api/health/ready")
        except ServiceError as error:
            if "problems" not in error.answer:
                raise
            ready, problems = error.answer, error.answer["problems"]
    if as_json:
        print_json({"version": live["version"]} | ready)
    else:
        _show(live["version"], problems, ready.get("limiters") or {})
    if problems:
        click.get_current_context().exit(1)


def _show(version: str, problems: list[str], limiters: dict[str, Any]) -> None:
    print_done(f"harlake {version}, {'not ready' if problems else 'ready'}")
    for problem in problems:
        print_line(f"Error: {problem}", err=True)
    if not is_quiet():
        used = [{"name": name} | usage for name, usage in limiters.items() if usage["borrowed"] or usage["waiting"]]
        print_table(used, _LIMITERS)
