"""What all rows are given: folders, the two versions, how much of everything, and stores that several rows use."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from os import environ
from pathlib import Path
from typing import Final

from benchmarks.scale.large_store import LargeStore, large_store
from benchmarks.scale.million import Store, stores

_MB: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything; sizes of HARs in bytes, times in seconds."""

    #: Of the catalog, in all; a capture has as many as the smallest catalog.
    entries: tuple[int, ...] = (1_000_000, 10_000_000, 40_000_000)
    #: Captures that the earlier version gets of these: its imports and removals take minutes.
    captures_before: int = 2
    #: Of the one capture that is listed.
    listed: int = 1_000_000
    #: Small entries of which the index is timed.
    indexed: int = 200_000
    har: int = 2_000 * _MB
    hars: tuple[int, ...] = (200 * _MB, 2_000 * _MB, 10_000 * _MB)
    #: Of each of several imports at once.
    har_of_many: int = 100 * _MB
    pages: int = 12
    #: For which clients go on asking.
    seconds: float = 5
    #: For which imports and SQL go on.
    contended_seconds: float = 20
    small_captures: int = 10_000
    captures_a_session: int = 1_000


FULL: Final = Sizes()
SMALL: Final = Sizes(
    entries=(1_000, 2_000, 4_000),
    listed=3_000,
    indexed=5_000,
    har=4 * _MB,
    hars=(1 * _MB, 2 * _MB, 4 * _MB),
    har_of_many=1 * _MB,
    pages=2,
    seconds=0.3,
    contended_seconds=2,
    small_captures=40,
    captures_a_session=20,
)


@dataclass
class Setting:
    """What rows are measured with. Leave it when all are."""

    folder: Path
    #: A checkout of the earlier version.
    checkout: Path
    sizes: Sizes = FULL
    rounds: int = 3
    _opened: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Setting:
        _check(self.before)
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    @property
    def before(self) -> Path:
        """The folder of the earlier version's package."""
        return self.checkout.resolve() / "src"

    @property
    def sides(self) -> dict[str, Path | None]:
        """Both versions, and where their packages are, None for this one's."""
        return {"before": self.before, "now": None}

    @cached_property
    def million(self) -> dict[str, Store]:
        """A data folder of each version, with a session of one large capture."""
        return self._opened.enter_context(stores(self.folder, self.sides, self.sizes.listed))

    @cached_property
    def large(self) -> dict[str, LargeStore]:
        """A data folder of each version, which grows to very many entries."""
        return {
            name: self._opened.enter_context(large_store(self.folder, source, min(self.sizes.entries)))
            for name, source in self.sides.items()
        }


def _check(source: Path) -> None:
    """Make sure that the earlier version is what runs, and not this one."""
    command = [sys.executable, "-c", "import harlake; print(harlake.__file__)"]
    run = subprocess.run(
        command, env={**environ, "PYTHONPATH": str(source)}, capture_output=True, text=True, check=True
    )
    if not Path(run.stdout.strip()).is_relative_to(source):
        raise SystemExit(f"{source.parent} is no checkout of harlake")
