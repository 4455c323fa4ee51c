"""``harlake entries``, ``show`` and ``search``: single entries, and where they are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

import click

from harlake.cli.client import Client, ServiceError, parse_json, path_segment
from harlake.cli.commands import Command
from harlake.cli.completion import complete_session
from harlake.cli.options import filters, json_option, service
from harlake.cli.output import print_line, size_text, text, time_text
from harlake.cli.output_file import STANDARD_OUTPUT, output_file
from harlake.cli.raw_output import write_raw
from harlake.cli.redaction import redaction
from harlake.cli.service import Service
from harlake.cli.sessions import find_session
from harlake.cli.tables import Column, print_lines
from harlake.har.raw_json import object_at
from harlake.har.repair.rewriter import BODY_FILTERS
from harlake.har.replay.scripts import SCRIPT_FORMATS

#: Entries per page that is asked for.
_PAGE: Final = 1000

_COLUMNS: Final = (
    Column("ID", "id", "entry"),
    Column("METHOD", "method"),
    Column("STATUS", "status", "number"),
    Column("TYPE", "type", needed=False),
    Column("SIZE", "contentSize", "bytes"),
    Column("TIME", "time", "ms"),
    Column("URL", "url", shrinks=True),
)
_HITS: Final = (Column("ENTRY", "entry", "entry"), Column("WHERE", "where", shrinks=True))


@click.command(cls=Command, paged=True)
@click.argument("session", metavar="SESSION", shell_complete=complete_session)
@click.option("--sort", metavar="FIELD", help="By a field of --json; with - before it, the largest first.")
@click.option("--limit", type=click.IntRange(min=1), help="So many entries at most; all of them without it.")
@json_option
@filters
@service()
def entries(
    service: Service,
    session: str,
    sort: str | None,
    limit: int | None,
    as_json: bool,
    filters: list[tuple[str, str]],
) -> None:
    """List a session's entries: all of them, or those that pass the filters."""
    query = [*filters, *([("sort", sort)] if sort else [])]
    with service.connect() as client:
        path = f"/api/sessions/{path_segment(find_session(client, session))}/entries"
        print_lines(_rows(client, path, query, limit), _COLUMNS, as_json=as_json)


@click.command(cls=Command, paged=True)
@click.argument("entry", metavar="ENTRY")
@click.option("--body", "part", flag_value="response-body", help="Write the response's body, decoded.")
@click.option("--request-body", "part", flag_value="request-body", help="Write the request's body, decoded.")
@click.option("--curl", "part", flag_value="curl", help="Print a curl command that repeats the request.")
@click.option(
    "--format",
    "script_format",
    type=click.Choice(SCRIPT_FORMATS),
    help="With --curl: print a script of this kind instead.",
)
@click.option("--json", "part", flag_value="json", help="Print the entry as it was captured.")
@click.option("--bodies", metavar="WHICH", help=f"With --json: leave out others, and messages: {BODY_FILTERS}.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write that part to a file, which appears when it is complete; - is standard output.",
)
@redaction
@service()
def show(
    service: Service,
    entry: str,
    part: str | None,
    script_format: str | None,
    bodies: str | None,
    redact: str | None,
    output: Path | None,
) -> None:
    """Show an entry: what was asked and what was answered, or one part of it.

    ENTRY is an id, or a short one as `harlake entries` prints it.
    A part that is no text, or has control characters, is not written to a terminal.
    """
    if output is not None and part is None:
        raise click.UsageError("--output is for a part: --body, --request-body, --curl or --json.")
    if script_format is not None and part != "curl":
        raise click.UsageError("--format is for --curl.")
    if bodies is not None and part != "json":
        raise click.UsageError("--bodies is for --json.")
    path = f"/api/entries/{path_segment(entry)}"
    query = [
        (name, value) for name, value in (("format", script_format), ("bodies", bodies), ("redact", redact)) if value
    ]
    with service.connect() as client:
        with client.stream("GET", path if part in (None, "json") else f"{path}/{part}", query) as answer:
            if part is not None:
                _write_part(chain(answer.pieces(), [b"\n"] if part == "json" else []), part, output)
                return
            captured = _captured(answer.read(), levels=3)
        for line in _described(captured if isinstance(captured, dict) else {}):
            print_line(line)


