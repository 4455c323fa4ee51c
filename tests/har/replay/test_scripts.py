"""Scripts in all languages, and real requests: on the wire, they are what the HAR says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Final

import pytest

from harlake.har.replay.scripts import replay_script
from tests.support.wire import WireServer, wire_server


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    """A server that keeps what comes."""
    with wire_server() as served:
        yield served


def _entry(server: WireServer, **request: Any) -> bytes:
    url = f"http://127.0.0.1:{server.port}/p?q=1"
    return json.dumps({"request": {"method": "POST", "url": url, "headers": []} | request}).encode()


def _header(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "value": value}


_RUNNERS: Final = {"python": [sys.executable, "-c"], "fetch": ["node", "--input-type=module", "-e"]}


@pytest.mark.parametrize("language", _RUNNERS)
def test_other_languages_send_the_same(server: WireServer, language: str) -> None:
    """Method, target, headers and body, with whatever is in them."""
    if shutil.which(_RUNNERS[language][0]) is None:
        pytest.skip(f"{_RUNNERS[language][0]} is not installed")
    text = "</script>'\"`${1}\\ \u00e9\u2028\x7f\n"
    headers = [_header("X-A", "a'\"\\b"), _header("X-A", "c"), _header("Content-Type", "text/plain;charset=utf-8")]
    for body in ({"text": text}, {"text": "AP8=", "encoding": "base64"}):
        entry = _entry(server, method="PUT", headers=headers, postData=body)
        script = replay_script(entry, language)  # type: ignore[arg-type]
        subprocess.run([*_RUNNERS[language], script], check=True, capture_output=True, timeout=60)
        sent = server.requests.pop()
        assert sent.line == "PUT /p?q=1 HTTP/1.1"
        assert sent.body == (b"\0\xff" if "encoding" in body else text.encode())
        values = sent.values("x-a")
        assert ", ".join(values) == "a'\"\\b, c"
        assert sent.values("content-type") == ["text/plain;charset=utf-8"]
