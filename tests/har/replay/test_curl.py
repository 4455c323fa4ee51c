"""The curl command of a request: what a real shell makes of it, and what a real server then receives."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.controls import CONTROLS
from harlake.har.replay.scripts import replay_script as curl_command

#: Prints what curl is given: the arguments, each followed by NUL, then what comes through the pipe.
_PRINT = "curl() { printf '%s\\0' \"$@\"; case \" $* \" in *' @- '*) cat;; esac; }\n"


def _entry(**request: Any) -> bytes:
    return json.dumps({"request": {"method": "GET", "url": "http://a.test/", "headers": []} | request}).encode()


def _run(entry: bytes) -> tuple[list[str], bytes]:
    """Return the arguments that curl gets from a real shell, and what comes through the pipe."""
    script = _PRINT + curl_command(entry)
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=True, stdin=subprocess.DEVNULL)
    assert done.stderr == b""
    *arguments, piped = done.stdout.split(b"\0") if b"@-" not in done.stdout else _split(done.stdout)
    return [one.decode("utf-8", "surrogateescape") for one in arguments], piped


def _split(output: bytes) -> list[bytes]:
    """Split at the end of the arguments: what is piped may have NULs."""
    end = output.index(b"Expect:\0") + len(b"Expect:\0")
    rest = output[end:]
    # Options of the method and the version may follow.
    more: list[bytes] = []
    while rest.startswith((b"--http", b"--compressed", b"--request")):
        words = 2 if rest.startswith(b"--request") else 1
        for _ in range(words):
            word, _, rest = rest.partition(b"\0")
            more.append(word)
    return [*output[:end].split(b"\0")[:-1], *more, rest]


def _values(arguments: list[str], option: str) -> list[str]:
    return [value for name, value in pairwise(arguments) if name == option]


#: Ends a paste, a line, or what is typed; changes colours, titles and directions; completes, deletes, and runs.
_CONTROLS = st.sampled_from(
    ["\n", "\r\n", "\t", "\0", "\x03\ntouch ran\n", "\x1b[201~\ntouch ran\n", "\x1b]0;x\x07", "\x7f", "\x9b2J", "\x15",
     "\u2028", "\u202e", "\u2066", "\ufeff", "\u200b"]
)  # fmt: skip
_ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_NASTY = st.sampled_from(["'", '"', "$(id)", "`id`", "\\", "!", "!!", "@/etc/passwd", "--next", "-K", "%00", "~", "*"])
_VALUE = st.lists(_ANYTHING | _NASTY | _CONTROLS, max_size=4).map("".join)


@given(name=st.sampled_from(["X-A", "Cookie", "Referer"]), value=_VALUE)
def test_headers_arrive_as_they_are(name: str, value: str) -> None:
    """Whatever a header's value is, curl gets exactly it, or the header is left out and said to be."""
    entry = _entry(headers=[{"name": name, "value": value}])
    arguments, _ = _run(entry)
    sent = [one for one in _values(arguments, "--header") if one.startswith((f"{name}:", f"{name};"))]
    lines = value.replace("\r\n", "\n").split("\n")  # as browsers join the values of headers of one name
    clean = [line for line in lines if not CONTROLS.search(line)]
    assert sent == [f"{name}: {line}" if line.strip() else f"{name};" for line in clean]
    assert curl_command(entry).startswith("# A header that cannot be sent is left out.\n") is (clean != lines)


@given(text=_VALUE)
def test_bodies_arrive_as_they_are(text: str) -> None:
    """Whatever a body is, curl gets exactly it: as an argument, or where it has controls, through a pipe."""
    arguments, piped = _run(_entry(method="POST", postData={"mimeType": "text/plain", "text": text}))
    raw = _values(arguments, "--data-raw")
    assert (raw[0].encode() if raw else piped) == text.encode()
    assert bool(raw) == (CONTROLS.search(text) is None)


