"""``harlake validate``: a line for each problem of a file."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click

from harlake.cli.client import Client, ServiceError
from harlake.cli.commands import Command
from harlake.cli.completion import complete_file
from harlake.cli.exit_statuses import PROBLEMS
from harlake.cli.options import json_option, max_entry_bytes, quiet_option, service
from harlake.cli.output import print_done, print_json, print_line
from harlake.cli.service import Service
from harlake.cli.upload import find_files, position, refusal, upload


@click.command(cls=Command)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=complete_file)
@quiet_option
@json_option
@service(max_entry_bytes)
def validate(service: Service, files: Sequence[str], as_json: bool) -> None:
    """Check HAR files without importing them: a line a problem, as FILE:line:column. - is standard input.

    The exit status is 1 where an import would refuse a file or leave an entry out, or where the specification would not
    have it. No data folder is needed.
    """
    paths = find_files(files)
    with service.connect_to_validate() as client:
        ended = max([_validate(client, file, as_json) for file in paths])
    if ended:
        sys.exit(ended)


def _validate(client: Client, file: str, as_json: bool) -> int:
    """Check one file, and return the exit status for it: 0 where all of it is as it should be."""
    try:
        answer = upload(client, "/api/har/validate", file)
    except ServiceError as error:
        if "valid" not in error.answer:
            raise
        if as_json:
            print_json({"file": file} | error.answer)
        else:
            print_line(refusal(file, error))
        return PROBLEMS
    except click.ClickException as error:
        print_line(f"Error: {error.message}", err=True)
        return error.exit_code
    if as_json:
        print_json({"file": file} | answer)
    else:
        *problems, summary = _lines(file, answer)
        for line in problems:
            print_line(line)
        print_done(summary)
    specification = (answer.get("profiles") or {}).get("spec", {})
    is_valid = answer["importable"] == answer["entryCount"] and specification.get("accepted", True)
    return 0 if is_valid else PROBLEMS


def _lines(file: str, answer: dict[str, Any]) -> Iterator[str]:
    problems: list[dict[str, Any]] = answer.get("problems") or []
    known = {problem.get("path") for problem in problems}
    left_out = [problem | {"severity": "error"} for problem in answer["errors"] if problem["path"] not in known]
    for problem in (*problems, *left_out):
        message = problem.get("message") or problem.get("reason")
        path = f" ({problem['path']})" if problem.get("path") else ""
        yield f"{file}{position(problem)}: {problem.get('severity', 'problem')}: {message}{path}"
    for warning in answer["warnings"]:
        yield f"{file}: warning: {warning}"
    counted = sum((answer.get("problemCounts") or {}).values())
    if counted > len(problems):
        yield f"{file}: {counted - len(problems):,} more problems"
    for profile, answered in (answer.get("profiles") or {}).items():
        if not answered.get("accepted", True):
            yield f"{file}: {profile} would not take it: {answered.get('reason')}"
    importable, total = answer["importable"], answer["entryCount"]
    creator = answer["creator"] if isinstance(answer["creator"], dict) else {}
    made = " ".join(str(creator[key]) for key in ("name", "version") if creator.get(key))
    entries = f"{total:,} entries" if importable == total else f"{importable:,} of {total:,} entries importable"
    yield f"{file}: valid, {entries}{f', by {made}' if made else ''}"
