"""How commands end, for scripts: the same statuses everywhere.

0 is as wanted, 1 that there are differences or problems, 2 wrong usage, which is click's, 3 that something named is not
there, 4 that a service, a data folder or a file cannot be used, and 130 that the command was interrupted.
"""

from __future__ import annotations

from typing import Final

import click

PROBLEMS: Final = 1
USAGE: Final = 2
NOT_FOUND: Final = 3
UNAVAILABLE: Final = 4
INTERRUPTED: Final = 130

# HTTP's statuses as numbers: their names take a millisecond to load, with every command.
_NOT_FOUND: Final = (404, 410)
#: What says that the request makes no sense: a filter, its value, a query.
_USAGE: Final = (400, 422)
_TOO_LARGE: Final = 413


class ProblemsError(click.ClickException):
    """What the command was to look at is not as it should be."""

    exit_code = PROBLEMS


class NotFoundError(click.ClickException):
    """Something that the command names is not there."""

    exit_code = NOT_FOUND


class WrongUsageError(click.ClickException):
    """What the command is given makes no sense, and only what it is about can tell."""

    exit_code = USAGE


class UnavailableError(click.ClickException):
    """A service, a data folder or a file that cannot be used."""

    exit_code = UNAVAILABLE


def status_of_answer(status: int, *, is_upload: bool) -> int:
    """Return how a command ends that gets an HTTP answer which is an error.

    Of an upload, most say what is wrong with the file.
    """
    if status in _NOT_FOUND:
        return NOT_FOUND
    if status in _USAGE:
        return PROBLEMS if is_upload else USAGE
    if is_upload and status == _TOO_LARGE:
        return PROBLEMS
    return UNAVAILABLE
