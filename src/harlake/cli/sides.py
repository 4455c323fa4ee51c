"""The two sides of a comparison: sessions, captures and files, several a side.

Where there are files, everything is compared in a data folder of its own, which is removed afterwards: files are
imported into it, and sessions exported out of theirs, so that nothing is added to what a user has.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from harlake.cli.client import Client, ServiceError, path_segment
from harlake.cli.exit_statuses import NotFoundError
from harlake.cli.service import Service
from harlake.cli.sessions import find_session
from harlake.cli.upload import find_files, refusal, upload
from harlake.settings import Settings

#: How names of HARs end: what a folder is searched for, and what is taken for a file though it is not there.
_ENDINGS: Final = (".har", ".har.gz", ".har.zst", ".har.json")

Sides = tuple[list[str], list[str]]


@contextmanager
def opened_sides(service: Service, before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[Client, Sides]]:
    """Return a client of the API that has both sides, and their ids. Raises ClickException."""
    sides = _runs(before), _runs(after)
    names = list(dict.fromkeys([*sides[0], *sides[1]]))
    if not any(map(_is_file, names)):
        with service.connect() as client:
            ids = {name: _find(client, name) for name in names}
            yield client, _ids(sides, ids)
        return
    with tempfile.TemporaryDirectory(prefix="harlake-") as folder:
        files = _exported(service, [name for name in names if not _is_file(name)], Path(folder))
        settings = Settings(data_dir=Path(folder, "data"), max_entry_bytes=service.settings.max_entry_bytes)
        private = replace(service, settings=settings, server=None)
        with private.connect(creating=True) as client:
            ids = {name: _import(client, name, files.get(name, name)) for name in names}
            yield client, _ids(sides, ids)


def _ids(sides: Sides, ids: dict[str, str]) -> Sides:
    return [ids[name] for name in sides[0]], [ids[name] for name in sides[1]]


def _runs(names: Sequence[str]) -> list[str]:
    """Return the runs of a side: a folder, which is written with a slash, or a pattern stands for its files."""
    runs: list[str] = []
    for name in names:
        folder = Path(name)
        if name.endswith("/") and folder.is_dir():
            found = sorted(str(path) for path in folder.iterdir() if path.name.lower().endswith(_ENDINGS))
            if not found:
                raise NotFoundError(f"{name}: no HAR is in this folder")
            runs += found
        elif any(mark in name for mark in "*?[") and not folder.exists():
            runs += _matching(name)
        else:
            runs.append(name)
    return runs


def _matching(pattern: str) -> list[str]:
    try:
        return find_files([pattern])
    except NotFoundError:
        return [pattern]  # it may be the name of a session


def _is_file(name: str) -> bool:
    return Path(name).is_file()


def _find(client: Client, name: str) -> str:
    try:
        return find_session(client, name)
    except NotFoundError as error:
        raise NotFoundError(f"{error.message}, and there is no such file") from None


def _exported(service: Service, names: Sequence[str], folder: Path) -> dict[str, str]:
    """Return the files that sessions are exported to, by their names."""
    if not names:
        return {}
    for name in names:
        if name.lower().endswith(_ENDINGS) and not service.settings.data_dir.is_dir() and service.server is None:
            raise NotFoundError(f"{name}: no such file")
    files: dict[str, str] = {}
    with service.connect() as client:
        for number, name in enumerate(names):
            path = f"/api/har/export/{path_segment(_find(client, name))}"
            file = folder / f"{number}.har.zst"
            with client.stream("GET", path, encoding="zstd") as answer, file.open("wb") as written:
                for piece in answer.pieces():
                    written.write(piece)
            files[name] = str(file)
    return files


def _import(client: Client, name: str, file: str) -> str:
    try:
        return str(upload(client, "/api/har/import", file, {"sessionName": name[-200:]})["sessionId"])
    except ServiceError as error:
        raise click.ClickException(refusal(name, error)) from error
