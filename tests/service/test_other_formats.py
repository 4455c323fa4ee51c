"""Captures of other programs through HTTP and the shell: real ones of Playwright, and of what documents its format."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import failure, json_lines, output, server_setting
from tests.support.conversions import zipped
from tests.support.hars import assert_nothing_left, entries_of, entry, export, har, imported, numbered, saved, send
from tests.support.server import Server
from tests.support.uploads import refused

_PAGE = (
    b"<!doctype html><title>t</title><img src=/i.png><script>fetch('/api', {method: 'POST', body: 'needle-sent',"
    b"headers: {'content-type': 'text/plain'}}).then(() => document.title = 'done')</script>"
)
_IMAGE = bytes(range(256)) * 3


class _Site(BaseHTTPRequestHandler):
    """A page with an image, which sends something."""

    def do_GET(self) -> None:
        is_image = self.path == "/i.png"
        self._answer("image/png" if is_image else "text/html", _IMAGE if is_image else _PAGE)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self._answer("application/json", b'{"found":"needle-received"}')

    def _answer(self, media_type: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("content-type", media_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what Playwright has recorded: ``run.zip``, ``beside/run.har`` with its files, ``trace.zip``."""
    pytest.importorskip("playwright.sync_api")  # an extra of its own
    from tests.support.browser import browser_program, running_browser

    program = browser_program()
    if program is None:
        pytest.skip("there is no Chromium")
    folder = tmp_path_factory.mktemp("recorded")
    site = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    with ThreadPoolExecutor(1) as pool, running_browser(program) as browser:
        pool.submit(site.serve_forever, 0.05)
        for name in ("run.zip", "beside/run.har"):
            context = browser.new_context(record_har_path=folder / name, record_har_content="attach")
            context.tracing.start(snapshots=True)
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{site.server_port}/")
            page.wait_for_function("document.title === 'done'")
            page.wait_for_load_state("networkidle")
            context.tracing.stop(path=folder / "trace.zip")
            context.close()
        site.shutdown()
    site.server_close()
    return folder


def _check_recorded(server: Server, session: str) -> None:
    """Check that bodies are found wherever harlake has bodies."""
    listed = server.json(f"/api/sessions/{session}/entries")["entries"]
    by_path = {one["url"].rpartition("/")[2]: one for one in listed}
    assert {"", "api", "i.png"} <= by_path.keys()
    for path, body in (("", _PAGE), ("api", b'{"found":"needle-received"}'), ("i.png", _IMAGE)):
        assert server.curl(f"/api/entries/{by_path[path]['id']}/response-body") == body
    assert server.curl(f"/api/entries/{by_path['api']['id']}/request-body") == b"needle-sent"
    for text in ("needle-sent", "needle-received"):
        assert by_path["api"]["id"].encode() in server.curl(f"/api/sessions/{session}/search?q={text}")
    assert b"_file" not in export(server, session)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["run.zip", "trace.zip"])
def test_what_playwright_records(api: Server, recorded: Path, name: str) -> None:
    """Bodies of its archives are found by search, and are in exports."""
    answer = imported(api, recorded / name)
    assert (answer["warnings"], answer["encoding"]) == ([], "zip")
    _check_recorded(api, answer["sessionId"])


@pytest.mark.browser
def test_a_har_with_files_beside_it(api: Server, recorded: Path) -> None:
    """The command line sends the files along, and knows them again."""
    at = server_setting(api)
    (answer,) = json_lines(output("harlake import beside/run.har --json", recorded, **at))
    assert answer["sessionName"] == "Imported: run"
    _check_recorded(api, answer["sessionId"])
    (again,) = json_lines(output("harlake import beside/run.har --json --skip-existing", recorded, **at))
    assert again["skipped"] is True


def _named(name: str, number: int = 0) -> bytes:
    one: dict[str, Any] = json.loads(entry(number))
    one["response"]["content"] = {"size": 1, "mimeType": "text/plain", "_file": name}
    return json.dumps(one).encode()


def test_nothing_else_of_ones_own_is_sent(api: Server, tmp_path: Path) -> None:
    """A HAR of a stranger may name any file; only such that are called as Playwright calls bodies go with it."""
    body, link, other = (letter * 40 for letter in "abc")
    saved(tmp_path / "secret.txt", b"secret")
    saved(tmp_path / f"{body}.txt", b"body")
    (tmp_path / f"{link}.txt").symlink_to(tmp_path / "secret.txt")
    names = (f"{body}.txt", "secret.txt", "../x/secret.txt", f"{link}.txt", f"{other}.txt")
    saved(tmp_path / "run.har", har(*(_named(name) for name in names)))
    (answer,) = json_lines(output("harlake import run.har --json", tmp_path, **server_setting(api)))
    assert answer["warnings"] == ["files of bodies are missing: 4, the first 'secret.txt' of entry 1"]
    out = export(api, answer["sessionId"])
    assert b'"text":"body"' in out
    assert b'"text":"secret"' not in out


def test_parts_of_an_export(api: Server, tmp_path: Path) -> None:
    """What was exported in parts is imported as one capture, with the same entries."""
    first = imported(api, saved(tmp_path / "x.har", numbered(5_000)))
    parts = export(api, first["sessionId"], "max_part=1MB")
    again = imported(api, saved(tmp_path / "x.zip", parts))
    assert entries_of(export(api, again["sessionId"])) == entries_of(numbered(5_000))


@pytest.mark.data_folder
def test_a_refusal_leaves_nothing(own_server: Server, tmp_path: Path) -> None:
    """An archive in which a later entry is broken leaves neither a capture nor a file."""
    answer = refused(own_server, saved(tmp_path / "x.zip", zipped({"x.har": numbered(3_000)[:-40]})))
    assert "in 'x.har'" in answer["detail"]
    assert answer["byte"] == len(numbered(3_000)) - 40
    assert_nothing_left(own_server)


def test_archives_are_validated(api: Server, tmp_path: Path) -> None:
    """What is checked is the HAR in it, and what is refused is refused by both."""
    status, answer = send(api, "validate", saved(tmp_path / "x.zip", zipped({"x.har": numbered(3)})))
    assert (status, answer["valid"]) == (200, True)
    status, answer = send(api, "validate", saved(tmp_path / "y.zip", zipped({"x.har": numbered(3)[:-9]})))
    assert (status, answer["valid"]) == (400, False)
    assert "in 'x.har'" in json.dumps(answer)


def test_the_shell_names_what_is_wrong(api: Server, tmp_path: Path) -> None:
    """The line that is printed has the file, and the member in it."""
    saved(tmp_path / "x.saz", zipped({"raw/1_c.txt": b"GET / HTTP/1.1\r\n\r\n", "raw/1_m.xml": b"<a>\n<b></a>"}))
    complaint = failure("harlake import x.saz", tmp_path, **server_setting(api))
    assert "x.saz:2:" in complaint
    assert "raw/1_m.xml" in complaint
