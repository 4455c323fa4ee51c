"""Forms of other programs, opened with these: Playwright replays, newman sends, k6's types and node take the script.

Playwright comes with the extra `browser`; the others are installed by npm. What is not there is skipped, and said.
"""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.exported import HOSTILE, exchange, exported

pytestmark = pytest.mark.consumers

_NEWMAN = "newman@6.2.1"
_K6 = ("@types/k6@1.3.1", "typescript@5.9.3")
_BYTES = bytes(range(256)) * 300
_HOSTILE = HOSTILE.replace("\n", " ").replace("\u2028", "")
_ORIGIN = "http://captured.test"


def _content(mime_type: str, data: bytes) -> dict[str, Any]:
    return {"content": {"mimeType": mime_type, "encoding": "base64", "text": base64.b64encode(data).decode()}}


#: What a browser asks for, with the bytes that it got.
_ANSWERS = {
    "/page": ("text/html", "<title>captured</title>ü".encode()),
    "/bytes": ("application/octet-stream", _BYTES),
    "/image": ("image/png", b"\x89PNG\r\n\x1a\n" + _BYTES),
    "/latin": ("text/plain; charset=iso-8859-1", b"\xe9\xe8"),
    "/json?q={}&r=%7B": ("application/json", json.dumps({"a": _HOSTILE}).encode()),
    "/empty": ("text/plain", b""),
    "/again": ("application/octet-stream", _BYTES),
}
_TYPE = "Content-Type"


def _entries() -> list[bytes]:
    entries = []
    for path, (mime_type, data) in _ANSWERS.items():
        headers = [{"name": _TYPE, "value": mime_type}, {"name": "Content-Encoding", "value": "gzip"}][
            : 1 + len(data) % 2
        ]
        entries.append(exchange(_ORIGIN + path, response=_content(mime_type, data) | {"headers": headers}))
    for text in ("one", "two"):
        posted = {"postData": {"mimeType": "text/plain", "text": text}}
        response = _content("text/plain", f"got {text}".encode())
        entries.append(exchange(f"{_ORIGIN}/post", "POST", request=posted, response=response))
    return entries


_FETCH = """async ([url, body]) => {
    const posted = { method: "POST", body, headers: { "Content-Type": "text/plain" } };
    const response = await fetch(url, body === null ? {} : posted);
    const bytes = new Uint8Array(await response.arrayBuffer());
    return [response.status, btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))];
}"""


@pytest.mark.parametrize("content", ["attach", "embed"])
def test_playwright_replays_every_response(content: str, tmp_path: Path) -> None:
    """Byte for byte, with nothing that listens at the captured host."""
    pytest.importorskip("playwright")
    from tests.support.browser import browser_program, running_browser

    program = browser_program()
    if program is None:
        pytest.skip("there is no Chromium")
    file = tmp_path / ("capture.zip" if content == "attach" else "capture.har")
    file.write_bytes(exported("playwright", *_entries(), content=content))
    asked: list[tuple[str, str | None, bytes]] = [(path, None, data) for path, (_, data) in _ANSWERS.items()]
    asked += [("/post", text, f"got {text}".encode()) for text in ("one", "two")]
    with running_browser(program) as browser:
        context = browser.new_context()
        context.route_from_har(file, not_found="abort")
        page = context.new_page()
        page.goto(f"{_ORIGIN}/page")
        assert page.title() == "captured"
        for path, body, data in asked:
            status, got = page.evaluate(_FETCH, [_ORIGIN + path, body])
            assert (status, base64.b64decode(got)) == (200, data), path


