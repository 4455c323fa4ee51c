"""So many names, and no more; what there was more is counted."""

from __future__ import annotations

from harlake.export.writers.names_budget import MAX_NAME, NamesBudget


def test_names_are_counted() -> None:
    """One that is too long takes no room."""
    budget = NamesBudget(2)
    assert [budget.take("long", "x" * (MAX_NAME + 1)), budget.take("a"), budget.take("a"), budget.take("a")] == [
        False,
        True,
        True,
        False,
    ]
    assert budget.left_out == {"long": 1, "a": 1}
