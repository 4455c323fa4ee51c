"""``harlake diff``: what has changed from one session to another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from harlake.cli.budget_file import budget_option, not_worse_option, read_budget
from harlake.cli.client import Client
from harlake.cli.commands import Command, Option
from harlake.cli.completion import complete_session_or_file
from harlake.cli.exit_statuses import PROBLEMS
from harlake.cli.options import SizeType, filters, json_option, service
from harlake.cli.output import print_line
from harlake.cli.report.model import Report
from harlake.cli.report.of_check import check_report
from harlake.cli.report.of_diff import diff_report
from harlake.cli.report.output import format_option, output_option, print_report
from harlake.cli.service import Service
from harlake.cli.sides import opened_sides

_FOLDS: Final = ("query", "ids", "hashes", "versions", "sessions")
_KEYS: Final = ("method", "url", "scheme", "host", "path", "query", "query:NAME", "operation")

#: What `--fail-on` takes.
_CHANGES: Final = (
    *("added", "removed", "changed", "count", "status", "size", "transfer", "time", "mime", "type"),
    *("body", "headers", "redirect", "pages", "hosts", "third-parties"),
)


_COMPARISON: Final = "Comparison"
_RATIO: Final = click.FloatRange(min=1)
_LEAST: Final = click.FloatRange(min=0)

#: Options that say how sides are compared, by the names that the API has for them.
_OPTIONS: Final[tuple[tuple[str, tuple[str, ...], dict[str, Any]], ...]] = (
    ("time_ratio", ("--min-ratio", "--time-ratio"), {"type": _RATIO, "help": "Times change from which ratio on; 2."}),
    ("min_ms", ("--min-ms",), {"type": _LEAST, "help": "A smaller difference of times is none; 50."}),
    ("size_ratio", ("--size-ratio",), {"type": _RATIO, "help": "Sizes change from which ratio on; 1.25."}),
    ("min_bytes", ("--min-bytes",), {"type": SizeType(), "help": "A smaller difference of sizes is none; 1024."}),
    ("count_ratio", ("--count-ratio",), {"type": _RATIO, "help": "Counts change from which ratio on; 1.25."}),
    ("min_count", ("--min-count",), {"type": _LEAST, "help": "A smaller difference of counts is none; 1."}),
    ("fold", ("--fold",), {"multiple": True, "help": f"all, none, or some of {', '.join(_FOLDS)}."}),
    ("key", ("--key",), {"multiple": True, "help": f"What tells endpoints apart: some of {', '.join(_KEYS)}."}),
    ("map_host", ("--map-host",), {"multiple": True, "metavar": "OLD=NEW", "help": "Compare a host as another."}),
    ("ignore", ("--ignore",), {"multiple": True, "help": "Parts of the key, changes, or globs of URLs and hosts."}),
    ("folded", ("--folded",), {"is_flag": True, "default": None, "help": "List what was folded into one, too."}),
    ("bodies", ("--bodies",), {"is_flag": True, "default": None, "help": "Read entries: JSON, headers, redirects."}),
)


def _comparison(command: Callable[..., None]) -> Callable[..., None]:
    for name, options, more in reversed(_OPTIONS):
        command = click.option(*options, name, cls=Option, group=_COMPARISON, **more)(command)
    return command


@click.command(cls=Command, paged=True)
@click.argument("before", metavar="A", shell_complete=complete_session_or_file)
@click.argument("after", metavar="B", shell_complete=complete_session_or_file)
@click.option("-a", "--also-a", multiple=True, metavar="RUN", help="Another run of A: their medians are compared.")
@click.option("-b", "--also-b", multiple=True, metavar="RUN", help="Another run of B.")
@click.option(
    "--fail-on",
    metavar="CHANGES",
    help=f"End with exit status 1 where there are such: some of {', '.join(_CHANGES)}, with commas between.",
)
@budget_option
@not_worse_option
@_comparison
@click.option("--limit", type=click.IntRange(min=1), help="So many endpoints of each kind at most.")
@format_option
@json_option
@output_option
@filters
@service()
def diff(
    service: Service,
    before: str,
    after: str,
    also_a: Sequence[str],
    also_b: Sequence[str],
    fail_on: str | None,
    budget: Path | None,
    not_worse: bool,
    report_format: str | None,
    as_json: bool,
    output: Path | None,
    filters: list[tuple[str, str]],
    **options: Any,
) -> None:
    """Compare two sessions, captures or files by method and URL: what B has that A has not, and what changed.

    Of several runs a side, medians are compared, and what A's own runs differ by is no change; a folder, as before/, or
    a pattern stands for all its HARs. With a budget, B is held against that as well, and A is the baseline.
    """
    changes = [one.strip() for one in fail_on.split(",")] if fail_on else []
    if unknown := [one for one in changes if one not in _CHANGES]:
        raise click.UsageError(f"--fail-on {unknown[0]!r} is not allowed; it takes {', '.join(_CHANGES)}.")
    if not_worse and budget is None:
        raise click.UsageError("--not-worse goes with --budget.")
    body = read_budget(budget, filters, not_worse=not_worse) if budget is not None else None
    query = [*filters, *_query(options)]
    with opened_sides(service, [before, *also_a], [after, *also_b]) as (client, (first, second)):
        query += [*(("a", one) for one in first), *(("b", one) for one in second)]
        answer = client.get("/api/diff", query)
        report = diff_report(answer, changes)
        if body is not None:
            answer["check"] = _checked(client, body | {"sessions": second, "baseline": first})
            report = _together(check_report(answer["check"]), report)
    print_report(answer, report, report_format or ("json" if as_json else "text"), output)
    _end(answer, changes, report)


def _query(options: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in options.items():
        for one in value if isinstance(value, tuple) else () if value is None else (value,):
            yield name, str(one).lower() if isinstance(one, bool) else str(one)


def _checked(client: Client, body: dict[str, Any]) -> Any:
    with client.stream("POST", "/api/check", body=body) as answer:
        return answer.json()


def _together(check: Report, diff: Report) -> Report:
    return replace(
        diff,
        counts={**{f"rules {kind}": count for kind, count in check.counts.items()}, **diff.counts},
        items=[*check.items, *diff.items],
        warnings=list(dict.fromkeys([*check.warnings, *diff.warnings])),
    )


def _end(answer: dict[str, Any], changes: list[str], report: Report) -> None:
    """End with the status for differences that matter, and say which do: lists may be cut, what counts is not."""
    counts = answer["counts"] | (answer["counts"].get("changedBy") or {})
    for name, member in (("pages", "pages"), ("hosts", "hosts"), ("third-parties", "thirdParties")):
        of = counts.get(member) or {}
        counts[name] = sum(of.get(kind, 0) for kind in ("added", "removed", "changed"))
    failing = [f"{counts[one]:,} {one}" for one in changes if counts.get(one)]
    if failing:
        print_line(f"Error: differences: {', '.join(failing)}", err=True)
    if failing or report.failing:
        click.get_current_context().exit(PROBLEMS)