class _Recorder(BaseHTTPRequestHandler):
    received: list[tuple[str, str, dict[str, str], bytes]]

    def _record(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.received.append((self.command, self.path, {name.lower(): one for name, one in self.headers.items()}, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_PUT = _record

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def recorder() -> Iterator[tuple[str, list[tuple[str, str, dict[str, str], bytes]]]]:
    """A server that keeps what it is sent."""
    received: list[tuple[str, str, dict[str, str], bytes]] = []
    handler = type("Handler", (_Recorder,), {"received": received})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()


def _hostile_requests(origin: str) -> list[bytes]:
    typed = [{"name": _TYPE, "value": "application/json"}, {"name": "X-Plain", "value": "plain"}]
    hostile = [{"name": "X-Hostile", "value": "{{token}}"}, {"name": "__proto__", "value": "kept"}]
    posted = {"mimeType": "application/json", "text": json.dumps({"a": "{{token}} {{$guid}}"})}
    return [
        exchange(f"{origin}/{{{{token}}}}?q={{{{$guid}}}}&r=:id"),
        exchange(f"{origin}/b", "POST", request={"headers": [*typed, *hostile], "postData": posted}),
        exchange(f"{origin}/c", "PUT", request={"postData": {"mimeType": "text/plain", "text": "{{token}}"}}),
    ]


def _installed(folder: Path, *packages: str) -> Path:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("npm is not installed")
    options = ("--silent", "--no-audit", "--no-fund", "--prefix", str(folder))
    if subprocess.run([npm, "install", *options, *packages], capture_output=True, check=False).returncode:
        pytest.skip(f"npm cannot install {packages}")
    return folder / "node_modules"


def test_newman_sends_what_was_captured(
    recorder: tuple[str, list[tuple[str, str, dict[str, str], bytes]]], tmp_path: Path
) -> None:
    """And no value of its user's variables, nor one of Postman's own."""
    origin, received = recorder
    modules = _installed(tmp_path, _NEWMAN)
    file = tmp_path / "capture.json"
    file.write_bytes(exported("postman", *_hostile_requests(origin)))
    command: list[str | Path] = [
        modules / ".bin" / "newman",
        "run",
        file,
        "--env-var",
        "token=STOLEN",
        "--global-var",
        "token=STOLEN",
    ]
    run = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert run.returncode == 0, run.stdout.decode()
    assert [(method, path) for method, path, _, _ in received] == [
        ("GET", "/%7B%7Btoken%7D%7D?q=%7B%7B$guid%7D%7D&r=:id"),
        ("POST", "/b"),
        ("PUT", "/c"),
    ]
    assert json.loads(received[1][3]) == {"a": "{{token}} {{$guid}}"}
    assert received[1][2]["x-plain"] == "plain"
    assert "x-hostile" not in received[1][2]
    assert received[2][3] == b""
    assert "STOLEN" not in str(received)


_STUBS = """\
const calls = [];
const http = { CookieJar: class {}, request: (...given) => (calls.push(given), { status: 200 }) };
const check = () => true;
const b64decode = (text) => ({ base64: text });
"""


def test_k6_takes_the_script(tmp_path: Path) -> None:
    """By the types of its modules; run with stubs of these, it sends what was captured, and nothing else happens."""
    modules = _installed(tmp_path, *_K6)
    headers = [{"name": "X-Hostile", "value": _HOSTILE}, {"name": "__proto__", "value": _HOSTILE}]
    posted = {"mimeType": "text/plain", "text": HOSTILE}
    entry = exchange("http://a.test/x", "POST", request={"headers": headers, "postData": posted})
    script = exported("k6", entry, *_entries())
    file = tmp_path / "capture.js"
    file.write_bytes(script)
    tsc: list[str | Path] = [
        modules / ".bin" / "tsc",
        "--noEmit",
        "--allowJs",
        "--checkJs",
        "--target",
        "es2022",
        "--module",
        "nodenext",
    ]
    checked = subprocess.run([*tsc, "--types", "k6", file], capture_output=True, check=False, cwd=tmp_path)
    assert checked.returncode == 0, checked.stdout.decode()
    lines = [line for line in script.decode().splitlines() if not line.startswith("import ")]
    source = _STUBS + "\n".join(lines).replace("export default function ()", "function main()").replace("export ", "")
    stubbed = tmp_path / "stubbed.mjs"
    stubbed.write_text(source + "\nmain();\nconsole.log(JSON.stringify(calls));\n")
    run = subprocess.run(["node", stubbed], capture_output=True, check=True)
    calls = json.loads(run.stdout)
    assert len(calls) == 1 + len(_entries())
    assert calls[0][:3] == ["POST", "http://a.test/x", HOSTILE]
    assert {name: calls[0][3]["headers"][name] for name in ("X-Hostile", "__proto__")} == {
        "X-Hostile": _HOSTILE,
        "__proto__": _HOSTILE,
    }
