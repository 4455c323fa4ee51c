"""``harlake reindex``, ``backup``, ``restore`` and ``migrate``: what works on what is stored as a whole."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from harlake.cli.client import Client
from harlake.cli.commands import Command
from harlake.cli.options import (
    ca_file_option,
    catalog,
    data_dir,
    json_option,
    objects,
    quiet_option,
    setting,
    token_option,
)
from harlake.cli.output import print_done, print_json, size_text
from harlake.cli.service import backend_of, one_line_errors
from harlake.cli.waiting import when_free
from harlake.errors import DataDirInUseError
from harlake.settings import Settings

if TYPE_CHECKING:
    from harlake.store.copy_target import CopyTarget
    from harlake.store.store_copy import StoreCopy

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command(cls=Command)
@data_dir
@setting("catalog", "Where no reindex is.", hidden=True)
@setting("objects", "Where no reindex is.", hidden=True)
@quiet_option
@json_option
def reindex(data_dir: Path, catalog: str | None, objects: str | None, as_json: bool) -> None:
    """Rebuild catalog and index from the capture files, with the same ids. The service must not be running."""
    if catalog is not None or objects is not None:
        raise click.UsageError("reindex is for a data folder; for --catalog and --objects there is check --repair.")
    from harlake.store.rebuild import rebuild_catalog

    _prepare()
    with one_line_errors():
        when_free(lambda: _print_rebuilt(rebuild_catalog(data_dir), as_json=as_json))


@click.command(cls=Command)
@click.argument("target", type=_FOLDER)
@data_dir
@catalog
@objects
@token_option
@ca_file_option
@quiet_option
@json_option
def backup(target: Path, token: str | None, ca_file: Path | None, as_json: bool, **settings: Any) -> None:
    """Copy everything to the folder TARGET, which is then a data folder like the first. The service may be running.

    What TARGET has already is left as it is, and what has been removed since is removed there.
    """
    from harlake.store.copy_target import FolderTarget

    _prepare()
    given = Settings(**settings)
    _check_two_folders(given.data_dir, target)
    with one_line_errors(), _source(given, lambda address: Client(address, token, ca_file)) as source:
        opened = when_free(lambda: FolderTarget(target, source.name, is_backup=True))
        _copy(source, opened, as_json=as_json)


@click.command(cls=Command)
@click.argument("source", type=_FOLDER)
@data_dir
@catalog
@objects
@quiet_option
@json_option
def restore(source: Path, as_json: bool, **settings: Any) -> None:
    """Copy the backup in the folder SOURCE to an empty data folder, or to where nodes share what is stored."""
    _prepare()
    given = Settings(**settings)
    _check_two_folders(given.data_dir, source)
    with one_line_errors(), _source(Settings(data_dir=source)) as found, _empty_target(given, found.name) as target:
        _copy(found, target, as_json=as_json)


@click.command(cls=Command)
@click.option(
    "--to",
    type=click.Choice(["cluster", "folder"]),
    help="Copy the data folder to the cluster of --catalog and --objects, or the cluster to the folder.",
)
@data_dir
@catalog
@objects
@quiet_option
@json_option
def migrate(to: str | None, as_json: bool, **settings: Any) -> None:
    """Bring what an earlier version has stored to this one; or copy a data folder to a cluster, or back.

    A migration that was interrupted goes on where it ended. No service must be running.
    """
    _prepare()
    given = Settings(**settings)
    folder = Settings(data_dir=given.data_dir)
    if to is not None and not is_cluster(given):
        raise click.UsageError(f"--to {to} needs --catalog and --objects.")
    with one_line_errors():
        if to is None:
            when_free(lambda: _print_rebuilt(_migrated(given), as_json=as_json))
            return
        source, target = (folder, given) if to == "cluster" else (given, folder)
        with _source(source) as found, _empty_target(target, found.name) as opened:
            _copy(found, opened, as_json=as_json)


def _check_two_folders(data_dir: Path, backup: Path) -> None:
    """Refuse a folder as its own backup: it would wait for itself."""
    if data_dir.resolve() == backup.resolve():
        raise click.UsageError(f"{backup} is the data folder itself.")


def _migrated(settings: Settings) -> Iterator[tuple[uuid.UUID, int]]:
    """Bring a folder, or a cluster, to this version, capture by capture."""
    from harlake.store.cluster_migration import migrate_cluster
    from harlake.store.rebuild import migrate_folder

    yield from migrate_cluster(backend_of(settings)) if is_cluster(settings) else migrate_folder(settings.data_dir)


class _Source(NamedTuple):
    """What is copied, and what it is called."""

    name: str
    copy: StoreCopy


@contextmanager
def _source(settings: Settings, connect: Callable[[str], Client] | None = None) -> Iterator[_Source]:
    """Open what is to be copied. A service that has a folder open is asked for its catalog, if one may ``connect``."""
    from harlake.store.catalog_rows import catalog_rows
    from harlake.store.direct_store import opened_cluster, opened_folder
    from harlake.store.store_copy import StoreCopy

    with ExitStack() as opened:
        if is_cluster(settings):
            open_backend = backend_of(settings)
            store = opened.enter_context(opened_cluster(str(settings.objects), open_backend))
        else:
            try:
                store = when_free(lambda: opened.enter_context(opened_folder(settings.data_dir)))
            except DataDirInUseError as error:
                if connect is None or error.address is None:
                    raise
                yield opened.enter_context(_served(settings.data_dir, connect(error.address)))
                return
        rows, names = catalog_rows(store.catalog.database), store.catalog.session_names
        yield _Source(store.name, StoreCopy(rows, store.objects, store.index.objects, names))


@contextmanager
def _served(folder: Path, client: Client) -> Iterator[_Source]:
    """Ask the service that has a folder open for its catalog; the objects are read where they are."""
    import msgspec

    from harlake.store.backends import CAPTURES, INDEX
    from harlake.store.catalog_rows import CatalogRow
    from harlake.store.local_objects import LocalObjects
    from harlake.store.store_copy import StoreCopy

    def names() -> dict[uuid.UUID, str]:
        return {uuid.UUID(one["id"]): one["name"] for one in client.get("/api/sessions")["sessions"]}

    with client.stream("GET", "/api/catalog") as answer:
        rows = (msgspec.convert(line, CatalogRow) for line in answer.lines())
        captures, index = LocalObjects(folder / CAPTURES), LocalObjects(folder / INDEX)
        yield _Source(str(folder.resolve()), StoreCopy(rows, captures, index, names))


@contextmanager
def _empty_target(settings: Settings, source: str) -> Iterator[CopyTarget]:
    """Open where something is copied to that is to be used from then on."""
    from harlake.store.copy_target import ClusterTarget, FolderTarget
    from harlake.store.direct_store import opened_backend

    if not is_cluster(settings):
        yield when_free(lambda: FolderTarget(settings.data_dir, source, is_backup=False))
        return
    with opened_backend(backend_of(settings)) as backend:
        yield ClusterTarget(backend)


def is_cluster(settings: Settings) -> bool:
    """Return whether what is stored is shared by nodes."""
    return settings.catalog is not None or settings.objects is not None


def _copy(source: _Source, target: CopyTarget, *, as_json: bool) -> None:
    with closing(target):
        for capture, copied in source.copy.run(target):
            if as_json:
                print_json({"captureId": str(capture), "bytes": copied})
            elif copied:
                print_done(f"{capture}: {size_text(copied)}")


def _print_rebuilt(captures: Iterable[tuple[uuid.UUID, int]], *, as_json: bool) -> None:
    for capture, entries in captures:
        if as_json:
            print_json({"captureId": str(capture), "entries": entries})
        else:
            print_done(f"{capture}: {entries} entries")


def _prepare() -> None:
    from harlake.observability import logs

    logs.configure("info")