@given(st.data())
def test_no_command_has_a_control_character(data: st.DataObject) -> None:
    """Whatever an entry's members are: what a terminal obeys is never in it, and line feeds are between options."""
    values = [data.draw(_VALUE) for _ in range(9)]
    mime_type, text, name, value, cookie = values[:5]
    entry = _entry(
        url=values[5],
        method=values[6],
        httpVersion=values[7],
        headers=[{"name": name, "value": value}, {"name": "X-A", "value": values[8]}],
        cookies=[{"name": cookie, "value": cookie}],
        postData={"mimeType": mime_type, "text": text},
    )
    comments, _, command = curl_command(entry).rpartition("# ")
    lines = command.splitlines() if not comments else command.splitlines()[1:]
    assert CONTROLS.search(curl_command(entry).replace("\n", "")) is None
    assert lines[0].startswith(("curl \\", "printf %s "))
    assert all(line.startswith("  --") and line.endswith(" \\") for line in lines[1:-1])
    _run(entry)


@given(url=_VALUE, method=_VALUE)
def test_urls_and_methods(url: str, method: str) -> None:
    """URLs and methods cannot become options, or commands."""
    arguments, _ = _run(_entry(url=url, method=method))
    assert arguments[0] == "--url"
    assert "\n" not in arguments[1]
    assert len(_values(arguments, "--request")) <= 1
    assert arguments[2:4] == ["--proto", "=http,https"]
    assert set(arguments[4:]) <= {"--globoff", "--path-as-is", "--header", "User-Agent:", "Accept:", "--head",
                                  "--request", method}  # fmt: skip


def test_what_cannot_be_repeated_is_said() -> None:
    """Comments come before the command, and the command still runs."""
    lost = _entry(method="POST", bodySize=10)
    assert curl_command(lost).startswith("# The request had a body, which was not captured.\n")
    attached = _entry(method="POST", postData={"mimeType": "text/plain", "_file": "a.txt"})
    assert curl_command(attached).startswith("# The request had a body, which was not captured.\n")
    assert curl_command(_entry(url="data:,x")).startswith("# This kind of URL cannot be requested")
    assert curl_command(b'{"request":{"url":"\\ud800"}}').count("--url") == 1
    assert _run(_entry(url="http://[::1"))[0][1] == "http://[::1/"
    assert _run(_entry(url="@/etc/passwd"))[0][1] == "%40/etc/passwd"  # no file of URLs
    odd = b'{"time":1e999,"x":%b,"request":{"url":"http://a.test/","x":%b}}' % (b"[" * 5000 + b"]" * 5000, b"1" * 6000)
    assert _run(odd)[0][1] == "http://a.test/"
    for entry in (lost, attached):
        _run(entry)


