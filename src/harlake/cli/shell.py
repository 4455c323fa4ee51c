"""``harlake completion`` and ``help``: what is about the command line itself."""

from __future__ import annotations

from collections.abc import Sequence

import click
from click.shell_completion import get_completion_class

from harlake.cli.commands import Command
from harlake.cli.completion import SHELLS


@click.command("help", cls=Command)
@click.argument("names", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def help_command(context: click.Context, names: Sequence[str]) -> None:
    """Show what a command does and takes, as --help after it."""
    shown = context.find_root()
    for name in names:
        group = shown.command
        command = group.get_command(shown, name) if isinstance(group, click.Group) else None
        if command is None:
            raise click.UsageError(f"No such command {' '.join(names)!r}.")
        shown = click.Context(command, info_name=name, parent=shown)
    click.echo(shown.get_help())


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what lets a shell complete commands, options, files and names of sessions.

    In ~/.bashrc or ~/.zshrc: eval "$(harlake completion bash)". In ~/.config/fish/config.fish: harlake completion fish
    | source
    """
    root = context.find_root()
    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(root.command, {}, root.info_name or "harlake", "_HARLAKE_COMPLETE").source())
