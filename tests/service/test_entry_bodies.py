"""Bodies over HTTP: the bytes that were captured, and headers that keep browsers from running them."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from harlake.har.bodies import response_body
from tests.conftest import FIXTURES, SHARED_HARS, needs_real_hars
from tests.support.hars import har, headers, ids_of, imported, remove_sessions, saved
from tests.support.server import Server

_PIXEL = bytes.fromhex("89504e470d0a1a0a00ff")
_PIXEL_TEXT = base64.b64encode(_PIXEL).decode()


def _entry(content: Any = None, post_data: Any = None, url: str = "http://a.test/x") -> bytes:
    request = {"method": "GET", "url": url} | ({} if post_data is None else {"postData": post_data})
    return json.dumps({"request": request, "response": {"content": content or {}}}).encode()


def _body(server: Server, entry: bytes, tmp_path: Path, of: str = "response") -> tuple[bytes, dict[str, str]]:
    """Import an entry; return its body and the headers of that."""
    session = imported(server, saved(tmp_path / "one.har", har(entry)))["sessionId"]
    (found,) = ids_of(server, session)
    path = f"/api/entries/{found}/{of}-body"
    return server.curl(path), {name: values[0] for name, values in headers(server, path).items()}


@pytest.mark.parametrize(
    ("content", "body", "content_type", "shown"),
    [
        ({"mimeType": "text/plain", "text": "é\n"}, "é\n".encode(), "text/plain; charset=utf-8", "inline"),
        ({"mimeType": "text/html; charset=l1", "text": "é"}, "é".encode(), "text/html; charset=utf-8", "attachment"),
        ({"mimeType": "application/json", "text": "{}"}, b"{}", "application/json; charset=utf-8", "inline"),
        ({"mimeType": "image/svg+xml", "text": "<svg/>"}, b"<svg/>", "image/svg+xml; charset=utf-8", "attachment"),
        ({"mimeType": "image/png", "encoding": "base64", "text": _PIXEL_TEXT}, _PIXEL, "image/png", "inline"),
        ({"mimeType": "text/html;charset=latin1", "encoding": "base64", "text": "6Q=="}, b"\xe9",
         "text/html;charset=latin1", "attachment"),
        ({"mimeType": "x-unknown", "encoding": "base64", "text": "6Q=="}, b"\xe9", "application/octet-stream",
         "attachment"),
        ({"mimeType": "text/plain\r\nX-Evil: 1", "text": "a"}, b"a", "application/octet-stream", "attachment"),
        ({"text": ""}, b"", "text/plain; charset=utf-8", "inline"),
        ({"mimeType": "text/plain", "text": "a\udc80b"}, "a\ufffdb".encode(), "text/plain; charset=utf-8", "inline"),
        ({"mimeType": "image/png", "encoding": "base64", "text": "aGVs\nbG8="}, b"hello", "image/png", "inline"),
    ],
)  # fmt: skip
def test_response_bodies(
    server: Server, tmp_path: Path, content: Any, body: bytes, content_type: str, shown: str
) -> None:
    """The bytes, their type, and nothing that a browser might run."""
    found, sent = _body(server, _entry(content), tmp_path)
    assert found == body
    assert sent["content-type"] == content_type
    assert sent["content-disposition"].startswith(f'{shown}; filename="x')
    assert sent["x-content-type-options"] == "nosniff"
    assert sent["content-security-policy"].startswith("sandbox;")
    assert "x-harlake-warning" not in sent


def test_a_cut_download_goes_on(server: Server, tmp_path: Path) -> None:
    """From the byte where it ended, as curl does it by itself; for another body, it begins anew."""
    text = "".join(f"line {number}\n" for number in range(2_000))
    session = imported(server, saved(tmp_path / "one.har", har(_entry({"mimeType": "text/plain", "text": text}))))
    (found,) = ids_of(server, session["sessionId"])
    path = f"/api/entries/{found}/response-body"
    file = tmp_path / "body.txt"
    file.write_text(text[:777])
    server.curl(path, "-C", "-", "-o", file)
    assert file.read_text() == text
    tag = headers(server, path)["etag"][0]
    assert server.curl(path, "-H", "Range: bytes=-5", "-H", f"If-Range: {tag}") == text[-5:].encode()
    assert server.curl(path, "-H", "Range: bytes=-5", "-H", 'If-Range: "x"') == text.encode()
    status, answer = server.status(path, "-H", "Range: bytes=99999-")
    assert (status, answer["error"]) == (416, "Range not satisfiable")


def test_a_body_that_is_no_base64(server: Server, tmp_path: Path) -> None:
    """What is wrongly marked as base64 comes as the text that it is, and says so."""
    found, sent = _body(
        server, _entry({"mimeType": "text/plain", "encoding": "base64", "text": "not base64!"}), tmp_path
    )
    assert found == b"not base64!"
    assert sent["x-harlake-warning"] == "marked as base64, which it is not"


@pytest.mark.parametrize(
    ("post_data", "body", "warned"),
    [
        ({"mimeType": "text/plain", "text": "a=b"}, b"a=b", False),
        ({"mimeType": "x/y", "text": "6Q==", "encoding": "base64"}, b"\xe9", False),
        ({"params": [{"name": "a", "value": "b c"}, {"name": "d"}]}, b"a=b+c&d=", True),
        ({"params": [{"name": "a", "value": "b"}], "text": "a=B"}, b"a=B", False),
    ],
)
def test_request_bodies(server: Server, tmp_path: Path, post_data: Any, body: bytes, warned: bool) -> None:
    """Request bodies likewise; one that is known by its parameters only is put together again."""
    found, sent = _body(server, _entry(post_data=post_data), tmp_path, "request")
    assert found == body
    assert ("x-harlake-warning" in sent) == warned


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        ({"mimeType": "text/plain"}, "was not captured"),
        ({"text": None}, "was not captured"),
        ({"_file": "abc.bin"}, "in the file 'abc.bin'"),
    ],
)
def test_no_body(server: Server, tmp_path: Path, content: Any, detail: str) -> None:
    """Without a body there is a 404 that says why."""
    session = imported(server, saved(tmp_path / "one.har", har(_entry(content))))["sessionId"]
    (found,) = ids_of(server, session)
    status, answer = server.status(f"/api/entries/{found}/response-body")
    assert (status, answer["error"]) == (404, "No body")
    assert detail in answer["detail"]
    assert server.status(f"/api/entries/{found}/request-body")[0] == 404


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://a.test/a/b.js?x=1", 'filename="b.js"'),
        ("http://a.test/", 'filename="response.txt"'),
        ("http://a.test/%22%0d%0aX:%20y", 'filename="X_y.txt"'),
        ("http://a.test/../..", 'filename="response.txt"'),
        ("http://a.test/%C3%BC.txt", "filename=\"_.txt\"; filename*=UTF-8''%C3%BC.txt"),
        ("http://[bad/x.js", 'filename="response.txt"'),
        ("data:text/plain,x", 'filename="response.txt"'),
    ],
)
def test_names(server: Server, tmp_path: Path, url: str, name: str) -> None:
    """A download is named after its URL, with characters that are safe everywhere."""
    _, sent = _body(server, _entry({"mimeType": "text/plain", "text": "x"}, url=url), tmp_path)
    assert sent["content-disposition"] == f"inline; {name}"


def test_unknown_entries(server: Server) -> None:
    """Without the entry, all of its parts are 404."""
    for part in ("response-body", "request-body", "curl"):
        status, answer = server.status(f"/api/entries/00000000-0000-8000-8000-000000000000/{part}")
        assert (status, answer) == (404, answer | {"error": "Entry not found"})


@pytest.mark.slow
def test_commands_over_http(server: Server) -> None:
    """Each entry of a real capture has a command."""
    session = imported(server, FIXTURES / "playwright-1.65_embed.har")["sessionId"]
    for found in ids_of(server, session)[:20]:
        command = server.curl(f"/api/entries/{found}/curl").decode()
        assert re.match(r"(# .*\n)*(printf %s [\w+/=]+ \| base64 -d \| )?curl \\\n  --url ", command)
    remove_sessions(server)


@needs_real_hars
def test_real_bodies() -> None:
    """Bodies of real files are what Python's own decoders make of them."""
    seen = 0
    for path in sorted(SHARED_HARS.glob("**/*.har"))[:120]:
        try:
            entries = json.loads(path.read_bytes().decode("utf-8-sig"))["log"]["entries"]
        except (ValueError, KeyError, TypeError):
            continue
        for one in entries[:50] if isinstance(entries, list) else []:
            content = (one.get("response") or {}).get("content") if isinstance(one, dict) else None
            if not isinstance(content, dict) or not isinstance(content.get("text"), str):
                continue
            text = content["text"]
            found = response_body(json.dumps(one).encode())
            if content.get("encoding") == "base64" and found.warning is None:
                assert found.data == base64.b64decode(text)
            else:
                assert found.data == text.encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode() or (
                    "\ufffd" in found.data.decode()
                )
            seen += 1
    assert seen > 500


