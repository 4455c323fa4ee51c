"""One line on a terminal that says how far a transfer is; nothing where nobody looks."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Final, Self

from harlake.cli.output import is_quiet, size_text, text

#: Seconds between two looks of the line.
_INTERVAL: Final = 0.1
#: What nearly each entry has once, and hardly anything else; inside of a body, its quotes are escaped.
_MARK: Final = b'"startedDateTime"'
#: Of so many pieces one is searched for it: counting all would take a tenth of an import's time.
_SAMPLED: Final = 8

_BAR: Final = 20
_MINUTE: Final = 60
_CLEAR: Final = "\r\x1b[K"


class Progress:
    """Shows how much of a file has been sent or received: :meth:`advance` it with each piece.

    ``total`` is in bytes, None where it is not known. How many entries have gone by is an estimate: the service only
    knows at the end.
    """

    def __init__(self, name: str, total: int | None) -> None:
        self._name = text(name)
        self._total = total
        self._done = 0
        self._pieces = 0
        self._searched = 0
        self._marks = 0
        self._began = self._shown = time.monotonic()
        self._shows = sys.stderr.isatty() and not is_quiet()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the line."""
        if self._shows:
            print(_CLEAR, end="", file=sys.stderr, flush=True)

    def go_on(self, done: int) -> None:
        """Begin again where so many bytes are done."""
        self._done = done

    def advance(self, piece: bytes) -> None:
        """Count a piece."""
        self._done += len(piece)
        if not self._shows:
            return
        if self._pieces % _SAMPLED == 0:
            self._searched += len(piece)
            self._marks += piece.count(_MARK)
        self._pieces += 1
        now = time.monotonic()
        if now - self._shown >= _INTERVAL:
            self._shown = now
            width = shutil.get_terminal_size().columns
            print(f"{_CLEAR}{self._line(now - self._began)[: width - 1]}", end="", file=sys.stderr, flush=True)

    def _line(self, seconds: float) -> str:
        rate = self._done / seconds
        parts = [self._name]
        if self._total:
            filled = round(_BAR * self._done / self._total)
            parts += ["█" * filled + "░" * (_BAR - filled), f"{100 * self._done // self._total} %"]
        parts += [size_text(self._done), f"{rate / 1e6:.0f} MB/s"]
        if self._marks:
            parts.append(f"about {self._done * self._marks // self._searched:,} entries")
        if self._total:
            parts.append(f"{_duration((self._total - self._done) / rate)} left")
        return "  ".join(parts)


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    minutes, whole = divmod(whole, _MINUTE)
    if minutes < _MINUTE:
        return f"{minutes}:{whole:02d} min"
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02d} h"
