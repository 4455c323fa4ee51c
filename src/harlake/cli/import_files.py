"""``harlake import``: files into sessions."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

import click

from harlake.cli.client import Client, ServiceError
from harlake.cli.options import json_option, keep_free, max_entry_bytes, quota, service
from harlake.cli.output import print_json, print_line, size_text
from harlake.cli.service import Service
from harlake.cli.sessions import find_session
from harlake.cli.upload import find_files, position, refusal, upload


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--session", "name", metavar="NAME", help="Import all files into one new session of that name.")
@click.option("--into", metavar="SESSION", help="Import into this session: an id, its beginning, or a name.")
@json_option
@service(max_entry_bytes, keep_free, quota)
def import_files(service: Service, files: Sequence[str], name: str | None, into: str | None, as_json: bool) -> None:
    """Import HAR files, as they are or compressed with gzip or zstd; - is standard input.

    Each file makes a session of its own, unless they are told where to go. A file that cannot be imported leaves
    nothing behind; the others are imported nevertheless, and the exit status is 1.
    """
    if name is not None and into is not None:
        raise click.UsageError("--session and --into exclude each other.")
    if name is not None and not name.strip():
        raise click.UsageError("--session is empty.")
    paths = find_files(files)
    failed = False
    with service.connect(creating=True) as client:
        target: dict[str, str] = {"sessionName": name} if name else {}
        if into is not None:
            target = {"sessionId": find_session(client, into)}
        for file in paths:
            try:
                answer = _import(client, file, target, as_json)
            except click.ClickException as error:
                failed = True
                message = refusal(file, error) if isinstance(error, ServiceError) else error.message
                print_line(f"Error: {message}", err=True)
            else:
                if name is not None:
                    target = {"sessionId": answer["sessionId"]}
    if failed:
        sys.exit(1)


def _import(client: Client, file: str, target: dict[str, str], as_json: bool) -> Any:
    began = time.monotonic()
    answer = upload(client, "/api/har/import", file, target)
    seconds = time.monotonic() - began
    if as_json:
        print_json({"file": file} | answer)
        return answer
    imported, total = answer["imported"], answer["total"]
    entries = f"{imported:,} entries" if imported == total else f"{imported:,} of {total:,} entries"
    size = answer["uploadBytes"]
    print_line(
        f"{file}: {entries} into {answer['sessionId']} ({answer['sessionName']}), "
        f"{size_text(size)} in {seconds:.1f} s, {size / seconds / 1e6:.0f} MB/s"
    )
    for problem in answer["errors"]:
        reason = f"entry {problem['entry']} was left out: {problem['reason']}"
        print_line(f"{file}{position(problem)}: {reason}", err=True)
    for warning in answer["warnings"]:
        print_line(f"{file}: {warning}", err=True)
    return answer
