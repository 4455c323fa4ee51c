"""Options that several commands share: settings, where the API is, filters, and JSON as output."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from harlake.cli.commands import Option
from harlake.cli.output import QUIET
from harlake.cli.service import Service
from harlake.limits import GIB, KIB, MIB, parse_bytes
from harlake.query.filters import filter_names
from harlake.settings import Settings

Decorated = TypeVar("Decorated", bound=Callable[..., None])

_DEFAULTS: Final = Settings()

#: Filters that are true or false, which are a pair of flags here.
_FLAGS: Final = ("error", "has_body")

#: Groups of options in help.
_WHERE: Final = "Where"
OUTPUT: Final = "Output"


class SizeType(click.ParamType[int]):
    """A number of bytes, as people write it."""

    name = "SIZE"

    def __init__(self, least: int = 0) -> None:
        self._least = least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        try:
            size = value if isinstance(value, int) else parse_bytes(value)
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)
        if size < self._least:
            self.fail(f"{value} is less than {self._least}.", param, ctx)
        return size


class _Setting(Option):
    """An option that is a setting."""


def setting(name: str, text: str, **more: Any) -> Callable[[Decorated], Decorated]:
    """An option that is a setting: its default and its ``HARLAKE_*`` variable have the same name."""
    variable = f"HARLAKE_{name.upper()}"
    default = getattr(_DEFAULTS, name)
    option = f"--{name.replace('_', '-')}"
    if isinstance(default, bool):
        option = f"{option}/--no-{option[2:]}"
    shown = _shown_size(default) if isinstance(more.get("type"), SizeType) and default is not None else True
    more = {"default": default, "show_default": shown} | more
    return click.option(option, name, cls=_Setting, envvar=variable, show_envvar=True, help=text, **more)


def _shown_size(size: int) -> str:
    """Return a size as :class:`SizeType` takes it, in the largest unit that leaves a whole number."""
    for unit, count in (("GiB", GIB), ("MiB", MIB), ("KiB", KIB)):
        if size % count == 0:
            return f"{size // count}{unit}"
    return str(size)


data_dir = setting(
    "data_dir",
    "Where captures and the catalog are kept.",
    type=click.Path(path_type=Path, file_okay=False),
    group=_WHERE,
)
catalog = setting(
    "catalog",
    "Where nodes share a catalog: postgresql://USER@HOST/DATABASE.",
    metavar="URL",
    show_default="a file",
    group=_WHERE,
)
objects = setting(
    "objects", "Where nodes share objects: s3://BUCKET/PREFIX.", metavar="URL", show_default="files", group=_WHERE
)
grace = setting(
    "grace", "Seconds that removed objects stay, where nodes share them.", type=click.IntRange(min=0), group=_WHERE
)
max_entry_bytes = setting("max_entry_bytes", "A longer entry is passed over and counted as failed.", type=SizeType())
keep_free = setting("keep_free", "Space of the disk that imports leave alone.", type=SizeType())
quota = setting("quota", "Space that captures may take.", type=SizeType(), show_default="any number")
token_file_option = setting(
    "token_file",
    "Where tokens are kept; tokens.json in the data folder by default.",
    type=click.Path(path_type=Path, dir_okay=False),
    group=_WHERE,
)
token_option = click.option(
    "--token",
    cls=Option,
    group=_WHERE,
    metavar="TOKEN",
    envvar="HARLAKE_TOKEN",
    show_envvar=True,
    help="What the service of --server demands. Other users can see what is on a command line.",
)
ca_file_option = click.option(
    "--ca-file",
    cls=Option,
    group=_WHERE,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Certificates to trust, for https; SSL_CERT_FILE by default.",
)
_server = click.option(
    "--server",
    cls=Option,
    group=_WHERE,
    metavar="URL",
    envvar="HARLAKE_SERVER",
    show_envvar=True,
    help="Ask a running service, instead of opening a data folder.",
)
json_option = click.option(
    "--json", "as_json", cls=Option, group=OUTPUT, is_flag=True, help="Print JSON: an object a line."
)


def _set_quiet(context: click.Context, _: click.Parameter, value: bool) -> None:
    context.meta[QUIET] = value


quiet_option = click.option(
    "-q",
    "--quiet",
    cls=Option,
    group=OUTPUT,
    is_flag=True,
    expose_value=False,
    callback=_set_quiet,
    help="Say nothing but what is wrong.",
)


def _settings_of(command: click.Command) -> list[str]:
    """Return the names of a command's options that are settings; it may have others by a setting's name."""
    return [str(option.name) for option in command.params if isinstance(option, _Setting)]


def service(*settings: Callable[[Any], Any]) -> Callable[[Decorated], Decorated]:
    """Options that say where the API is: the command gets them as ``service``, together with the given settings."""

    def decorate(command: Decorated) -> Decorated:
        @functools.wraps(command)
        def called(server: str | None, token: str | None, ca_file: Path | None, **options: Any) -> None:
            names = _settings_of(click.get_current_context().command)
            given = Settings(**{name: options.pop(name) for name in names})
            if server is not None and _is_given("data_dir"):
                if _is_given("server"):
                    raise click.UsageError("--data-dir and --server exclude each other.")
                server = None  # what is said here comes before what the environment says
            command(service=Service(given, server, token, ca_file), **options)

        for option in (*settings, grace, objects, catalog, data_dir, ca_file_option, token_option, _server):
            option(called)
        return called  # type: ignore[return-value]

    return decorate


def filters(command: Decorated) -> Decorated:
    """Options that are the filter vocabulary: the command gets them as ``filters``, names and values of a query."""

    @functools.wraps(command)
    def called(**options: Any) -> None:
        given: list[tuple[str, str]] = []
        for name in filter_names():
            value = options.pop(_parameter(name))
            values = () if value is None else (value,) if isinstance(value, bool) else value
            given += ((name, str(one).lower() if isinstance(one, bool) else one) for one in values)
        command(filters=given, **options)

    for name, allowed in reversed(filter_names().items()):
        option = f"--{name.replace('_', '-')}"
        if name in _FLAGS:
            text = f"Only entries of which this is so, or not: {allowed.partition(': ')[2]}."
            click.option(
                f"{option}/--no-{option[2:]}", _parameter(name), cls=Option, group="Filters", default=None, help=text
            )(called)
        else:
            text = f"{allowed[0].upper()}{allowed[1:]}."
            click.option(
                option, _parameter(name), cls=Option, group="Filters", multiple=True, metavar="VALUE", help=text
            )(called)
    return called  # type: ignore[return-value]


def _parameter(name: str) -> str:
    return f"filter_{name.replace('~', '_matches')}"


def _is_given(parameter: str) -> bool:
    """Return whether an option is on the command line, rather than in the environment or a default."""
    source = click.get_current_context().get_parameter_source(parameter)
    return source is click.core.ParameterSource.COMMANDLINE
