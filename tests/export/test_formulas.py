"""Cells that spreadsheets would compute, and cells that are left as they are."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.export.formulas import without_formulas

_SIGNS = "=+-@＝＋－＠﹢﹣﹦﹫−"
_UNSEEN = ["", " ", "\ufeff", "\t", "\r", "\n", "\xa0", "\u200b", "\u202e", "\u3000", "\x00", "\x1b", " \ufeff "]


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    """What a table is written by."""
    return duckdb.connect()


def _cell(database: duckdb.DuckDBPyConnection, text: str | None) -> str | None:
    row = database.execute(f"SELECT {without_formulas('a')} FROM (SELECT ?::VARCHAR AS a)", [text]).fetchone()
    assert row is not None
    return row[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize("sign", _SIGNS)
def test_formulas_become_texts(database: duckdb.DuckDBPyConnection, sign: str) -> None:
    """In any of their widths, and behind anything that is not seen."""
    for unseen in _UNSEEN:
        for formula in (f"{unseen}{sign}", f"{unseen}{sign}SUM(A1)", f"{unseen}{sign}1+1"):
            assert _cell(database, formula) == f"'{formula}"


@pytest.mark.parametrize("text", ["\tx", "\rx", "\nx", "+1", "-1e5", "-1.2.3", "-A1", "--1", "-", "-1 ", "-１"])
def test_other_formulas(database: duckdb.DuckDBPyConnection, text: str) -> None:
    """Controls that may end a cell, and what only looks like a number."""
    assert _cell(database, text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "a",
        "a=1",
        "é=1",
        "http://a/?b=c",
        "/=",
        "1+1",
        "-1",
        "-17.25",
        "'=1",
        '"=1"',
        "*",
        " a",
        "\ufeffa",
        "~",
    ],
)
def test_texts_stay_as_they_are(database: duckdb.DuckDBPyConnection, text: str | None) -> None:
    """Also negative numbers, and what is null or empty."""
    assert _cell(database, text) == text


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_itself_or_behind_an_apostrophe(text: str) -> None:
    """No text begins with a sign, and none is changed otherwise."""
    with duckdb.connect() as database:
        found = _cell(database, text)
    assert found in (text, f"'{text}")
    assert not (text and text[0] in "=+@\t\r") or found == f"'{text}"
