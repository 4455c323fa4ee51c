"""Budgets for tests."""

from __future__ import annotations

from typing import Any

import msgspec

from harlake.analysis.budget import Budget, BudgetText, parse_budget


def budget_file(*rules: dict[str, Any], **more: Any) -> BudgetText:
    """Return a budget as a file has it."""
    return msgspec.convert({"rules": rules, **more}, BudgetText)


def budget_of(*rules: dict[str, Any], **more: Any) -> Budget:
    """Return a budget of rules."""
    return parse_budget(budget_file(*rules, **more))