def test_head(server: Server, tmp_path: Path) -> None:
    """HEAD has the headers of GET."""
    session = imported(server, saved(tmp_path / "one.har", har(_entry({"mimeType": "text/plain", "text": "x" * 99}))))
    (found,) = ids_of(server, session["sessionId"])
    for part in ("", "/response-body", "/curl"):
        path = f"/api/entries/{found}{part}"
        got, head = headers(server, path), headers(server, "-I", path)
        varying = {"date": None, "x-request-id": None}
        assert {**head, **varying} == {**got, **varying}
    assert headers(server, "-I", f"/api/entries/{found}/response-body")["content-length"] == ["99"]


def test_scripts(server: Server, tmp_path: Path) -> None:
    """A request comes as a script of the language that is asked for; another one is refused by its name."""
    form = {"mimeType": "multipart/form-data", "params": [{"name": "f", "value": "a", "fileName": "a.txt"}]}
    session = imported(server, saved(tmp_path / "one.har", har(_entry(post_data=form))))["sessionId"]
    (found,) = ids_of(server, session)
    begins = {"curl": "printf ", "fetch": "const response", "python": "import http", "powershell": "Invoke-WebRequest"}
    for language, begin in begins.items():
        script = server.curl(f"/api/entries/{found}/curl?format={language}").decode()
        lines = [line for line in script.splitlines() if not line.startswith(("# ", "// "))]
        assert lines[0].startswith(begin)
    assert server.curl(f"/api/entries/{found}/curl").startswith(b"# The body is put together")
    assert server.status(f"/api/entries/{found}/curl?format=perl")[0] == 400
    body, sent = (
        server.curl(f"/api/entries/{found}/request-body"),
        headers(server, f"/api/entries/{found}/request-body"),
    )
    boundary = sent["content-type"][0].partition("boundary=")[2].encode()
    assert body.startswith(b'--%b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"' % boundary)


