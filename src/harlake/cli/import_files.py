"""``harlake import``: files into sessions."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import click

from harlake.cli.captures import captures_like
from harlake.cli.client import Client, ServiceError
from harlake.cli.commands import Command
from harlake.cli.completion import complete_file, complete_session
from harlake.cli.exit_statuses import WrongUsageError
from harlake.cli.options import json_option, keep_free, max_entry_bytes, quiet_option, quota, service
from harlake.cli.output import print_done, print_json, print_line, size_text
from harlake.cli.redaction import redaction
from harlake.cli.resumable_upload import import_file
from harlake.cli.service import Service
from harlake.cli.sessions import all_sessions, find_session
from harlake.cli.upload import STANDARD_INPUT, file_digest, find_files, position, refusal


@click.command("import", cls=Command)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=complete_file)
@click.option(
    "--session",
    "name",
    metavar="NAME",
    help="Import all files into the session of that name, which is made where there is none.",
    shell_complete=complete_session,
)
@click.option(
    "--into",
    metavar="SESSION",
    help="Import into this session: an id, its beginning, or a name.",
    shell_complete=complete_session,
)
@click.option("--salvage", is_flag=True, help="Take the entries that are whole of files that are damaged.")
@click.option("--skip-existing", is_flag=True, help="Leave files out that are there already, byte for byte.")
@quiet_option
@json_option
@redaction
@service(max_entry_bytes, keep_free, quota)
def import_files(
    service: Service,
    files: Sequence[str],
    name: str | None,
    into: str | None,
    salvage: bool,
    redact: str | None,
    skip_existing: bool,
    as_json: bool,
) -> None:
    """Import HAR files, as they are or compressed, and captures of other programs; - is standard input.

    Each file makes a session of its own, unless they are told where to go. A file that cannot be imported leaves
    nothing behind; the others are imported nevertheless, and the exit status is that of the worst failure.
    """
    if name is not None and into is not None:
        raise click.UsageError("--session and --into exclude each other.")
    if name is not None and not name.strip():
        raise click.UsageError("--session is empty.")
    if skip_existing and STANDARD_INPUT in files:
        raise click.UsageError("--skip-existing is for files: standard input is known only when it has been read.")
    paths = find_files(files)
    ended = 0
    with service.connect(creating=True) as client:
        target = _target(client, name, into)
        how = ({"salvage": "true"} if salvage else {}) | ({"redact": redact} if redact else {})
        for file in paths:
            try:
                if skip_existing and _is_skipped(client, file, target, as_json=as_json):
                    continue
                answer = _import(client, file, target | how, as_json)
            except click.ClickException as error:
                ended = max(ended, error.exit_code)
                message = refusal(file, error) if isinstance(error, ServiceError) else error.message
                print_line(f"Error: {message}", err=True)
            else:
                if name is not None:
                    target = {"sessionId": answer["sessionId"]}
    if ended:
        sys.exit(ended)


def _target(client: Client, name: str | None, into: str | None) -> dict[str, str]:
    """Return the fields that say which session files go to; none where each makes one."""
    if into is not None:
        return {"sessionId": find_session(client, into)}
    if name is None:
        return {}
    ids = [one["id"] for one in all_sessions(client) if one["name"] == name.strip()]
    if len(ids) > 1:
        raise WrongUsageError(f"{len(ids)} sessions have the name {name!r}: --into says which, {', '.join(ids[:10])}")
    return {"sessionId": ids[0]} if ids else {"sessionName": name}


def _is_skipped(client: Client, file: str, target: dict[str, str], *, as_json: bool) -> bool:
    """Return whether a file is in the session that it would go to, or, without one, in any, and say so."""
    if "sessionName" in target:  # a session that is to be made, in which nothing is there already
        return False
    digest = file_digest(file)
    same = next(iter(captures_like(client, digest, target.get("sessionId"))), None)
    if same is None:
        return False
    if as_json:
        print_json({"file": file, "skipped": True, "captureId": same["id"], "sessionId": same["sessionId"]})
    else:
        print_done(f"{file}: is there already, as capture {same['id'][:8]} of {same['sessionName']}")
    return True


def _import(client: Client, file: str, target: dict[str, str], as_json: bool) -> Any:
    began = time.monotonic()
    answer = import_file(client, file, target)
    seconds = time.monotonic() - began
    same = _same_file(client, answer)
    if as_json:
        print_json({"file": file} | answer | {"existing": same["id"] if same else None})
        return answer
    imported, total = answer["imported"], answer["total"]
    entries = f"{imported:,} entries" if imported == total else f"{imported:,} of {total:,} entries"
    size = answer["uploadBytes"]
    print_done(
        f"{file}: {entries} into {answer['sessionName']} ({answer['sessionId'][:8]}), "
        f"{size_text(size)} in {seconds:.1f} s, {size / seconds / 1e6:.0f} MB/s"
    )
    for problem in answer["errors"]:
        reason = f"entry {problem['entry']} was left out: {problem['reason']}"
        print_line(f"{file}{position(problem)}: {reason}", err=True)
    for line in _salvaged(answer):
        print_line(f"{file}{line}", err=True)
    for warning in answer["warnings"]:
        if same is None or same["id"] not in warning:  # that is said below, with more
            print_line(f"{file}: {warning}", err=True)
    if same:
        print_done(f"{file}: the same file was there already, as capture {same['id'][:8]} of {same['sessionName']}")
    return answer


def _salvaged(answer: dict[str, Any]) -> Iterator[str]:
    """Yield what is missing of a file of which only what is whole was taken: a place, and what is wrong there."""
    gaps = answer.get("gaps", [])
    for gap in gaps:
        yield f":{gap['line']}: {gap['length']:,} bytes at byte {gap['byte']:,} are in no entry: {gap['reason']}"
    if answer.get("gapCount", 0) > len(gaps):
        yield f": {answer['gapCount'] - len(gaps):,} more gaps"
    if answer.get("truncated"):
        yield ": the end of the file is missing"
    if answer.get("envelope") == "rebuilt":
        yield ": pages and whatever else is not in entries were not whole: what was is kept"


def _same_file(client: Client, answer: dict[str, Any]) -> dict[str, Any] | None:
    """Return the first capture of the same file that was there before, if there is one."""
    with suppress(ServiceError):  # an earlier service does not know
        return next((one for one in captures_like(client, answer["sha256"]) if one["id"] != answer["captureId"]), None)
    return None
