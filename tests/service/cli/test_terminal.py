"""What reaches a terminal: captured texts, names of files and answers of servers are shown, and obeyed in nothing."""

from __future__ import annotations

import json
import re
import shlex
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harlake.controls import CONTROLS
from tests.support.commands import on_terminal, run, server_setting
from tests.support.hars import all_entries, har, saved
from tests.support.server import Server

_CODES = [*range(0x20), *range(0x7F, 0xA0), 0x200B, 0x200E, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
#: One of each that can be in an argument of a program, and what terminals take for commands.
_HOSTILE = "".join(map(chr, _CODES[1:])) + "\x1b]0;owned\x07\x1b[2J\x9b31m\r\n\u202eé"
#: What ends a line (a terminal makes CR LF of LF, also where CR is before it), and what takes away a line of progress.
_OURS = re.compile("\r?\r\n|\r\x1b\\[K")


def _hostile_entry(text: str) -> bytes:
    """Return an entry of which each text and each name that is not HAR's has a text in it."""
    header = {"name": f"X{text}", "value": text, text: text}
    content = {"size": 3, "mimeType": f"text/plain{text}", "text": text, "comment": text}
    request = {
        "method": f"POST{text}", "url": f"http://a.test/{text}?{text}", "httpVersion": text, "headers": [header],
        "cookies": [header], "queryString": [header], "postData": {"mimeType": text, "text": text},
    }  # fmt: skip
    response = {"status": 500, "statusText": text, "httpVersion": text, "headers": [header], "content": content,
                "_error": text, "redirectURL": text}  # fmt: skip
    return json.dumps(
        {"startedDateTime": f"2024-02-28T16:00:00.000Z{text}", "time": 3, "request": request, "response": response,
         "pageref": text, "serverIPAddress": text, "connection": text, "timings": {"send": 1, text: 2, "wait": text},
         "_resourceType": text, text: text}
    ).encode()  # fmt: skip


def _obeyed(shown: str) -> list[str]:
    """Return what a terminal would obey in what it was sent."""
    return CONTROLS.findall(_OURS.sub("", shown))


#: Runs command lines one after the other, each in a process of its own that has imported what they need.
_RUN_ALL = """
import json, os, sys
from harlake.cli import main
for line in json.loads(sys.argv[1]):
    if os.fork() == 0:
        main(line)
    os.wait()
    print("ended", flush=True)
"""


#: Characters without a width, and marks of direction, which change nothing but the text that they are in.
_INVISIBLE = re.compile("[\u061c\u180e\u200b\u200e\u200f\u2060-\u2065\u206a-\u206f\ufeff]")


def _check_all_commands(server: Server, text: str, folder: Path) -> None:
    in_names = re.sub("[/\0]", "", text)[:40]
    good = saved(folder / f"good{in_names}.har", har(_hostile_entry(text), b'{"request":1}'))
    bad = saved(folder / f"bad{in_names}.har", b'{"log":{"entries":[],%b:?' % json.dumps(text).encode())
    name = f"sessionName=<{saved(folder / 'name', text.encode())}"
    first, second = (server.import_file(good, "-F", name)["sessionId"] for _ in "ab")
    entry = all_entries(server, first, 10)[0]["id"]
    commands = [
        *(["sessions"], ["sessions", "--json"], ["entries", first], ["entries", first, "--status", in_names]),
        *(["show", entry, *part] for part in ([], ["--json"], ["--curl"], ["--body"], ["--request-body"])),
        *(["search", first, "http"], ["stats", first], ["stats", first, "--json"], ["diff", first, second]),
        *(["export", first, "--format", form] for form in ("har", "ndjson", "csv")),
        *(["sql", "SELECT * FROM entries"], ["sql", "SELECT url::INT FROM entries"], ["sql", f"SELECT '{in_names}"]),
        *([command, good.name, bad.name, f"no{in_names}*"] for command in ("import", "validate")),
        *([command, good.name, bad.name] for command in ("import", "validate")),
        *([f"--no{in_names}"], [f"no{in_names}"], ["entries", in_names], ["diff", "a", "b", "--fail-on", in_names]),
        *(["export", first, "-o", f"no{in_names}/a"], ["sessions", "--data-dir", f"no{in_names}"]),
    ]
    lines = shlex.quote(json.dumps(commands))
    shown = on_terminal(f"python -c {shlex.quote(_RUN_ALL)} {lines}", folder, **server_setting(server))
    assert "Traceback" not in shown
    for command, part in zip(commands, shown.split("ended\r\n")[:-1], strict=True):
        assert part, command
        # Bodies and tables are written as they are: marks that nobody sees are no reason to refuse them.
        is_raw = not {"--body", "--request-body", "csv"}.isdisjoint(command)
        obeyed = [one for one in _obeyed(part) if not (is_raw and _INVISIBLE.fullmatch(one))]
        assert obeyed == [], (command, part)


@pytest.mark.slow
def test_no_command_sends_controls_to_a_terminal(at_server: Server, tmp_path: Path) -> None:
    """Whatever an entry, a file's name or an argument has in it, each command shows it."""
    _check_all_commands(at_server, _HOSTILE, tmp_path)


@pytest.mark.long
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.sampled_from(list(map(chr, _CODES[1:])) + list("aé'\"$\\=-")), min_size=1, max_size=30))
def test_no_drawn_text_is_obeyed(at_server: Server, tmp_path: Path, text: str) -> None:
    """The same with texts of other orders."""
    _check_all_commands(at_server, text, tmp_path)


