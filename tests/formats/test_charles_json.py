"""Sessions of Charles, as its own JSON has them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from harlake.errors import InvalidJsonError
from tests.support.conversions import entries_made, texts_of

_SESSION: list[dict[str, Any]] = [
    {
        "status": "COMPLETE",
        "method": "POST",
        "protocolVersion": "HTTP/1.1",
        "scheme": "https",
        "host": "api.example.test",
        "port": None,
        "actualPort": 443,
        "path": "/v1/items",
        "query": "page=2&q=",
        "tunnel": False,
        "keptAlive": False,
        "webSocket": False,
        "remoteAddress": "api.example.test/192.0.2.7",
        "clientAddress": "127.0.0.1",
        "clientPort": 51234,
        "times": {"start": "2026-03-01T10:00:00.250+01:00", "end": "2026-03-01T10:00:00.370+01:00"},
        "durations": {"total": 120, "dns": 5, "connect": 10, "ssl": 20, "request": 1, "latency": 60, "response": 25},
        "totalSize": 700,
        "request": {
            "sizes": {"headers": 200, "body": 7},
            "mimeType": "application/json",
            "charset": None,
            "contentEncoding": None,
            "header": {
                "firstLine": "POST /v1/items?page=2&q= HTTP/1.1",
                "headers": [
                    {"name": "Content-Type", "value": "application/json"},
                    {"name": "Cookie", "value": "a=1; b=2"},
                ],
            },
            "body": {"text": '{"a":1}', "charset": None},
        },
        "response": {
            "status": 404,
            "sizes": {"headers": 90, "body": 3},
            "mimeType": "image/png",
            "charset": None,
            "contentEncoding": "gzip",
            "header": {
                "firstLine": "HTTP/1.1 404 Not Here",
                "headers": [
                    {"name": "Content-Encoding", "value": "gzip"},
                    {"name": "Set-Cookie", "value": "s=v; Path=/"},
                ],
            },
            "body": {"encoding": "base64", "encoded": base64.b64encode(b"\0\1\2").decode()},
        },
    },
    {
        "status": "FAILED",
        "method": "CONNECT",
        "scheme": "https",
        "host": "secure.example.test",
        "port": None,
        "actualPort": 443,
        "tunnel": True,
        "errorMessage": "SSL handshake failed",
        "request": {},
        "response": None,
    },
]


def test_transactions_become_entries() -> None:
    """Messages, bodies, times, addresses and failures are where HAR has them."""
    done, failed = entries_made(json.dumps(_SESSION).encode())
    request, response = done["request"], done["response"]
    assert (request["method"], request["url"]) == ("POST", "https://api.example.test/v1/items?page=2&q=")
    assert request["queryString"] == [{"name": "page", "value": "2"}, {"name": "q", "value": ""}]
    assert request["cookies"] == [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]
    assert request["postData"] == {"mimeType": "application/json", "params": [], "text": '{"a":1}'}
    assert (request["headersSize"], request["bodySize"]) == (200, 7)
    assert (response["status"], response["statusText"], response["httpVersion"]) == (404, "Not Here", "HTTP/1.1")
    assert response["cookies"] == [{"name": "s", "value": "v"}]
    content = response["content"]
    assert (content["mimeType"], content["encoding"], content["size"]) == ("image/png", "base64", 3)
    assert base64.b64decode(content["text"]) == b"\0\1\2"
    assert (done["startedDateTime"], done["time"]) == ("2026-03-01T10:00:00.250+01:00", 120)
    assert done["timings"] == {
        "blocked": -1, "dns": 5, "connect": 10, "ssl": 20, "send": 1, "wait": 60, "receive": 25
    }  # fmt: skip
    assert done["serverIPAddress"] == "192.0.2.7"
    assert failed["request"]["url"] == "https://secure.example.test:443"
    assert (failed["response"]["status"], failed["response"]["_error"]) == (0, "SSL handshake failed")


def test_the_envelope_names_charles() -> None:
    """The HAR says who has captured it."""
    report = texts_of(json.dumps(_SESSION, indent=2).encode())[1]
    assert (report.creator["name"], report.encoding, report.total) == ("Charles Proxy", "charles", 2)


@pytest.mark.parametrize("cut", [20, 700, -3])
def test_a_session_that_is_cut_off_is_refused(cut: int) -> None:
    """Nothing of it is taken, and the place is said."""
    text = json.dumps(_SESSION).encode()
    with pytest.raises(InvalidJsonError, match=r"cut off|no JSON") as raised:
        texts_of(text.replace(b'[{"', b'[{"tunnel":false,"')[:cut])
    assert raised.value.byte is not None


def test_what_is_no_transaction_is_refused() -> None:
    """A value that is no object, between transactions, is named by its byte."""
    text = json.dumps(_SESSION[:1]).encode()[:-1] + b",7]"
    with pytest.raises(InvalidJsonError, match="unexpected b'7'") as raised:
        texts_of(text)
    assert (raised.value.byte, raised.value.entry) == (len(text) - 2, 1)