def test_an_entry_can_be_had_in_parts(server: Server, tmp_path: Path) -> None:
    """In ranges of its bytes; without its bodies; and its messages by page, cut where they are long."""
    entry = b'{"request":{"method":"GET","url":"http://a.test/x"},"response":{"content":{"text":"ab"}},%b}' % (
        b'"_webSocketMessages":[{"type":"send","data":"%b"},{"type":"receive","data":"two"}]' % (b"x" * 5000)
    )
    session = imported(server, saved(tmp_path / "one.har", har(entry)))["sessionId"]
    (found,) = ids_of(server, session)
    path = f"/api/entries/{found}"
    assert server.curl("-r", "10-19", path) == entry[10:20]
    assert server.status("-r", "99999-", path)[0] == 416
    assert server.json(f"{path}?bodies=none") == {
        "request": {"method": "GET", "url": "http://a.test/x"},
        "response": {"content": {"comment": "body left out by harlake"}},
    }
    assert server.status(f"{path}?bodies=some")[0] == 400
    assert server.json(f"{path}/messages?start=1") == {
        "total": 2,
        "start": 1,
        "messages": [
            {"type": "receive", "time": None, "opcode": None, "id": None, "data": "two", "size": 3, "truncated": False}
        ],
    }
    (long,) = server.json(f"{path}/messages?limit=1")["messages"]
    assert (len(long["data"]), long["size"], long["truncated"]) == (4096, 5000, True)