@pytest.mark.slow
def test_raw_forms_are_what_was_captured(at_server: Server, tmp_path: Path) -> None:
    """In a pipe or a file they are it byte for byte; on a terminal, JSON is escaped, and a body is refused."""
    entry = '{"request":{"url":"http://a/\x7f\x9b\u202e"},"response":{"content":{"text":"a\\u001bé"}}}'.encode()
    session = at_server.import_file(saved(tmp_path / "a.har", har(entry)))["sessionId"]
    (row,) = all_entries(at_server, session, 10)
    at = server_setting(at_server)
    assert on_terminal(f"harlake show {row['id']} --json | cat -v; harlake show {row['id']} --json >a", tmp_path, **at)
    assert (tmp_path / "a").read_bytes() == entry + b"\n"
    shown = on_terminal(f"harlake show {row['id']} --json", tmp_path, **at)
    assert r"http://a/\u007f\u009b\u202e" in shown
    assert json.loads(shown) == json.loads(entry)
    refused = on_terminal(f"harlake show {row['id']} --body; echo $?", tmp_path, **at)
    assert refused.replace("\r\n", "\n") == (
        "Error: this has control characters, and is nothing for a terminal: "
        "-o FILE writes it to a file, | cat sends it\n2\n"
    )
    run(f"harlake show {row['id']} --body -o body; harlake show {row['id']} --body > piped", tmp_path, **at)
    assert (tmp_path / "body").read_bytes() == (tmp_path / "piped").read_bytes() == "a\x1bé".encode()
    assert (tmp_path / "body").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
@pytest.mark.parametrize("number", ["1" * 5_000, "-" + "7" * 5_000, "1" * 400, "1e999", "[" * 9_000 + "]" * 9_000])
def test_an_entry_of_odd_numbers_is_shown(at_server: Server, tmp_path: Path, number: str) -> None:
    """Numbers of any length, and values of any depth, end nothing."""
    message = f'{{"status":{number},"content":{{"size":{number},"mimeType":"b/c"}}}}'
    request = f'{{"url":"http://a/","headers":[{{"name":"A","value":{number}}}],"x":{number}}}'
    entry = f'{{"time":{number},"request":{request},"response":{message},"timings":{{"a":{number}}}}}'
    session = at_server.import_file(saved(tmp_path / "a.har", har(entry.encode())))["sessionId"]
    (row,) = all_entries(at_server, session, 10)
    done = run(f"harlake show {row['id']}", tmp_path, **server_setting(at_server))
    assert (done.returncode, done.stderr) == (0, "")
    assert "http://a/" in done.stdout
    assert "b/c" in done.stdout


class _HostileServer(BaseHTTPRequestHandler):
    """Answers with errors and rows that are nothing for a terminal."""

    def do_GET(self) -> None:
        answers: dict[str, Any] = {
            "/json": {"error": _HOSTILE, "detail": _HOSTILE},
            "/odd": {"error": {_HOSTILE: _HOSTILE}},
            "/html": None,
        }
        name = "/" + self.path.split("/")[1]
        self.send_response(500, _HOSTILE.replace("\n", "").encode("latin-1", "ignore").decode("latin-1"))
        self.end_headers()
        body = answers.get(name)
        self.wfile.write(json.dumps(body, ensure_ascii=False).encode() if body else f"<html>{_HOSTILE}".encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hostile_server() -> Iterator[str]:
    """A server that is no harlake, and means harm."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _HostileServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("path", ["json", "odd", "html"])
def test_answers_of_another_server(hostile_server: str, tmp_path: Path, path: str) -> None:
    """Its errors are one line, its pages are not shown."""
    shown = on_terminal(f"harlake sessions --server {hostile_server}/{path}; true", tmp_path)
    assert shown.startswith("Error: ")
    assert shown.count("\n") == 1
    assert _obeyed(shown) == []