class _Recorder(BaseHTTPRequestHandler):
    received: dict[str, Any]

    def _record(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        type(self).received = {
            "method": self.command,
            "path": self.path,
            "headers": [(name.lower(), value) for name, value in self.headers.items()],
            "body": self.rfile.read(length),
        }
        self.send_response(204)
        self.end_headers()

    do_GET = do_POST = do_PUT = do_HEAD = do_PATCH = _record

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    """A server that remembers the last request."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("method", "post_data", "body"),
    [
        ("GET", None, b""),
        ("HEAD", None, b""),
        ("POST", {"mimeType": "application/json", "text": '{"a": "b\'c\\n"}'}, b'{"a": "b\'c\\n"}'),
        ("PUT", {"mimeType": "text/plain", "text": "@file"}, b"@file"),
        ("PATCH", {"mimeType": "x/y", "text": "AAH+/w==", "encoding": "base64"}, b"\0\x01\xfe\xff"),
        ("POST", {"mimeType": "text/plain", "text": ""}, b""),
        ("POST", {"mimeType": "text/plain", "text": "x" * 300_000}, b"x" * 300_000),
        (
            "POST",
            {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a b", "value": "&"}, {"name": "c"}]},
            b"a+b=%26&c=",
        ),
    ],
)  # fmt: skip
def test_a_server_receives_the_same(target: str, method: str, post_data: Any, body: bytes) -> None:
    """A request that is sent again by a real curl is the request that was captured."""
    headers = [("Host", target.removeprefix("http://")), ("X-One", "1"), ("X-One", "2"), ("User-Agent", "it's me")]
    entry = _entry(
        method=method,
        url=f"{target}/p/../q?a=[1-2]&b={{x}}#fragment",
        httpVersion="HTTP/1.1",
        headers=[{"name": name, "value": value} for name, value in headers],
        **({"postData": post_data} if post_data else {}),
    )
    # Through standard input: what is pasted may be longer than an argument.
    subprocess.run(["sh", "-e"], input=curl_command(entry).encode(), check=True, capture_output=True)
    received = _Recorder.received
    assert (received["method"], received["path"], received["body"]) == (method, "/p/../q?a=[1-2]&b={x}", body)
    computed = {"host", "content-length", "content-type"}
    assert [one for one in received["headers"] if one[0] not in computed] == [
        (name.lower(), value) for name, value in headers[1:]
    ]
    types = [value for name, value in received["headers"] if name == "content-type"]
    assert types == ([post_data["mimeType"]] if post_data else [])


@pytest.mark.parametrize(
    ("request_members", "expected"),
    [
        ({"headers": [{"name": "Accept-Encoding", "value": "br"}]}, "--compressed"),
        ({"httpVersion": "HTTP/2.0"}, "--http2"),
        ({"httpVersion": "h3"}, "# Captured over HTTP/3"),
        ({"headers": [{"name": "a b", "value": "c"}]}, "# A header that cannot be sent is left out."),
        ({"headers": [{"name": "a", "value": "\x1b"}]}, "# A header that cannot be sent is left out."),
        ({"cookies": [{"name": "a", "value": "\x9b"}]}, "# A header that cannot be sent is left out."),
        (
            {"method": "POST", "postData": {"mimeType": "a\tb", "text": ""}},
            "# The media type of the body cannot be sent.",
        ),
        ({"method": "GET\n"}, "# The method cannot be sent."),
        ({"url": "http://a.test/\x9b\u202e é"}, "http://a.test/%C2%9B%E2%80%AE%20%C3%A9"),
        ({"url": "ftp://example.test/"}, "# This kind of URL cannot be requested"),
        ({"url": "file:///etc/passwd"}, "--proto '=http,https'"),
        ({"url": "=ls"}, "--url '=ls'"),
    ],
)
def test_what_else_is_asked_of_curl(request_members: dict[str, object], expected: str) -> None:
    """Options for what the request said, and comments on what cannot be repeated."""
    entry = {"request": {"url": "http://example.test/", "method": "GET"} | request_members}
    assert expected in curl_command(json.dumps(entry).encode())


def test_no_file_is_read(tmp_path: Path) -> None:
    """A URL that names a file is refused by curl."""
    secret = tmp_path / "secret"
    secret.write_text("secret")
    command = curl_command(_entry(url=f"file://{secret}"))
    done = subprocess.run(["sh"], input=command.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


_QUOTES = "!!'!touch ran'\"$(touch ran)"
_HOSTILE = "x\x03\ntouch ran\n\x1b[201~\ntouch ran\r\n\x15touch ran\n!!\n\t\t`touch ran`\x7f\x9b\u202e\0é" + _QUOTES


@pytest.mark.parametrize("shell", [["bash", "--norc", "-i"], ["sh", "-i"]], ids=["bash", "sh"])
def test_what_is_pasted_into_a_terminal_runs_curl_only(target: str, shell: list[str], tmp_path: Path) -> None:
    """An interactive shell sends the same body, and runs nothing that is in the request."""
    entry = _entry(
        method="POST",
        url=f"{target}/{_HOSTILE}",
        headers=[
            {"name": "X-Hostile", "value": _HOSTILE},
            {"name": "X-Quotes", "value": _QUOTES},
        ],
        postData={"mimeType": "text/plain", "text": _HOSTILE},
    )
    _Recorder.received = {}
    ours, theirs = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "dumb", "PS1": "", "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        shell, cwd=tmp_path, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    os.write(ours, curl_command(entry).encode() + b"exit\n")
    with suppress(OSError):  # how a terminal says that nobody is there any more
        while os.read(ours, 65_536):
            pass
    os.close(ours)
    process.wait(60)
    assert _Recorder.received["body"] == _HOSTILE.encode()
    assert dict(_Recorder.received["headers"])["x-quotes"] == _QUOTES
    assert {path.name for path in tmp_path.iterdir()} <= {".bash_history"}
