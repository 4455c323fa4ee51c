"""What the shell completes: commands, options, names of sessions, and files where there may be files.

click has the scripts that ask. Bash's differs: there, words end at colons, which names and URLs have in them, so the
script hands over the line as it is typed, and is given what follows the colon. Bash then quotes what it inserts.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, add_completion_class

from harlake.controls import CONTROLS

SHELLS: Final = ("bash", "zsh", "fish")

#: Names that are offered at most, and seconds that they may take to be found: somebody is waiting for a key to act.
_MOST: Final = 500
_PATIENCE: Final = 3

#: Where bash ends a word that it completes, but for what also separates words.
_BREAKS: Final = ":="

_BASH: Final = r"""
%(complete_func)s() {
    local IFS=$'\n' completion
    COMPREPLY=()
    compopt -o filenames
    for completion in $(%(complete_var)s=bash_complete COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" "$1" 2>/dev/null)
    do
        case $completion in
        file,*) compopt -o default; COMPREPLY+=($(compgen -f -- "${completion#*,}")) ;;
        dir,*) COMPREPLY+=($(compgen -d -- "${completion#*,}")) ;;
        *) COMPREPLY+=("${completion#*,}") ;;
        esac
    done
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


def complete_session(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Return the names of sessions that begin like that; those that several have stand for none of them."""
    names = Counter(_names(context.params))
    known = [name for name, count in names.items() if count == 1 and not CONTROLS.search(name)]
    return [CompletionItem(name) for name in known if name.startswith(incomplete)]


def complete_file(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
    """Return that files are completed."""
    return [CompletionItem(incomplete, type="file")]


def complete_session_or_file(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Return the names of sessions, and that files are completed as well."""
    return complete_session(context, parameter, incomplete) + complete_file(context, parameter, incomplete)


@add_completion_class
class LineOfBash(BashComplete):
    """Completion of a line as bash has it, to the place where the cursor is."""

    source_template = _BASH
    _kept = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words of the line after the command's name, and the one that is completed."""
        if "COMP_LINE" not in os.environ:
            return super().get_completion_args()  # it is a script of click's that asks
        line = os.environ["COMP_LINE"].encode()[: int(os.environ["COMP_POINT"])].decode("utf-8", "ignore")
        words, cut = split_line(line)
        self._kept = words[-1][:cut]
        return words[1:-1], words[-1]

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """Return what a line can go on with, but for names that bash would not quote: it would run what is in them."""
        found = super().get_completions(args, incomplete)
        return [item for item in found if item.type != "plain" or not set("$`") & set(item.value)]

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Return the type and what goes in place of the word's end."""
        # Of --option=VALUE, click completes VALUE, which is all that follows the break.
        return f"{item.type},{item.value.removeprefix(self._kept)}"


@add_completion_class
class NamesOfFish(FishComplete):
    """Completion in fish, of names with commas in them as well."""

    source_template = FishComplete.source_template.replace('string split ","', 'string split -m 1 ","')


def split_line(line: str) -> tuple[list[str], int]:
    """Return the words of a line that is being typed, the last one maybe empty, and how much of that bash leaves alone.

    Quotes are taken away; the last one may be open.
    """
    words, word, started, quote, cut = [], "", False, "", 0
    characters = iter(line)
    for one in characters:
        if quote and one == quote:
            quote = ""
        elif one == "\\" and quote != "'":
            word, started = word + next(characters, ""), True
        elif quote:
            word += one
        elif one in "'\"":
            quote, started = one, True
        elif one.isspace():
            if started:
                words.append(word)
            word, started, cut = "", False, 0
        else:
            word, started = word + one, True
            if one in _BREAKS:
                cut = len(word)
    return [*words, word], 0 if quote else cut


def _names(options: dict[str, Any]) -> list[str]:
    """Return the names of the sessions that a command with these options would find; none where that takes long."""

    def give_up(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE)
    try:
        return list(_found_names(options))
    except Exception:  # whatever is wrong, the shell is given nothing, and nothing is said between its lines
        return []
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _found_names(options: dict[str, Any]) -> Iterator[str]:
    from harlake.cli.client import Client
    from harlake.errors import DataDirInUseError
    from harlake.store.direct_store import opened_folder

    server = options.get("server")
    if server is None:
        try:
            with opened_folder(Path(options.get("data_dir") or "harlake-data")) as store:
                yield from store.catalog.session_names().values()
            return
        except DataDirInUseError as error:
            server = error.address
    if server is not None:
        with Client(server, options.get("token"), options.get("ca_file")) as client:
            for number, one in enumerate(client.pages("/api/sessions", "sessions")):
                if number == _MOST:
                    return
                yield one["name"]
