"""Who limits what: limiters by name, for metrics and for whoever asks whether the service is full."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from anyio import CapacityLimiter


class Usage(NamedTuple):
    """How much of a limiter is taken, of how much, and how many wait for it."""

    borrowed: int
    total: int
    waiting: int


class LimiterRegistry:
    """The limiters of one application. A limiter has a name, and a function that returns its usage at once."""

    def __init__(self) -> None:
        self._usages: dict[str, Callable[[], Usage]] = {}

    def register(self, name: str, usage: Callable[[], Usage]) -> None:
        """Add a limiter; a name in the plural of what it admits, as ``imports``."""
        self._usages[name] = usage

    def register_capacity(self, name: str, limiter: CapacityLimiter) -> None:
        """Add one of anyio's limiters."""
        self.register(name, lambda: _capacity_usage(limiter))

    def usages(self) -> Iterator[tuple[str, Usage]]:
        """Yield all limiters with their usage now."""
        return ((name, usage()) for name, usage in self._usages.items())


def _capacity_usage(limiter: CapacityLimiter) -> Usage:
    return Usage(int(limiter.borrowed_tokens), int(limiter.total_tokens), limiter.statistics().tasks_waiting)
