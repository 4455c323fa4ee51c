"""Dates as V8 takes them: a table that Node.js has made, and Node.js itself where it is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.har.validate.v8_dates import is_v8_date

TABLE = json.loads((Path(__file__).parents[3] / "fixtures" / "v8-dates.json").read_text())

_ASK = """
const texts = JSON.parse(require("fs").readFileSync(0, "utf8"));
process.stdout.write(texts.map((text) => (isNaN(new Date(text)) ? "0" : "1")).join(""));
"""
_PIECES = st.sampled_from(
    [*"0123456789:-+./,;() TZ\0\ufeffé", "Jan", "may", "GMT", "PM", "foo", "2024", "10:00", "-05"]
)


@pytest.mark.parametrize(("name", "is_date"), [("dates", True), ("others", False)])
def test_dates_are_those_of_v8(name: str, is_date: bool) -> None:
    """Each text of the table is a date, or none, as it was to Node.js."""
    assert len(TABLE[name]) > 500
    assert [text for text in TABLE[name] if is_v8_date(text) is not is_date] == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@settings(max_examples=20)
@given(
    st.lists(
        st.lists(_PIECES, max_size=12).map("".join)
        | st.sampled_from(TABLE["dates"]).flatmap(lambda text: _changed(text)),
        min_size=50,
        max_size=500,
    )
)
def test_node_says_the_same(texts: list[str]) -> None:
    """Texts put together of the pieces of dates, and dates with a piece in some place, are what Node.js says."""
    command = ["node", "--eval", _ASK]
    answer = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True).stdout
    assert [text for text, digit in zip(texts, answer, strict=True) if is_v8_date(text) is not (digit == "1")] == []


def _changed(text: str) -> st.SearchStrategy[str]:
    places = st.integers(0, len(text))
    return st.builds(lambda at, piece, rest: text[:at] + piece + text[rest:], places, _PIECES, places)


@pytest.mark.parametrize("piece", ["a ", "(", ")", "()", " jan", "-+", "1", ":", "\0", ", "])
def test_long_texts_take_no_time(piece: str) -> None:
    """A megabyte of anything is no date, or one, after a thousand tokens."""
    is_v8_date(f"1 jan 2024{piece * 1_000_000}")
    is_v8_date(f"{piece * 1_000_000}1 jan 2024")
