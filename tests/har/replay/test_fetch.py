"""JavaScript: what fetch cannot do is said."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.replay.scripts import replay_script


@pytest.mark.parametrize(
    ("method", "comment"), [("GET", "// fetch sends no body with GET"), ("TRACE", "// fetch refuses this method.")]
)
def test_what_fetch_refuses_is_said(method: str, comment: str) -> None:
    """Before the call."""
    request = {"url": "http://a.test/", "method": method, "postData": {"text": "x"}}
    assert replay_script(json.dumps({"request": request}).encode(), "fetch").startswith(comment)


@given(st.text(), st.text())
def test_literals_are_ascii_and_end_no_script(url: str, text: str) -> None:
    """Whatever they hold: a page that shows the code, and a terminal that it is pasted into, see letters."""
    request = {"url": url, "method": "POST", "postData": {"text": text}}
    script = replay_script(json.dumps({"request": request}).encode(), "fetch")
    assert script.isascii()
    assert "</" not in script
    assert script.replace("\n", "").isprintable()
