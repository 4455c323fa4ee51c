"""What a row has found: a value of each round, the same by processor time if that can be told, and what was measured.

Ratios are of the two things that took turns in a round, so that a slow minute hits both.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import msgspec

from benchmarks.budget import rounds
from benchmarks.measuring import Measurement
from benchmarks.scale.goals import GOALS, Goal

_BY_NAME = {goal.name: goal for goal in GOALS}


class Finding(msgspec.Struct, frozen=True):
    """A value for a goal, in each round."""

    #: The goal's name.
    goal: str
    #: What of it was measured.
    what: str
    values: list[float]
    #: The same values by processor time of the services, which others on the machine hardly change.
    by_processor: list[float] = []
    #: What the values are made of, by name.
    measured: dict[str, list[float]] = {}
    #: When it was found (ISO 8601).
    at: str = ""

    @property
    def of(self) -> Goal:
        """The goal."""
        return _BY_NAME[self.goal]

    @property
    def value(self) -> float:
        """The median."""
        return statistics.median(self.values)

    @property
    def rating(self) -> str:
        """How the value compares with the goal."""
        return self.of.rating(self.value)


class Taken(msgspec.Struct, frozen=True):
    """What one thing took in each round: seconds, and seconds of processor time."""

    seconds: list[float]
    cpu_seconds: list[float]


def against(
    goal: Goal, what: str, now: Taken | Measurement, before: Taken | Measurement, each: Sequence[int] = (1, 1)
) -> Finding:
    """Return how long it takes now, against before; ``each`` says how often it was done, now and before."""
    (now_times, before_times) = each
    share = before_times / now_times
    return Finding(
        goal.name,
        what,
        [share * value for value in rounds(before.seconds, now.seconds)],
        [share * value for value in rounds(before.cpu_seconds, now.cpu_seconds)] if all(before.cpu_seconds) else [],
        {
            "now ms": [1000 * value / now_times for value in now.seconds],
            "before ms": [1000 * value / before_times for value in before.seconds],
            "now CPU ms": [1000 * value / now_times for value in now.cpu_seconds],
            "before CPU ms": [1000 * value / before_times for value in before.cpu_seconds],
        },
    )
