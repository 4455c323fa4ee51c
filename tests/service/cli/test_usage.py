"""The command line itself: help, completion, wrong usage, services that do not answer."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from harlake.cli.commands import SECTIONS
from tests.support.commands import COMMANDS, environment, failure, output, run
from tests.support.server import Server


@pytest.mark.slow
def test_help_names_all_commands(tmp_path: Path) -> None:
    """Every command is in the help, and has one."""
    text = output("harlake --help", tmp_path)
    assert all(f"\n  {command} " in text for command in COMMANDS)
    assert list(COMMANDS) == [name for commands in SECTIONS.values() for name in commands]
    for command in COMMANDS:
        shown = output(f"harlake {command} -h", tmp_path)
        assert f"Usage: harlake {command}" in shown
        assert output(f"harlake help {command}", tmp_path) == shown
    assert output("harlake help token create", tmp_path) == output("harlake token create --help", tmp_path)
    assert output("harlake help", tmp_path) == text


def test_options_are_in_groups(tmp_path: Path) -> None:
    """What is a filter, and what says where, is not between what the command is about."""
    text = output("harlake export --help", tmp_path)
    groups = dict(zip(*[iter(re.split(r"^(\w+):\n", text, flags=re.MULTILINE)[1:])] * 2, strict=True))
    assert list(groups) == ["Options", "Filters", "Redaction", "Output", "Where"]
    for group, option in (("Options", "--format"), ("Filters", "--host"), ("Output", "--quiet"), ("Where", "--server")):
        assert f"{option} " in groups[group]


def test_starting_is_quick() -> None:
    """The version is said without what a command needs, which takes five times as long to load."""
    loaded = "from harlake.cli import main; import sys; main(['-V'], standalone_mode=False); print(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", loaded], capture_output=True, encoding="utf-8", check=True).stdout
    assert ", version " in names
    assert {"harlake.cli.client", "harlake.cli.serve", "harlake.query", "rich", "msgspec", "http"} & set(
        names.split()
    ) == set()


def test_it_starts_without_what_serves() -> None:
    """Nothing that takes long to load is loaded before it is needed."""
    loaded = "import harlake.cli, sys; print(*{name.split('.')[0] for name in sys.modules})"
    names = subprocess.run([sys.executable, "-c", loaded], capture_output=True, encoding="utf-8", check=True).stdout
    assert {"litestar", "uvicorn", "duckdb", "pyarrow", "numpy", "ijson", "zstandard"} & set(names.split()) == set()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("harlake nonsense", "No such command"),
        ("harlake sesions", "Did you mean 'sessions'?"),
        ("harlake help nonsense", "No such command 'nonsense'"),
        ("harlake serve --port 99999", "not in the range"),
        ("harlake serve --port -1", "not in the range"),
        ("harlake serve --quota 5x", "'5x' is no size; it takes bytes, as 1500, 20kB, 1.5 GB or 64MiB"),
        ("harlake serve --request-memory 0", "less than 1"),
        ("harlake export A -o a.csv --format har", "contradict each other"),
        ("harlake export A -o a.har --format ndjson", "contradict each other"),
        ("harlake export A -o a.json.gz --format csv", "contradict each other"),
        ("harlake export A -o a.har --max-part 1MB", "contradict each other"),
        ("harlake export A -o a.csv --max-part 1MB --format csv", "--max-part is for HARs"),
        ("harlake export A -o a.zip", "is for --max-part"),
        ("harlake export A -o a.warc --format k6", "contradict each other"),
        ("harlake export A -o a.har --format playwright", "contradict each other"),
        ("harlake export A -o a.zip.gz --format playwright", "compressed already"),
        ("harlake export A -o a.zip.zst --max-part 1MB", "compressed already"),
        ("harlake export A -o a.parquet.gz", "compressed already"),
        ("harlake import", "Missing argument"),
        ("harlake import a.har --session A --into B", "exclude each other"),
        ("harlake import a.har --session ' '", "--session is empty"),
        ("harlake sessions --server nonsense", "no URL"),
        ("harlake sessions --server http://a:b", "no URL"),
        ("harlake sessions --server http://127.0.0.1:1 --data-dir .", "exclude each other"),
        ("harlake entries A --limit 0", "not in the range"),
        ("harlake diff A B --fail-on nonsense", "it takes added, removed"),
    ],
)
def test_wrong_usage(command: str, complaint: str, tmp_path: Path) -> None:
    """Wrong usage ends with status 2."""
    done = run(command, tmp_path)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_completion(tmp_path: Path) -> None:
    """The shell completes commands and options."""
    asked = {"_HARLAKE_COMPLETE": "bash_complete", "COMP_LINE": "harlake va", "COMP_POINT": "10"}
    assert output("harlake", tmp_path, **asked) == "plain,validate\n"
    asked = {"_HARLAKE_COMPLETE": "bash_complete", "COMP_CWORD": "1", "COMP_WORDS": "harlake va"}
    assert output("harlake", tmp_path, **asked) == "plain,validate\n"
    assert "complete" in output("_HARLAKE_COMPLETE=bash_source harlake", tmp_path)


def test_services_that_do_not_answer(server: Server, tmp_path: Path) -> None:
    """One line says what is wrong."""
    assert "refused" in failure("harlake sessions --server http://127.0.0.1:1", tmp_path)
    assert "Not Found" in failure(f"harlake sessions --server {server.url}/schema", tmp_path)
    assert "not known" in failure("harlake sessions --server http://no-such-host.invalid", tmp_path)


class _AnotherServer(BaseHTTPRequestHandler):
    """Answers with a page, or says that there is none."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/api/sessions" else 404)
        self.end_headers()
        self.wfile.write(b"<html>")

    def log_message(self, *_: object) -> None:
        pass


def test_services_that_are_not_harlake(tmp_path: Path) -> None:
    """A web server of another kind is told as such, whatever it answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _AnotherServer) as another:
        threading.Thread(target=another.serve_forever, daemon=True).start()
        for path in ("", "/nothing"):
            url = f"http://127.0.0.1:{another.server_port}{path}"
            assert "no harlake" in failure(f"harlake sessions --server {url}", tmp_path)
        another.shutdown()


def test_environment_names_no_other_service() -> None:
    """The tests run without the settings of whoever runs them."""
    assert not any(name.startswith("HARLAKE_") for name in environment())
