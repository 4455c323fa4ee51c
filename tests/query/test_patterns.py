"""How much work regular expressions are: copies count, and ordinary ones are well below the limit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.query.patterns import MAX_STEPS, count_steps


@pytest.mark.parametrize(
    "pattern",
    [
        r"^https?://[^/]+/api/v[0-9]+/",
        r"\.(?:js|css|woff2?)(?:\?|$)",
        r"/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        r"[?&]token=[^&]{20,100}",
        "(?i)" + "|".join(f"host{number}[.]example[.]com" for number in range(40)),
    ],
)
def test_ordinary_expressions_are_allowed(pattern: str) -> None:
    """What people look for is far from the limit."""
    assert count_steps(pattern) <= MAX_STEPS


@pytest.mark.parametrize(
    "pattern",
    [
        "(?:[^q]{0,30}){30}q",
        "[a-z]{1000}q",
        r"(?i)\pL{1,50}q",
        r"\p{Greek}{9}",
        "((a{10}){10}){11}",
        "(?:.{9}|b){40}",
        "[[:^alpha:]]{300}",
        "a" * (MAX_STEPS + 1),
    ],
)
def test_what_is_copied_counts(pattern: str) -> None:
    """Repeats multiply, whatever they are behind of."""
    assert count_steps(pattern) > MAX_STEPS


@pytest.mark.parametrize("pattern", ["", "(", ")", "[", "{3}", "a{", "a{,3}", "\\", "a**", "[]", "(?P<"])
def test_what_is_no_expression_is_counted_too(pattern: str) -> None:
    """Whether it is one, only RE2 can say."""
    assert 0 <= count_steps(pattern) <= MAX_STEPS


@given(st.text("ab.[]{}()^\\p,0123", max_size=30), st.integers(2, 9))
def test_a_repeat_is_as_many_copies(pattern: str, copies: int) -> None:
    """A group that is repeated counts as if it were written out; the brackets of groups do not count."""
    group = pattern.replace("(", "").replace(")", "").replace("[", "").replace("{", "").replace("\\", "")
    assert count_steps(f"({group}){{{copies}}}") == copies * count_steps(group)
