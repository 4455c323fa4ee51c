"""What a form is written of, and what makes a payload of that."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from harlake.export.options import ExportOptions
from harlake.har.writer import Opening


@dataclass(frozen=True, slots=True)
class ExportContent:
    """What is exported, without secrets where they are not wanted.

    Args:
        name: of the session, or what the client calls the selection.
        options: what was asked for.
        opening: what precedes the entries of a HAR.
        entries: yields the entries, anew with each call: one at a time is held.
        scratch: a folder for files that are worth nothing afterwards.
        checked: yields the same pieces, and fails at one with a secret in it. What is packed passes through it before;
            what is not, is checked when it is sent.
    """

    name: str
    options: ExportOptions
    opening: Opening
    entries: Callable[[], Iterable[bytes]]
    scratch: Path
    checked: Callable[[Iterable[bytes]], Iterator[bytes]] = iter


def form_pieces(writer: str, content: ExportContent) -> Iterator[bytes]:
    """Yield the file that a function of a module of :mod:`harlake.export.writers` makes of a content."""
    module, _, name = writer.partition(":")
    write = getattr(importlib.import_module(f"harlake.export.writers.{module}"), name)
    return cast("Iterator[bytes]", write(content))
