"""Every request of real HARs, sent in each language: it is what the HAR says, or a comment says what is not."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import pytest

from harlake.har.replay.scripts import ScriptFormat, replay_script
from tests.conftest import SHARED_HARS, needs_real_hars
from tests.support.wire import WireRequest, WireServer, shared_folder, wire_server

#: Tells which request of many came.
_NUMBER: Final = "X-Wire-Number"

#: Runs scripts of a list, each of which connects to a port of this machine whatever host it asks.
_PYTHON: Final = f"""\
import contextlib, http.client, io, json, socket, sys
port, scripts = json.load(sys.stdin)
connect, end = socket.create_connection, http.client.HTTPConnection.endheaders
http.client.socket.create_connection = lambda *_, **__: connect(("127.0.0.1", port))
def endheaders(self, *arguments, **options):
    self.putheader("{_NUMBER}", str(number))
    end(self, *arguments, **options)
http.client.HTTPConnection.endheaders = endheaders
for number, script in enumerate(scripts):
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(compile(script, str(number), "exec"), {{}})
        except Exception as error:
            print(number, error, file=sys.stderr)
"""
_NODE: Final = f"""\
const [port, scripts] = JSON.parse(require("fs").readFileSync(0));
const original = fetch, log = console.log, AsyncFunction = (async () => {{}}).constructor;
(async () => {{
  for (const [number, script] of scripts.entries()) {{
    globalThis.fetch = (url, options) => {{
      const target = new URL(url), headers = [...(options.headers ?? []), ["{_NUMBER}", String(number)]];
      return original(`http://127.0.0.1:${{port}}${{target.pathname}}${{target.search}}`, {{...options, headers}});
    }};
    console.log = () => {{}};
    try {{ await new AsyncFunction(script)(); }} catch (error) {{ console.error(number, error.message, error.cause); }}
  }}
}})();
"""

#: What a comment is about, by what differs; it is left to the server which of its words says it.
_ABOUT: Final = {
    "line": re.compile("URL|method|CONNECT", re.IGNORECASE),
    "headers": re.compile("header|Content-Encoding|Transfer-Encoding|host|media type|Content-Type", re.IGNORECASE),
    "body": re.compile("body", re.IGNORECASE),
}


@pytest.fixture(scope="module")
def server() -> Iterator[WireServer]:
    """A server that keeps what comes."""
    with wire_server() as served:
        yield served


def _run_curl(server: WireServer, scripts: list[str]) -> None:
    """Run commands in a shell, one after the other."""
    through = f'--connect-to "::127.0.0.1:{server.port}" --header "{_NUMBER}: $number"'
    command = f'curl() {{ command curl -s -m 20 -o /dev/null "$@" {through}; }}\n'
    lines = [f"number={number}\n{script}" for number, script in enumerate(scripts)]
    done = subprocess.run(["bash"], input=(command + "".join(lines)).encode(), capture_output=True, check=False)
    assert done.stderr == b""


def _runner(program: str, *arguments: str) -> Callable[[WireServer, list[str]], None]:
    def run(server: WireServer, scripts: list[str]) -> None:
        given = json.dumps([server.port, scripts]).encode()
        subprocess.run([program, *arguments], input=given, capture_output=True, check=True)

    return run


_RUNNERS: Final[dict[ScriptFormat, Callable[[WireServer, list[str]], None]]] = {
    "curl": _run_curl,
    "python": _runner(sys.executable, "-c", _PYTHON),
    "fetch": _runner("node", "-e", _NODE),
}


@pytest.mark.slow
@needs_real_hars
@pytest.mark.parametrize("language", _RUNNERS)
@pytest.mark.parametrize("producer", sorted({path.parent.name for path in SHARED_HARS.glob("*/*.har")}))
def test_kinds_of_real_requests(server: WireServer, producer: str, language: ScriptFormat) -> None:
    """Each kind of request that HTTP can send is sent as it was; what differs is said before it."""
    kinds = {_kind(request): (where, request) for where, request in _requests(f"{producer}/*.har")}
    _check_all(server, list(kinds.values()), language)


@pytest.mark.long
@needs_real_hars
@pytest.mark.parametrize("language", _RUNNERS)
def test_all_real_requests(server: WireServer, language: ScriptFormat) -> None:
    """So is each of all eight thousand."""
    _check_all(server, list(_requests("*/*.har")), language)


@pytest.mark.slow
@pytest.mark.skipif(not shared_folder("cases").is_dir(), reason="the folder of odd HARs is not beside the repository")
@pytest.mark.parametrize("language", _RUNNERS)
def test_odd_requests(server: WireServer, language: ScriptFormat) -> None:
    """Those of HARs that programs have failed on."""
    _check_all(server, list(_requests("*.har", shared_folder("cases"))), language)


def _kind(request: dict[str, Any]) -> str:
    """Return what a request has in common with the many that are read and written the same way."""
    post_data, url = request.get("postData"), request["url"]
    members = [*sorted(post_data), post_data.get("mimeType")] if isinstance(post_data, dict) else type(post_data)
    names = sorted({name.lower() for name, _ in _headers(request)})
    return repr((request.get("method"), names, members, "?" in url, url.isascii()))


def _check_all(server: WireServer, requests: list[tuple[str, dict[str, Any]]], language: ScriptFormat) -> None:
    if language == "fetch" and shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    scripts = [replay_script(json.dumps({"request": request}).encode(), language) for _, request in requests]
    server.requests.clear()
    _RUNNERS[language](server, scripts)
    sent = {int(one.values(_NUMBER.lower())[0]): one for one in server.requests}
    for number, ((where, request), script) in enumerate(zip(requests, scripts, strict=True)):
        comments = "\n".join(line for line in script.splitlines() if line.startswith(("# ", "// ")))
        if number not in sent:
            assert re.search("refuses|cannot be", comments), (where, script[:3_000])
            continue
        for what, difference in _differences(request, sent[number], is_loose=language == "fetch"):
            assert _ABOUT[what].search(comments), (where, what, difference, script[:3_000])


def _requests(pattern: str, folder: Path = SHARED_HARS) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the requests of HARs with their places, as they would be over HTTP/1.1 without TLS."""
    for path in sorted(folder.glob(pattern)):
        try:
            entries = list(json.loads(path.read_bytes().decode("utf-8-sig"))["log"]["entries"])
        except (ValueError, KeyError, TypeError):
            continue
        for number, entry in enumerate(entries):
            request = entry.get("request") if isinstance(entry, dict) else None
            if isinstance(request, dict) and str(request.get("url")).startswith(("http://", "https://")):
                url = str(request["url"])
                plain = {**request, "url": "http" + url[url.index(":") :], "httpVersion": "HTTP/1.1"}
                yield f"{path.name}, entry {number}", plain


