"""The HARs that are measured: made on demand, and removed when they have been."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generate import chunks

#: What stands in a file's name before the size of its one large body.
WITH_BODY = " with a body of "

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
    path = folder / f"{shape}.har"
    with path.open("wb") as out:
        for piece in chunks(shape, size, big_body=big_body, entries=entries):
            out.write(piece)
    written = path.stat().st_size
    name = f"{shape} {size_name(size if entries is None else written)}"
    if big_body:
        name += f"{WITH_BODY}{size_name(big_body)}"
    try:
        yield File(path, name, written)
    finally:
        path.unlink()


def size_name(size: int) -> str:
    """Return a size in bytes as people say it: "200 MB", "1.5 GB"."""
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} B"


@contextmanager
def said(what: str) -> Iterator[None]:
    """Say on standard error what is being measured, and how long it took: results go to standard output."""
    print(f"{what} …", end=" ", file=sys.stderr, flush=True)
    begin = time.monotonic()
    yield
    print(f"{time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
