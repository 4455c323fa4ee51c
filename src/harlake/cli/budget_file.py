"""Budgets as files, and the options that name them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click

from harlake.cli.client import parse_json
from harlake.cli.completion import complete_file
from harlake.cli.exit_statuses import NotFoundError, UnavailableError, WrongUsageError
from harlake.limits import KIB

#: What the API takes, about.
_MAX_BYTES: Final = 256 * KIB

budget_option = click.option(
    "--budget",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What may be there at most: a budget of harlake's, or Lighthouse's budget.json.",
    shell_complete=complete_file,
)
not_worse_option = click.option(
    "--not-worse", is_flag=True, help="Let pass what is over the budget, and not worse than in the baseline."
)


def read_budget(file: Path, filters: list[tuple[str, str]], *, not_worse: bool) -> dict[str, Any]:
    """Return the body of a check against a budget, without the sessions. Raises ClickException."""
    try:
        with file.open("rb") as opened:
            text = opened.read(_MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise NotFoundError(f"{file}: no such file") from error
    except OSError as error:
        raise UnavailableError(f"{file}: {error.strerror or error}") from error
    if len(text) > _MAX_BYTES:
        raise WrongUsageError(f"{file} is no budget: it has more than {_MAX_BYTES // KIB} KiB")
    chosen: dict[str, list[str]] = {}
    for name, value in filters:
        chosen.setdefault(name, []).append(value)
    return {"budget": _parsed(file, text), "filter": chosen, "notWorse": not_worse}


def _parsed(file: Path, text: bytes) -> Any:
    try:
        return parse_json(text.decode("utf-8-sig").encode())
    except json.JSONDecodeError as error:
        raise WrongUsageError(f"{file}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise WrongUsageError(f"{file} is no JSON") from error
