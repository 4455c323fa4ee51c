"""Python: a script that always compiles, and has no characters but letters."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.replay.scripts import replay_script


@given(st.text(), st.text(), st.text(), st.text())
def test_any_request_is_a_script(url: str, method: str, value: str, text: str) -> None:
    """Whatever it holds is in literals."""
    request = {
        "url": url,
        "method": method,
        "headers": [{"name": "X-A", "value": value}],
        "postData": {"mimeType": "text/plain", "text": text},
    }
    script = replay_script(json.dumps({"request": request}).encode(), "python")
    compile(script, "script", "exec")
    assert script.isascii()
    assert script.replace("\n", "").isprintable()


def test_what_the_standard_library_cannot_speak_is_said() -> None:
    """It has HTTP/1.1."""
    request = {"url": "https://a.test/", "httpVersion": "h2"}
    assert replay_script(json.dumps({"request": request}).encode(), "python").startswith("# Captured over HTTP/2")
