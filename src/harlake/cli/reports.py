"""``harlake stats`` and ``harlake diff``: what a session adds up to, and what has changed since another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import click

from harlake.cli.client import path_segment
from harlake.cli.options import filters, json_option, service
from harlake.cli.output import Column, cell, print_json, print_line, print_table, size_text, text
from harlake.cli.service import Service
from harlake.cli.sessions import find_session

#: What `--fail-on` takes.
_CHANGES: Final = ("added", "removed", "changed", "status", "size", "time", "mime")

_GROUPS: Final = (
    ("hosts", "host", "HOST"),
    ("types", "type", "TYPE"),
    ("statuses", "status", "STATUS"),
    ("methods", "method", "METHOD"),
    ("mimeTypes", "mimeType", "MEDIA TYPE"),
)
_ENTRIES: Final = (
    Column("ID", "id"),
    Column("METHOD", "method"),
    Column("STATUS", "status", "number"),
    Column("SIZE", "contentSize", "bytes"),
    Column("TIME", "time", "ms"),
    Column("URL", "url"),
)


@click.command()
@click.argument("session", metavar="SESSION")
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


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@click.option(
    "--fail-on",
    metavar="CHANGES",
    help=f"End with exit status 1 where there are such: some of {', '.join(_CHANGES)}, with commas between.",
)
@json_option
@filters
@service()
def diff(
    service: Service,
    before: str,
    after: str,
    fail_on: str | None,
    as_json: bool,
    filters: list[tuple[str, str]],
) -> None:
    """Compare two sessions by method and URL: what session B has that A has not, and what changed."""
    changes = [one.strip() for one in fail_on.split(",")] if fail_on else []
    if unknown := [one for one in changes if one not in _CHANGES]:
        raise click.UsageError(f"--fail-on {unknown[0]!r} is not allowed; it takes {', '.join(_CHANGES)}.")
    with service.connect() as client:
        first, second = (path_segment(find_session(client, one)) for one in (before, after))
        answer = client.get(f"/api/sessions/{first}/diff/{second}", filters)
    if as_json:
        print_json(answer)
    else:
        for line in _differences(answer):
            print_line(line)
    counts = answer["counts"] | (answer["counts"].get("changedBy") or {})
    if failing := [f"{counts[one]:,} {one}" for one in changes if counts.get(one)]:
        raise click.ClickException(f"differences: {', '.join(failing)}")


def _print_group(rows: list[dict[str, Any]], member: str, title: str) -> None:
    if not rows:
        return
    flat = [
        row | {f"{name}.{key}": value for name in ("time",) for key, value in (row.get(name) or {}).items()}
        for row in rows
    ]
    columns = [
        Column(title, member),
        Column("ENTRIES", "count", "count"),
        Column("FAILED", "errors", "count"),
        Column("SIZE", "contentBytes", "bytes"),
        *(Column(key.upper(), f"time.{key}", "ms") for key in ("p50", "p90", "p99", "max")),
    ]
    print_line()
    print_table(flat, [column for column in columns if any(column.member in row for row in flat)])


def _differences(answer: dict[str, Any]) -> Iterator[str]:
    for mark, name in (("+", "added"), ("-", "removed")):
        for endpoint in answer.get(name, ()):
            statuses = ", ".join(str(status) for status in endpoint.get("statuses") or ())
            count, shown = endpoint.get("count", 1), f"{endpoint['method']} {endpoint['url']}"
            yield f"{mark} {shown}  {count} × {statuses}".rstrip(" ×")
    for endpoint in answer.get("changed", ()):
        changes = ", ".join(_change(endpoint, change) for change in endpoint.get("changes") or ())
        yield f"~ {endpoint['method']} {endpoint['url']}  {changes}"
    counts = answer["counts"]
    yield ", ".join(f"{counts.get(name, 0):,} {name}" for name in ("added", "removed", "changed", "same"))


def _change(endpoint: dict[str, Any], change: str) -> str:
    """Say how something changed, where the two sides tell."""
    ratio = endpoint.get(f"{change}Ratio")
    if isinstance(ratio, (int, float)):
        return f"{change} × {ratio:.2f}"
    names = {"status": "statuses", "mime": "mimeTypes"}
    sides = [endpoint.get(side) or {} for side in "ab"]
    before, after = (side.get(names.get(change, change), side.get(change)) for side in sides)
    if before is None or after is None:
        return change
    return f"{change} {text(before)} → {text(after)}"
