"""``harlake token``: makes, lists and removes the tokens of a service, which may be running."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from harlake.access.policy import token_file
from harlake.access.scopes import TokenScope
from harlake.access.tokens import Token, new_token, parse_lifetime
from harlake.cli.commands import Command
from harlake.cli.exit_statuses import NotFoundError
from harlake.cli.options import Decorated, data_dir, json_option, token_file_option
from harlake.cli.output import print_json
from harlake.cli.service import one_line_errors
from harlake.cli.tables import Column, print_lines
from harlake.settings import Settings

_COLUMNS = (
    Column("ID", "id"),
    Column("SCOPES", "scopes"),
    Column("CREATED", "created"),
    Column("EXPIRES", "expires"),
    Column("NAME", "name"),
)


class _Lifetime(click.ParamType[timedelta]):
    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return a time that was given in words."""
        try:
            return value if isinstance(value, timedelta) else parse_lifetime(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _of_a_service(command: Decorated) -> Decorated:
    return data_dir(token_file_option(command))


@click.group()
def token() -> None:
    """Make, list and remove tokens, which let their bearers use a service."""


@token.command("create", cls=Command)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([scope.value for scope in TokenScope]),
    multiple=True,
    required=True,
    help="What the token allows; may be repeated.",
)
@click.option("--expires", type=_Lifetime(), help="How long it is valid, as 12h, 30d or 8w; for ever by default.")
@click.option("--name", default="", help="What it is for.")
@_of_a_service
@json_option
def create_token(
    scopes: tuple[str, ...],
    expires: timedelta | None,
    name: str,
    data_dir: Path,
    token_file: Path | None,
    as_json: bool,
) -> None:
    """Make a token, and print it. It is not kept, and cannot be shown again."""
    secret, kept = new_token(map(TokenScope, scopes), name, expires)
    with one_line_errors():
        _file(data_dir, token_file).add(kept)
    if as_json:
        print_json(_described(kept) | {"token": secret})
    else:
        click.echo(secret)


@token.command("list", cls=Command)
@_of_a_service
@json_option
def list_tokens(data_dir: Path, token_file: Path | None, as_json: bool) -> None:
    """List all tokens by their ids; what they are is not known."""
    with one_line_errors():
        tokens = _file(data_dir, token_file).read()
    if as_json:
        print_lines(map(_described, tokens), _COLUMNS, as_json=True)
    else:
        print_lines([_described(one) | {"scopes": ",".join(one.scopes)} for one in tokens], _COLUMNS, as_json=False)


@token.command("remove", cls=Command)
@click.argument("wanted", metavar="TOKEN...", nargs=-1, required=True)
@_of_a_service
def remove_tokens(wanted: tuple[str, ...], data_dir: Path, token_file: Path | None) -> None:
    """Remove tokens by their ids or names. A running service refuses them from the next request on."""
    with one_line_errors():
        file = _file(data_dir, token_file)
        missing = [one for one in wanted if not (one and file.remove(one))]
    if missing:
        raise NotFoundError(f"no token has the id or name {', '.join(map(repr, missing))}")


def _file(data_dir: Path, named: Path | None) -> Any:
    return token_file(Settings(data_dir=data_dir, token_file=named))


def _described(one: Token) -> dict[str, Any]:
    """Return what may be shown of a token."""
    expires = None if one.expires is None else _timestamp(one.expires)
    return {
        "id": one.id,
        "name": one.name,
        "scopes": list(one.scopes),
        "created": _timestamp(one.created),
        "expires": expires,
        "expired": one.has_expired(datetime.now(UTC)),
    }


def _timestamp(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"
