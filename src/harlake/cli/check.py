"""``harlake check``: sessions against a budget; without a session, the store itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from harlake.cli.budget_file import budget_option, not_worse_option, read_budget
from harlake.cli.commands import Command
from harlake.cli.completion import complete_session_or_file
from harlake.cli.exit_statuses import PROBLEMS
from harlake.cli.options import filters, json_option, service
from harlake.cli.report.of_check import check_report
from harlake.cli.report.output import format_option, output_option, print_report
from harlake.cli.service import Service
from harlake.cli.sides import opened_sides


@click.command(cls=Command, paged=True)
@click.argument("sessions", metavar="[RUN]...", nargs=-1, shell_complete=complete_session_or_file)
@budget_option
@click.option(
    "--baseline",
    metavar="RUN",
    multiple=True,
    help="What to compare with; given several times, several runs of the same.",
    shell_complete=complete_session_or_file,
)
@not_worse_option
@click.option("--repair", is_flag=True, help="Without a RUN: mend what can be mended without losing anything.")
@format_option
@json_option
@output_option
@filters
@service()
def check(service: Service, sessions: Sequence[str], repair: bool, as_json: bool, **options: Any) -> None:
    """Check a session or file against a budget: counts, bytes, times, forbidden requests, required headers.

    Several sessions are runs of the same: the median of each measure counts. The exit status is 1 where a rule is not
    kept, or where what it is about is not known.

    A RUN is a session, a capture or a file. Without any, check that all that is stored is whole, and that catalog,
    index and captures agree; a line a finding. The exit status is 1 where something is wrong and not mended. A service
    must not have the folder open.
    """
    if not sessions:
        _check_store(service, repair=repair, as_json=as_json, **options)
    elif repair:
        raise click.UsageError("--repair is for the store, and takes no RUN.")
    else:
        _check_sessions(service, sessions, as_json=as_json, **options)


def _check_store(
    service: Service, *, repair: bool, as_json: bool, report_format: str | None, filters: Any, **options: Any
) -> None:
    given = [name for name, value in options.items() if value]
    if given or filters or report_format not in (None, "text", "json"):
        raise click.UsageError("A budget is for a RUN, and so are its options: harlake check RUN --budget FILE.")
    if service.is_named:
        raise click.UsageError("--server: a store is checked in its folder; --data-dir says where.")
    from harlake.cli.store_check import check_store

    if not check_store(service.settings, repair=repair, as_json=as_json or report_format == "json"):
        click.get_current_context().exit(PROBLEMS)


def _check_sessions(
    service: Service,
    sessions: Sequence[str],
    *,
    as_json: bool,
    budget: Path | None,
    baseline: Sequence[str],
    not_worse: bool,
    report_format: str | None,
    output: Path | None,
    filters: list[tuple[str, str]],
) -> None:
    if budget is None:
        raise click.UsageError("--budget says what the session may have.")
    if not_worse and not baseline:
        raise click.UsageError("--not-worse needs a --baseline.")
    body = read_budget(budget, filters, not_worse=not_worse)
    with opened_sides(service, baseline, sessions) as (client, sides):
        body["baseline"], body["sessions"] = sides
        with client.stream("POST", "/api/check", body=body) as answered:
            answer = answered.json()
    report = check_report(answer)
    print_report(answer, report, report_format or ("json" if as_json else "text"), output)
    if report.failing:
        click.get_current_context().exit(PROBLEMS)
