"""What a description may consist of: so many names, however large the capture; and a count of what there was more."""

from __future__ import annotations

from collections import Counter
from typing import Final

#: Names (paths, servers, parameters, media types, members of JSON) that are described; and the longest of them. Some
#: tens of MB when all of them are there, which no program reads with pleasure.
MAX_NAMES: Final = 50_000
MAX_NAME: Final = 1_024


class NamesBudget:
    """A number of names, of which each may be taken once; ``left_out`` counts what found none, by kind."""

    def __init__(self, names: int = MAX_NAMES) -> None:
        self._names = names
        self.left_out: Counter[str] = Counter()

    def take(self, kind: str, name: str = "") -> bool:
        """Return whether there is room for one more name; else it is counted as left out."""
        if self._names and len(name) <= MAX_NAME:
            self._names -= 1
            return True
        self.left_out[kind] += 1
        return False
