"""The engine that finds thousands of literals at once: Hyperscan where it is installed, and nothing where it is not.

Whoever uses it has another way that finds the same, more slowly, and says in its report which one it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from importlib import import_module
from typing import Any, Final

hyperscan: Any
try:
    hyperscan = import_module("hyperscan")
except ImportError:  # the extra ``redact`` is not installed, or there is no wheel for this machine
    hyperscan = None

#: Literals of one database: twice as many take six times the memory.
MAX_LITERALS: Final = 20_000
#: Longer ones are refused.
_LONGEST: Final = 16_000

#: What a report says of how literals were found.
ENGINE: Final = "numpy" if hyperscan is None else f"hyperscan {hyperscan.__version__}"


class Engine:
    """Finds literals in bytes. Each has memory of its own to work in, and so is of one thread at a time."""

    def __init__(self, database: Any) -> None:
        self._database = database
        self._scratch = hyperscan.Scratch(database)

    def scan(self, data: bytes) -> list[tuple[int, int]]:
        """Return the end and the number of each literal that is found."""
        found: list[tuple[int, int]] = []
        self._database.scan(data, match_event_handler=_append, context=found, scratch=self._scratch)
        return found


def engine(literals: Sequence[bytes], caseless: Sequence[bool] | None = None) -> Engine | None:
    """Return what finds literals; None where there is no engine, or where they are too many for it, or too long."""
    database = _database(literals, caseless)
    return None if database is None else Engine(database)


@lru_cache(maxsize=4)
def shared_engine(literals: tuple[bytes, ...], caseless: tuple[bool, ...]) -> Callable[[], Engine] | None:
    """Return what makes engines for literals that are the same for everybody, which are prepared once."""
    database = _database(literals, caseless)
    return None if database is None else partial(Engine, database)


def _database(literals: Sequence[bytes], caseless: Sequence[bool] | None) -> Any:
    if hyperscan is None or not 0 < len(literals) <= MAX_LITERALS:
        return None
    if any(b"\0" in literal or len(literal) > _LONGEST for literal in literals):
        return None
    folded = caseless or [False] * len(literals)
    database = hyperscan.Database()
    database.compile(
        expressions=list(literals),
        ids=list(range(len(literals))),
        elements=len(literals),
        flags=[hyperscan.HS_FLAG_CASELESS if one else 0 for one in folded],
        literal=True,
    )
    return database


def _append(number: int, _begin: int, end: int, _flags: int, found: Any) -> None:
    found.append((end, number))