@click.command(cls=Command, paged=True)
@click.argument("session", metavar="SESSION", shell_complete=complete_session)
@click.argument("query", metavar="TEXT")
@click.option("-i", "--ignore-case", is_flag=True, help="Let upper and lower case be the same.")
@click.option("--limit", type=click.IntRange(min=1), help="Stop after so many hits.")
@json_option
@filters
@service()
def search_command(
    service: Service,
    session: str,
    query: str,
    ignore_case: bool,
    limit: int | None,
    as_json: bool,
    filters: list[tuple[str, str]],
) -> None:
    """Search whole entries of a session for a text, bodies included. The exit status is 1 where it is nowhere."""
    has_hits = False

    def hits(client: Client) -> Iterator[dict[str, Any]]:
        nonlocal has_hits
        path = f"/api/sessions/{path_segment(find_session(client, session))}/search"
        others = [(name, value) for name, value in filters if name != "q"]
        others += [("case", "false")] if ignore_case else []
        others += [("limit", str(limit))] if limit else []
        with client.stream("GET", path, [("q", query), *others]) as answer:
            for hit in answer.lines():
                if "done" in hit:
                    return
                has_hits = True
                yield hit
        raise ServiceError("the search was cut off: something failed on the way")

    with service.connect() as client:
        snippet = Column("SNIPPET", "snippet", shrinks=True, around=text(query))
        print_lines(hits(client), (*_HITS, snippet), as_json=as_json)
    if not has_hits:
        sys.exit(1)


def _rows(client: Client, path: str, query: list[tuple[str, str]], limit: int | None) -> Iterator[dict[str, Any]]:
    """Yield rows, a page after the other."""
    cursor: list[tuple[str, str]] = []
    left = limit
    warned = False
    while left is None or left > 0:
        page = client.get(path, [*query, ("limit", str(min(_PAGE, left or _PAGE))), *cursor])
        if not warned:
            for warning in page.get("warnings", ()):
                print_line(f"Warning: {warning}", err=True)
            warned = True
        yield from page["entries"]
        if page["next"] is None:
            return
        cursor = [("cursor", page["next"])]
        left = None if left is None else left - len(page["entries"])


def _write_part(pieces: Iterator[bytes], part: str, output: Path | None) -> None:
    if output is None or str(output) == STANDARD_OUTPUT:
        write_raw(pieces, is_json=part == "json")
        return
    with output_file(output) as file:
        for piece in pieces:
            file.write(piece)


def _captured(value: bytes, levels: int) -> Any:
    """Return captured JSON as a value; of what is nested too deeply, what is not, down to so many levels."""
    try:
        return parse_json(value)
    except RecursionError:
        members = object_at(value).items() if levels else ()
        return {name: _captured(bytes(member), levels - 1) for name, member in members}


def _described(entry: dict[str, Any]) -> Iterator[str]:
    """Yield the lines that show an entry; whatever is missing or odd is left out."""
    request, response = _object(entry, "request"), _object(entry, "response")
    yield f"{text(request.get('method', '?'))} {text(request.get('url', ''))} {text(request.get('httpVersion', ''))}"
    yield from _headers(request)
    yield ""
    yield text(
        f"{response.get('httpVersion', '')} {response.get('status', '')} {response.get('statusText', '')}"
    ).strip()
    yield from _headers(response)
    yield ""
    content = _object(response, "content")
    facts = [
        text(entry.get("startedDateTime", "")),
        _number(entry.get("time"), time_text),
        text(content.get("mimeType", "")),
        _number(content.get("size"), size_text),
        text(response.get("_error") or ""),
    ]
    yield " · ".join(filter(None, facts))
    timings = [f"{text(name)} {_number(value, time_text)}" for name, value in _object(entry, "timings").items()]
    yield " · ".join(one for one in timings if not one.endswith(" "))


def _headers(message: dict[str, Any]) -> Iterator[str]:
    headers = message.get("headers")
    for header in headers if isinstance(headers, list) else ():
        if isinstance(header, dict):
            yield f"{text(header.get('name', ''))}: {text(header.get('value', ''))}"


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def _number(value: Any, written: Any) -> str:
    return str(written(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
