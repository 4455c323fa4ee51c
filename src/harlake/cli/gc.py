"""``harlake gc``: removes what is left of captures, now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import click

from harlake.cli.commands import Command
from harlake.cli.exit_statuses import UnavailableError
from harlake.cli.options import catalog, data_dir, grace, json_option, objects, quiet_option
from harlake.cli.output import print_done, print_json, print_line, size_text
from harlake.cli.service import backend_of, one_line_errors
from harlake.cli.waiting import when_free
from harlake.settings import Settings

if TYPE_CHECKING:
    from harlake.store.collector import Collector
    from harlake.store.garbage import Garbage


@click.command(cls=Command)
@click.option("--orphans", is_flag=True, help="Also remove objects that the catalog knows nothing of.")
@data_dir
@catalog
@objects
@grace
@quiet_option
@json_option
def gc(orphans: bool, as_json: bool, **settings: Any) -> None:
    """Remove what is left of captures that were removed or never complete; a line for each.

    Services do so by themselves, now and then. Those that share a store may be running; a data folder must be nobody
    else's. Objects that the catalog knows nothing of are listed.
    """
    from harlake.observability import logs

    logs.configure("error")
    given = Settings(**settings)
    kept = 0
    with one_line_errors(), _opened_collector(given) as collector:
        for found in collector.remove_garbage():
            _show(found, as_json=as_json)
        for found in collector.orphans(given.grace, removing=orphans):
            _show(found, as_json=as_json)
            kept += not found.is_removed
    if kept and not as_json:
        print_line("`harlake check --repair` brings captures back of objects that are kept; --orphans removes them.")


@contextmanager
def _opened_collector(settings: Settings) -> Iterator[Collector]:
    """Open a store without serving it, and give what collects there, and nowhere else meanwhile."""
    from harlake.store.collector import Collector
    from harlake.store.direct_store import opened_cluster, opened_folder

    open_backend = backend_of(settings)
    with ExitStack() as opened:
        if settings.objects is None:
            store = when_free(lambda: opened.enter_context(opened_folder(settings.data_dir)))
        else:
            store = opened.enter_context(opened_cluster(settings.objects, open_backend))
        if not opened.enter_context(store.catalog.collecting()):
            raise UnavailableError("another node is doing the same just now")
        grace = settings.grace if store.is_shared else 0
        yield Collector(store.catalog, store.captures, store.index, grace=grace, is_written=lambda _: False)


def _show(found: Garbage, *, as_json: bool) -> None:
    if as_json:
        more = {"object": found.name, "bytes": found.length, "removed": found.is_removed}
        print_json({"captureId": str(found.capture), "kind": found.kind, **more})
        return
    what = found.name or f"capture {found.capture}"
    size = "" if found.length is None else f" ({size_text(found.length)})"
    why = {"capture": "", "unfinished": ", which was never complete", "orphan": ", which the catalog does not know"}
    say = print_done if found.is_removed else print_line
    say(f"{'removed' if found.is_removed else 'kept'} {what}{size}{why[found.kind]}")
