"""What is sent of a recorded request, on the wire: what the HAR says was sent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from harlake.har.replay.recorded_request import recorded_request
from harlake.har.replay.scripts import replay_script
from tests.support.wire import WireServer, posted, sent_by_curl, wire_server


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    """A server that keeps what comes."""
    with wire_server() as served:
        yield served


def _header(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "value": value}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([_header("X-A", ["a", "b"])], [("X-A", "a"), ("X-A", "b")]),
        ([_header("X-A", 0), _header("X-B", False)], [("X-A", "0"), ("X-B", "false")]),
        ([_header("X-C", True)], [("X-C", "true")]),
        ([_header("X-A", "a\nb")], [("X-A", "a"), ("X-A", "b")]),
        ([_header("X-A", {"type": "string", "value": "v"})], [("X-A", "v")]),
        ([_header("X-A", {"type": "base64", "value": "dg=="})], [("X-A", "v")]),
        ([_header("X-A", "")], [("X-A", "")]),
        ({"X-A": "v", "X-B": ["1", "2"]}, [("X-A", "v"), ("X-B", "1"), ("X-B", "2")]),
        ([["X-A", "v"]], [("X-A", "v")]),
        ([{"X-A": "v"}], [("X-A", "v")]),
        (["X-A: v"], [("X-A", "v")]),
        ([_header("Connection", "close"), _header("Keep-Alive", "5")], [("Connection", "close"), ("Keep-Alive", "5")]),
        ([_header(":authority", "other.test")], [("Host", "other.test")]),
        ([_header(":method", "GET"), _header(":path", "/x")], []),
        ([_header("Content-Length", "99")], []),
    ],
)  # fmt: skip
def test_headers(server: WireServer, headers: Any, expected: list[tuple[str, str]]) -> None:
    """However a HAR has a header, it is sent, a line for each of its values."""
    sent = sent_by_curl(server, posted(server, method="GET", headers=headers, httpVersion="HTTP/1.1"))
    own = f"127.0.0.1:{server.port}"
    assert [one for one in sent.headers if one != ("Host", own)] == expected


def test_cookies(server: WireServer) -> None:
    """Where no header says them, in any type."""
    cookies = [_header("n", 0), _header("sid", {"type": "string", "value": "abc"}), _header("e", None)]
    assert sent_by_curl(server, posted(server, cookies=cookies)).values("cookie") == ["n=0; sid=abc; e="]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "post"])
@pytest.mark.parametrize("members", [{"headers": [_header("Content-Length", "0")]}, {"bodySize": 0}, {"bodySize": -1}])
def test_lengths_of_nothing(server: WireServer, method: str, members: dict[str, Any]) -> None:
    """What says that its body is empty is sent so; what does not, is not."""
    entry = posted(server, method=method, **members)
    said = members.get("bodySize") != -1 and not (method == "DELETE" and "bodySize" in members)
    assert replay_script(entry).startswith("curl")
    sent = sent_by_curl(server, entry)
    assert sent.values("content-length") == (["0"] if said else [])
    assert sent.line == f"{method.upper()} /p?q=1 HTTP/1.1"


@pytest.mark.parametrize(
    "post_data", [None, {}, {"mimeType": None, "text": None, "params": []}, {"mimeType": "x/y"}, {"text": ""}, ""]
)
def test_nothing_is_said_of_what_was_never_there(server: WireServer, post_data: Any) -> None:
    """Most producers have a postData with each request."""
    entry = posted(server, method="GET", bodySize=0, postData=post_data)
    assert replay_script(entry).startswith("curl")
    assert sent_by_curl(server, entry).values("content-length") == []


def test_content_codings(server: WireServer) -> None:
    """A body that was captured decoded goes without Content-Encoding, and that is said; one that is in it, with it."""
    headers = [_header("Content-Encoding", "gzip"), _header("Content-Length", "31")]
    entry = posted(server, headers=headers, postData={"mimeType": "application/json", "text": "{}"})
    assert "Content-Encoding is left out" in replay_script(entry)
    assert sent_by_curl(server, entry).values("content-encoding") == []
    packed = {"mimeType": "application/json", "text": "H4sIAAAAAAAA/6uuBQBDv6ajAgAAAA==", "encoding": "base64"}
    sent = sent_by_curl(server, posted(server, headers=headers, postData=packed))
    assert sent.values("content-encoding") == ["gzip"]


def test_versions() -> None:
    """HTTP/2 without TLS is spoken at once; headers of a connection are not for it."""
    request = {"method": "GET", "httpVersion": "HTTP/2.0", "headers": [_header("Connection", "close")]}
    clear, secure = (
        replay_script(json.dumps({"request": {"url": f"{scheme}://a.test/", **request}}).encode())
        for scheme in ("HTTP", "https")
    )
    assert "--http2-prior-knowledge" in clear
    assert "--http2\n" in secure
    assert "Connection" not in clear + secure


def test_upgrades(server: WireServer) -> None:
    """A WebSocket is asked for as it was."""
    headers = [_header("Connection", "Upgrade"), _header("Upgrade", "websocket"), _header("Sec-WebSocket-Key", "x")]
    url = f"ws://127.0.0.1:{server.port}/s"
    entry = posted(server, method="GET", url=url, headers=headers, httpVersion="HTTP/1.1")
    sent = sent_by_curl(server, entry)
    assert sent.headers[1:] == [(one["name"], one["value"]) for one in headers]
    assert replay_script(entry).startswith("# A WebSocket: ")


@pytest.mark.parametrize(
    ("request_members", "comment"),
    [
        ({"headers": [_header("X", {"a": 1})]}, "A header that cannot be sent"),
        ({"headers": [_header("Host", "a.test"), _header("Host", "b.test")]}, "several hosts"),
        ({"headers": [_header("Connection", "close")], "httpVersion": "h2"}, "HTTP/2 has no headers of a connection"),
        ({"headers": [_header("Transfer-Encoding", "chunked")]}, "had a body, which was not captured"),
        ({"headers": [_header("Content-Length", 5)]}, "had a body, which was not captured"),
        ({"url": "http://u:p@a.test/"}, "The URL has a user"),
        ({"url": "//a.test/"}, "The URL had no scheme or no host"),
        ({"method": "CONNECT", "url": "a.test:443"}, "CONNECT asks a proxy for a tunnel"),
        ({"bodySize": 9, "postData": {"text": "ab"}}, "The body has 2 bytes, and had 9"),
        ({"postData": {"params": [_header("a", "b c")]}}, "put together from the parameters of a form"),
        ({"postData": {"text": {"a": 1}}}, "a JSON value in the HAR"),
        ({"postData": {"params": [{"name": "f", "value": "(binary)", "fileName": "a"}]}}, "which was not captured"),
        ({"postData": {"mimeType": "multipart/form-data", "params": [{"name": "f", "value": "a"}]},
          "headers": [_header("Content-Type", "multipart/form-data")]}, "had no boundary"),
        ({"httpVersion": "h3"}, "Captured over HTTP/3"),
    ],
)  # fmt: skip
def test_what_differs_is_said(request_members: dict[str, Any], comment: str) -> None:
    """In letters that mean nothing to a shell that knows no comments, as zsh at its prompt."""
    request = {"url": "http://a.test/", "method": "POST", **request_members}
    script = replay_script(json.dumps({"request": request}).encode())
    lines = [line for line in script.splitlines() if line.startswith("#")]
    assert any(comment in line for line in lines)
    assert all(re.fullmatch(r"# [\w ,.:/-]+", line) for line in lines)


@pytest.mark.parametrize(
    ("version", "said"),
    [("HTTP/2.0", "2"), ("h2", "2"), (2, "2"), (1.1, "1.1"), ("1.1", "1.1"), ("http/1.0", "1.0"), ("H3-29", "3"),
     ("http/2+quic/46", "3"), ("h2c", "2"), ("unknown", ""), ("spdy/3.1", ""), (None, ""), ("HTTP/1", "")],
)  # fmt: skip
def test_names_of_versions(version: Any, said: str) -> None:
    """As HAR 1.2, ALPN and numbers have them."""
    request = {"url": "http://a.test/", "httpVersion": version}
    assert recorded_request(json.dumps({"request": request}).encode()).version == said
