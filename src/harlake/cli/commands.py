"""What commands have in common: each is imported when it is called, and its help has its options in groups."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from typing import Any, Final

import click


@dataclass(frozen=True, slots=True)
class Listed:
    """A command where it is listed: the module and the name in it, and what it is for."""

    where: str
    summary: str


#: Commands as help shows them, by what they are for.
SECTIONS: Final = {
    "Files": {
        "import": Listed("import_files:import_files", "import files"),
        "export": Listed("export:export", "export a session, or the entries that pass filters"),
        "validate": Listed("validate:validate", "check files without importing them"),
        "redact": Listed("redact:redact", "take the secrets out of a file"),
    },
    "What is in them": {
        "sessions": Listed("sessions:sessions", "list sessions, or make one"),
        "entries": Listed("entries:entries", "list a session's entries"),
        "show": Listed("entries:show", "show an entry, or a part of it"),
        "search": Listed("entries:search_command", "search whole entries"),
        "stats": Listed("reports:stats", "summarize a session"),
        "diff": Listed("diff:diff", "compare two sessions"),
        "sql": Listed("sql:sql_command", "query the catalog in SQL"),
    },
    "What is kept": {
        "captures": Listed("captures:captures", "list a session's captures, or remove one"),
        "rename": Listed("changes:rename", "give a session another name"),
        "rm": Listed("changes:rm", "remove sessions"),
    },
    "Store": {
        "check": Listed("check:check", "check a session against a budget, or what is stored, and mend it"),
        "reindex": Listed("store:reindex", "rebuild the catalog"),
        "gc": Listed("gc:gc", "remove what is left of captures"),
        "backup": Listed("store:backup", "copy everything to a folder"),
        "restore": Listed("store:restore", "copy a backup back"),
        "migrate": Listed("store:migrate", "bring a folder of an earlier version to this one, or to a cluster"),
    },
    "Service": {
        "serve": Listed("serve:serve", "serve the HTTP API"),
        "status": Listed("status:status", "ask a service how it is"),
        "token": Listed("token:token", "make, list and remove tokens of a service"),
    },
    "This program": {
        "completion": Listed("shell:completion", "let the shell complete commands, options and names"),
        "help": Listed("shell:help_command", "say what a command does and takes"),
    },
}

_COMMANDS: Final = {name: listed for commands in SECTIONS.values() for name, listed in commands.items()}

#: Groups of options in help, from the first to the last.
_OPTIONS: Final = "Options"
_GROUPS: Final = (_OPTIONS, "Comparison", "Filters", "Redaction", "Output", "Where")


class Option(click.Option):
    """An option that help shows in a ``group``."""

    def __init__(self, *arguments: Any, group: str = _OPTIONS, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.group = group


class Command(click.Command):
    """A command, the help of which has its options in groups; what it prints is for a pager where it is ``paged``."""

    def __init__(self, *arguments: Any, paged: bool = False, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._paged = paged

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        if not self._paged or ctx.params.get("output") is not None:
            return super().invoke(ctx)
        from harlake.cli.screen import paged

        with paged():
            return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, a section a group."""
        groups: dict[str, list[tuple[str, str]]] = {name: [] for name in _GROUPS}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                groups[getattr(parameter, "group", _OPTIONS)].append(record)
        for name, records in groups.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)


class LazyCommands(click.Group):
    """The commands of :data:`SECTIONS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click has it
        """Return the names of all commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click has it
        """Import a command."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name].where.partition(":")
        command: click.Command = getattr(importlib.import_module(f"harlake.cli.{module}"), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called; of a name that is none, tell which may be meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], _COMMANDS, 1)
            if near and error.message.startswith("No such command"):
                message = f"No such command {args[0]!r}. Did you mean {near[0]!r}?"
                raise click.UsageError(message, ctx) from error
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as click has it
        """Write the commands, a section for each purpose."""
        for section, commands in SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl([(name, listed.summary) for name, listed in commands.items()])
