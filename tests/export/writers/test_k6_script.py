"""Scripts for k6: whatever is captured is a literal."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.exported import HOSTILE, exchange, exported

_CALL = re.compile(r"  send\((.*)\);")


def _calls(script: bytes) -> list[Any]:
    """Return the arguments of each call; all lines of the function are calls, or comments of ours."""
    body = script.decode("ascii").partition("export default function () {\n")[2].removesuffix("}\n").splitlines()
    calls = [match[1] for line in body if (match := _CALL.fullmatch(line))]
    assert len(calls) + sum(bool(re.fullmatch(r"  // [\w ,.:/-]+", line)) for line in body) == len(body)
    decoded = (re.sub(r'b64decode\("([^"]*)"\)', r'{"base64": "\1"}', call) for call in calls)
    return [json.loads(f"[{call}]") for call in decoded]


def test_requests_are_calls() -> None:
    """With method, URL, headers, body and the status to expect; bytes are base64."""
    data = base64.b64encode(bytes(range(256))).decode()
    octets = {"postData": {"mimeType": "application/octet-stream", "text": data, "encoding": "base64"}}
    script = exported("k6", exchange("http://a.test/?q=1"), exchange(method="POST", request=octets))
    first, second = _calls(script)
    assert first == ["GET", "http://a.test/?q=1", [], None, 200]
    assert second[0] == "POST"
    assert second[3] == {"base64": data}


def test_what_cannot_be_sent_is_said() -> None:
    """By number."""
    assert b"// Entry 2 cannot be sent" in exported("k6", exchange(), exchange("data:,x"))


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.text() | st.just(HOSTILE), st.sampled_from(["name", "value", "url", "body", "method", "status"]))
def test_nothing_is_code(text: str, place: str) -> None:
    """All that is captured stays in literals, wherever it stands; one header of a hostile name stays one."""
    header = {"name": text if place == "name" else "__proto__", "value": text if place == "value" else "x"}
    request: dict[str, Any] = {"headers": [header]}
    if place == "body":
        request["postData"] = {"mimeType": "text/plain", "text": text}
    entry = exchange(
        f"http://a.test/{text}" if place == "url" else "http://a.test/",
        text if place == "method" else "POST",
        request=request,
        response={"statusText": text},
    )
    for call in _calls(exported("k6", entry)):
        assert len(call) == 5
