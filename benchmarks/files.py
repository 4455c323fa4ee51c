"""The HARs that are measured: made on demand, and removed when they have been."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generate import chunks
from benchmarks.varied import chunks as varied_chunks

#: What stands in a file's name before the size of its one large body.
WITH_BODY = " with a body of "

#: Bytes of the disk that are left to others.
_KEPT_FREE = 2_000_000_000

_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


@dataclass(frozen=True, slots=True)
class File:
    """A generated HAR: `size` is what it has, `name` what was asked for, as in "mixed 200 MB"."""

    path: Path
    name: str
    size: int


@contextmanager
def generated(folder: Path, shape: str, size: int, *, big_body: int = 0, entries: int | None = None) -> Iterator[File]:
    """Write a HAR of a shape, of about `size` bytes or of `entries` entries, one with a body of `big_body` bytes."""
    with written(folder / f"{shape}.har", chunks(shape, size, big_body=big_body, entries=entries)) as (path, length):
        name = f"{shape} {size_name(size if entries is None else length)}"
        if big_body:
            name += f"{WITH_BODY}{size_name(big_body)}"
        yield File(path, name, length)


@contextmanager
def varied(folder: Path, entries: int, seed: int = 1) -> Iterator[File]:
    """Write a HAR of so many entries, hardly two of which are alike."""
    with written(folder / f"varied-{seed}.har", varied_chunks(entries, seed)) as (path, size):
        yield File(path, f"varied, {entries:,} entries", size)


@contextmanager
def written(path: Path, pieces: Iterable[bytes]) -> Iterator[tuple[Path, int]]:
    """Write a file, give it with its size, and remove it."""
    try:
        with path.open("wb") as out:
            out.writelines(pieces)
        yield path, path.stat().st_size
    finally:
        path.unlink()


def size_name(size: int) -> str:
    """Return a size in bytes as people say it: "200 MB", "1.5 GB"."""
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} B"


def check_room(folder: Path, size: int) -> None:
    """Raise SystemExit if the disk has no room for so many bytes."""
    free = shutil.disk_usage(folder).free
    if free < size + _KEPT_FREE:
        raise SystemExit(f"{folder} has {size_name(free)} free; {size_name(size)} are needed, and some to spare")


@contextmanager
def said(what: str) -> Iterator[None]:
    """Say on standard error what is being measured, and how long it took: results go to standard output."""
    print(f"{what} …", end=" ", file=sys.stderr, flush=True)
    begin = time.monotonic()
    yield
    print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