def _differences(request: dict[str, Any], sent: WireRequest, *, is_loose: bool) -> Iterator[tuple[str, Any]]:
    """Yield what of a request is not as a HAR says; loose: in order and case of headers, and their spaces."""
    url = urlsplit(str(request["url"]))
    target = quote((url.path or "/") + (f"?{url.query}" if url.query else ""), safe="!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~")
    line = f"{str(request.get('method') or 'GET').upper()} {target} HTTP/1.1"
    if sent.line != line and sent.line.replace("? ", " ") != line:
        yield "line", (sent.line, line)
    recorded = list(_recorded(request))
    came = [(_spelled(name), value.strip()) for name, value in sent.headers if name not in (_NUMBER, "Content-Length")]
    came.sort(key=lambda header: header[0] != "Host")  # curl sends it first
    if is_loose:
        came, recorded = ([one for one in both if one[0] != "Host"] for both in (came, recorded))
        came, recorded = (sorted((name.lower(), value) for name, value in both) for both in (came, recorded))
    names = {name.lower() for name, _ in recorded}
    came = [(name, value) for name, value in came if name.lower() in names or not _is_told(name, value, request)]
    if came != recorded:
        yield "headers", ([one for one in came if one not in recorded], [one for one in recorded if one not in came])
    lengths = sent.values("content-length")
    assert lengths in ([], [str(len(sent.body))])
    said = [value for name, value in _headers(request) if name.lower() == "content-length"]
    if said and said != lengths and (said != ["0"] or sent.values("transfer-encoding")):
        yield "body", (lengths, said)
    body = _body(request)
    if body is not None and sent.body != body and not _is_of_bytes(body, sent.body, said):
        yield "body", (sent.body[:200], body[:200])
    if body is None and sent.body and not isinstance(request.get("postData"), str | list):
        parts = request["postData"]
        assert parts.get("params") or not isinstance(parts.get("text"), str)


def _spelled(name: str) -> str:
    """Return the name of a header as it was sent, but for that of the host, which curl has its own way of spelling."""
    return "Host" if name.lower() == "host" else name


def _recorded(request: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the headers that are to come, the host first, as clients send it."""
    headers = _headers(request)
    hosts = [value for wanted in (":authority", "host") for name, value in headers if name.lower() == wanted and value]
    yield "Host", hosts[0] if hosts else urlsplit(request["url"]).netloc.rpartition("@")[2].removesuffix(":80")
    for name, value in headers:
        if not name.startswith(":") and name.lower() not in ("host", "content-length"):
            yield name, value


def _headers(request: dict[str, Any]) -> list[tuple[str, str]]:
    given = request.get("headers")
    pairs = [(one.get("name"), one.get("value")) for one in given or [] if isinstance(one, dict)]
    lines: list[tuple[str, str]] = []
    for name, value in pairs:
        values = value if isinstance(value, list) else [value]
        for one in values:
            one = one.get("value") if isinstance(one, dict) else one
            text = "" if one is None else one if isinstance(one, str) else json.dumps(one)
            lines += [(str(name), line.strip()) for line in text.split("\n")]
    return lines


def _is_told(name: str, value: str, request: dict[str, Any]) -> bool:
    """Return whether a header that is not among the headers is told elsewhere in the HAR."""
    post_data = request.get("postData")
    if name.lower() == "content-type" and isinstance(post_data, dict):
        return value.partition(";")[0] == str(post_data.get("mimeType") or value).strip().partition(";")[0]
    return name.lower() == "cookie" and bool(request.get("cookies"))


def _body(request: dict[str, Any]) -> bytes | None:
    """Return the body that is recorded as a text or base64; None where it is not told so."""
    post_data = request.get("postData")
    if not isinstance(post_data, dict):
        return None
    text = post_data.get("text")
    if not isinstance(text, str) or not text:
        return None
    if post_data.get("encoding") == "base64":
        return base64.b64decode(text)
    return text.encode("utf-8", "replace")


def _is_of_bytes(text: bytes, sent: bytes, lengths: list[str]) -> bool:
    """Return whether a text has a character for each byte that was sent, as the length of these says."""
    return [str(len(sent))] == lengths and text.decode() == sent.decode("latin-1")
