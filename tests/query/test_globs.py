"""Globs: the conditions they become, against Python's own reading of them."""

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harlake.limits import MAX_TEXT_BYTES
from harlake.query.conditions import Condition
from harlake.query.globs import glob_condition

_texts = st.text("ab%_\\.+(\n é", max_size=12)
_globs = st.text("ab%_\\.+(\n é**", min_size=1, max_size=8)


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    """A database in memory."""
    return duckdb.connect()


def _matches(database: duckdb.DuckDBPyConnection, text: str | None, condition: Condition) -> bool:
    row = database.execute(f"SELECT {condition.sql} FROM (SELECT ?::VARCHAR AS x)", [*condition.parameters, text])
    found = row.fetchall()[0][0]
    assert isinstance(found, bool)
    return found


@given(text=_texts, glob=_globs)
@example("aba", "ab*ba")
@example("ab\nab", "a*b*b")
@example("", "**")
def test_a_glob_matches_what_it_matches_in_python(database: duckdb.DuckDBPyConnection, text: str, glob: str) -> None:
    """The text as a whole: a star is anything, line breaks included, and nothing else is anything but itself."""
    expected = re.fullmatch(".*".join(map(re.escape, glob.split("*"))), text, re.DOTALL) is not None
    assert _matches(database, text, glob_condition("x", glob)) == expected


@pytest.mark.parametrize("glob", ["*", "a", "a*", "*a", "*a*", "a*b", "*a*b*"])
def test_what_is_not_there_matches_nothing(database: duckdb.DuckDBPyConnection, glob: str) -> None:
    """A condition is never NULL."""
    assert not _matches(database, None, glob_condition("x", glob))


@pytest.mark.parametrize("glob", ["x = a", "* LIKE ?", "'; --*"])
def test_a_glob_is_a_parameter(glob: str) -> None:
    """What a client wrote is no SQL; and no condition asks LIKE, which goes back for each star."""
    condition = glob_condition("x", glob)
    assert (condition.sql.count("?"), len(condition.parameters)) == (1, 1)
    assert "LIKE" not in condition.sql


def test_a_glob_that_is_longer_than_any_text_matches_none() -> None:
    """It is not even looked for; its stars do not count."""
    assert glob_condition("x", "*a" * (MAX_TEXT_BYTES + 1)) == Condition("false")
    assert glob_condition("x", "*a" * MAX_TEXT_BYTES).parameters
