"""What a conversion could not do: counted by kind, each with its first example."""

from __future__ import annotations


class Notes:
    """Counts what there is to say, so that it stays short however often it happens."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, str]] = {}

    def add(self, what: str, example: str) -> None:
        """Note that something has happened once more; ``what`` is one of a few texts."""
        count, first = self._found.get(what, (0, example))
        self._found[what] = count + 1, first

    def lines(self) -> list[str]:
        """Return a text for each kind."""
        return [
            f"{what}: {example}" if count == 1 else f"{what}: {count:,}, the first {example}"
            for what, (count, example) in self._found.items()
        ]
