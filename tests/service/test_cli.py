"""The command line in a real shell: files, pipes, exit statuses, and what it leaves behind."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FIXTURES
from tests.support.commands import environment, failure, on_terminal, output, run, started
from tests.support.hars import all_entries, catalog_rows, decoded, entries_of, generated, har, numbered, saved, wait_for
from tests.support.server import Server, free_port
from tests.support.shell_lines import CLI, README, broken_links, needs, paste, shell_blocks

_SAMPLE = FIXTURES / "playwright-1.65_embed.har"
_COMMANDS = (
    *("serve", "import", "export", "validate", "sessions", "entries", "show", "search", "stats", "diff", "sql"),
    "reindex",
)


def _lines(text: str) -> list[Any]:
    """Return the JSON of each line."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def at_server(server: Server) -> Iterator[Server]:
    """The shared server, for commands that :func:`_at` sends there; what they import is removed."""
    before = {one["id"] for one in server.json("/api/sessions")["sessions"]}
    yield server
    for one in server.json("/api/sessions")["sessions"]:
        if one["id"] not in before:
            server.curl("-X", "DELETE", f"/api/sessions/{one['id']}")


def _at(server: Server) -> dict[str, str]:
    return {"HARLAKE_SERVER": server.url}


# --- the command itself ----------------------------------------------------------------------------------------------


def test_help_names_all_commands(tmp_path: Path) -> None:
    """Every command is in the help, and has one."""
    text = output("harlake --help", tmp_path)
    assert all(f"\n  {command} " in text for command in _COMMANDS)
    for command in _COMMANDS:
        assert f"Usage: harlake {command}" in output(f"harlake {command} -h", tmp_path)


def test_it_starts_without_what_serves() -> None:
    """Nothing that takes long to load is loaded before it is needed."""
    loaded = "import harlake.cli, sys; print(*{name.split('.')[0] for name in sys.modules})"
    names = subprocess.run([sys.executable, "-c", loaded], capture_output=True, encoding="utf-8", check=True).stdout
    assert {"litestar", "uvicorn", "duckdb", "pyarrow", "numpy", "ijson", "zstandard"} & set(names.split()) == set()


@pytest.mark.parametrize(
    ("command", "complaint"),
    [
        ("harlake nonsense", "No such command"),
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
    asked = {"_HARLAKE_COMPLETE": "bash_complete", "COMP_CWORD": "1"}
    assert output("harlake", tmp_path, COMP_WORDS="harlake va", **asked) == "plain,validate\n"
    assert "complete" in output("_HARLAKE_COMPLETE=bash_source harlake", tmp_path)


# --- its documentation -----------------------------------------------------------------------------------------------


def test_every_command_and_option_is_documented(tmp_path: Path) -> None:
    """There is a heading for each command, and each of its options is somewhere."""
    text = CLI.read_text("utf-8") + README.read_text("utf-8")
    assert re.findall(r"^## harlake (\w+)$", text, re.MULTILINE) == list(_COMMANDS)
    for command in _COMMANDS:
        options = set(re.findall(r"--[\w~-]+", output(f"harlake {command} --help", tmp_path)))
        assert {option for option in options if f"`{option}" not in text} <= {"--help"}


@needs("bash", "jq", "gzip")
def test_documented_lines_work_when_pasted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All lines work in their order, and leave behind what they say."""
    monkeypatch.setenv("PATH", environment()["PATH"])
    paste("\n".join(shell_blocks(CLI)), tmp_path)
    assert entries_of((tmp_path / "session.har").read_bytes()) == entries_of(_SAMPLE.read_bytes())
    assert decoded((tmp_path / "session.har.zst").read_bytes(), "zstd") == (tmp_path / "session.har").read_bytes()
    names = [one["name"] for one in _lines(output("harlake sessions --json", tmp_path))]
    assert names == ["Release 2", "piped", "Release 1", "Imported: traffic"]


def test_documentation_leads_somewhere() -> None:
    """Every heading and file that is linked is there."""
    assert broken_links(CLI) == []


# --- on a data folder ------------------------------------------------------------------------------------------------


def test_a_data_folder(tmp_path: Path) -> None:
    """Without a service, commands work on the folder: in it is what a service finds there."""
    saved(tmp_path / "a.har", _SAMPLE.read_bytes())
    imported = _lines(output("harlake import a.har --json", tmp_path))
    assert [(one["file"], one["imported"], one["sessionName"]) for one in imported] == [("a.har", 30, "Imported: a")]
    session = imported[0]["sessionId"]
    assert [one["id"] for one in _lines(output("harlake sessions --json", tmp_path))] == [session]
    output(f"harlake export {session[:8]} -o b.har", tmp_path)
    assert entries_of((tmp_path / "b.har").read_bytes()) == entries_of(_SAMPLE.read_bytes())
    (count,) = _lines(output("harlake sql --json 'select count(*) n from entries'", tmp_path))
    assert count == {"n": 30}
    before = output("harlake entries 'Imported: a'", tmp_path)
    assert _lines(output("rm harlake-data/catalog.duckdb && harlake reindex --json", tmp_path)) == [
        {"captureId": imported[0]["captureId"], "entries": 30}
    ]
    assert output("harlake entries 'Imported: a'", tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.har", "b.har", "harlake-data"]
    assert sorted(path.name for path in (tmp_path / "harlake-data").iterdir()) == ["captures", "catalog.duckdb"]


def test_no_data_folder(tmp_path: Path) -> None:
    """What only reads makes no folder."""
    assert "there is no data folder lake" in failure("harlake sessions --data-dir lake", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use(own_server: Server, tmp_path: Path) -> None:
    """A folder that is served is said to be, with the address, which works; also when it is to be served again."""
    hint = f"data is in use by the service at {own_server.url}: add --server {own_server.url}\n"
    for command in ("sessions", "import a.har"):
        assert failure(f"harlake {command} --data-dir data", tmp_path) == f"Error: {hint}"
    for command in ("serve --port 1", "reindex"):
        assert failure(f"harlake {command} --data-dir data", tmp_path) == f"Error: {hint.partition(': add')[0]}\n"
    assert output(f"harlake sessions {hint.partition(': add ')[2]}", tmp_path) == ""
    assert own_server.stop() == 0
    assert sorted(path.name for path in own_server.data_dir.iterdir()) == ["captures", "catalog.duckdb"]


def test_a_service_that_was_killed(own_server: Server, tmp_path: Path) -> None:
    """What a killed service wrote about itself misleads nobody: the lock decides, and the next one removes it."""
    own_server.kill()
    assert (own_server.data_dir / "serving.json").exists()
    importing = started("import", "-", "--data-dir", "data", folder=tmp_path)
    wait_for(lambda: not (own_server.data_dir / "serving.json").exists())
    assert failure("harlake sessions --data-dir data", tmp_path) == "Error: data is in use by another harlake\n"
    printed, complaint = importing.communicate(numbered(3).decode())
    assert (importing.returncode, complaint) == (0, "")
    assert printed.startswith("-: 3 entries into ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_import(number: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C, or being told to stop, leaves nothing of an import behind."""
    importing = _half_imported(tmp_path)
    importing.send_signal(number)
    importing.wait(60)  # before its standard input is closed, which would end the file
    _, complaint = importing.communicate()
    assert (importing.returncode, complaint.strip()) == (1, "Aborted!")
    assert list((tmp_path / "harlake-data" / "captures").iterdir()) == []
    assert {name for name, count in catalog_rows(tmp_path / "harlake-data").items() if count} == set()


def test_an_interrupt_that_python_loses(tmp_path: Path) -> None:
    """One that arrives in a finalizer ends what waits nevertheless."""
    program = """
import os, signal
from harlake.cli import interrupting

class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)

interrupting.watch()
interrupting.check()
Finalized()
print("lost", flush=True)
interrupting.check()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ended.stdout == "lost\n"
    assert ended.stderr.startswith("Exception ignored in")
    assert ended.stderr.rstrip().endswith("KeyboardInterrupt")
    assert ended.returncode != 0


def test_a_killed_import(tmp_path: Path) -> None:
    """What a killed import leaves is removed by the next command."""
    importing = _half_imported(tmp_path)
    importing.kill()
    importing.communicate()
    assert len(list((tmp_path / "harlake-data" / "captures").iterdir())) == 1
    assert run("harlake sessions", tmp_path).stdout == ""
    assert list((tmp_path / "harlake-data" / "captures").iterdir()) == []


def _half_imported(folder: Path) -> subprocess.Popen[str]:
    """Start an import that waits for the rest of its file."""
    importing = started("import", "-", folder=folder)
    assert importing.stdin is not None
    importing.stdin.write(numbered(20_000).decode()[:-1_000])
    importing.stdin.flush()
    wait_for(lambda: list(folder.glob("harlake-data/captures/*.part")))
    return importing


# --- import ----------------------------------------------------------------------------------------------------------


def test_files_of_all_kinds(at_server: Server, tmp_path: Path) -> None:
    """Plain and compressed files, patterns that the shell left alone, pipes and process substitution."""
    for number in range(3):
        saved(tmp_path / f"{number}.har", numbered(number + 1))
    script = """
        gzip -k 0.har; zstd -q 1.har
        harlake import --json '[12].har' 0.har.gz 1.har.zst <(cat 2.har)
        cat 0.har | harlake import --json -
        harlake import --json - < 1.har
    """
    answers = _lines(output(script, tmp_path, **_at(at_server)))
    assert [one["imported"] for one in answers] == [2, 3, 1, 2, 3, 1, 2]
    assert [one["encoding"] for one in answers[2:4]] == ["gzip", "zstd"]
    names = [one["sessionName"] for one in answers]
    assert names[:4] == ["Imported: 1", "Imported: 2", "Imported: 0", "Imported: 1"]
    assert names[5:] == ["Imported: HAR"] * 2


def test_into_sessions(at_server: Server, tmp_path: Path) -> None:
    """All files into a new session of a name, or into one that is called by its id, its beginning or its name."""
    saved(tmp_path / "a.har", numbered(1))
    answers = _lines(output("harlake import --json a.har a.har --session 'Ω s'", tmp_path, **_at(at_server)))
    (session,) = {one["sessionId"] for one in answers}
    for called in (session, session[:9].upper(), "'Ω s'"):
        output(f"harlake import a.har --into {called}", tmp_path, **_at(at_server))
    assert at_server.json(f"/api/sessions/{session}")["entryCount"] == 5
    output("harlake import a.har --session 'Ω s'", tmp_path, **_at(at_server))
    assert "2 sessions have the name 'Ω s'" in failure("harlake entries 'Ω s'", tmp_path, **_at(at_server))
    assert "no session has" in failure("harlake import a.har --into nowhere", tmp_path, **_at(at_server))


def test_a_session_that_is_not_there_is_sent_nothing(at_server: Server, tmp_path: Path) -> None:
    """The service refuses before the file, and the file is not sent: it would never end."""
    command = "yes | harlake import - --into 00000000-0000-4000-8000-000000000000"
    assert "Session not found" in failure(command, tmp_path, **_at(at_server))


def test_files_that_cannot_be_imported(at_server: Server, tmp_path: Path) -> None:
    """They are named, with the place; the others are imported, and the status is 1."""
    saved(tmp_path / "good.har", numbered(2))
    saved(tmp_path / "bad.har", har(b'{"request":{"url":"http://a/"}},\n{"x":?}'))
    saved(tmp_path / "part.har", har(b'{"request":{"url":"http://a/"}},{"request":1}'))
    done = run("harlake import --json bad.har good.har missing.har part.har", tmp_path, **_at(at_server))
    assert done.returncode == 1
    assert [(one["file"], one["imported"], one["total"]) for one in _lines(done.stdout)] == [
        ("good.har", 2, 2),
        ("part.har", 1, 2),
    ]
    bad, missing = done.stderr.splitlines()
    assert bad.startswith("Error: bad.har:2:6: Invalid HAR file format")
    assert missing == "Error: missing.har: No such file or directory"
    assert failure("harlake import - <&-", tmp_path) == "Error: standard input is closed\n"
    assert "nothing*: no such file" in failure("harlake import 'nothing*'", tmp_path, **_at(at_server))
    said = run("harlake import part.har", tmp_path, **_at(at_server))
    assert said.returncode == 0
    assert said.stdout.startswith("part.har: 1 of 2 entries into ")
    assert said.stderr == "part.har:1:123: entry 1 was left out: request is not an object\n"


def test_progress_on_a_terminal(at_server: Server, tmp_path: Path) -> None:
    """A terminal sees how far it is; a file or a pipe does not."""
    generated(tmp_path / "big.har", "tiny", 60_000_000)
    shown = on_terminal("harlake import big.har", tmp_path, **_at(at_server))
    for part in ("big.har  █", " %  ", " MB/s  about ", " entries  ", " s left"):
        assert part in shown
    assert shown.rpartition("\x1b[K")[2].startswith("big.har: ")
    assert run("harlake import big.har", tmp_path, **_at(at_server)).stderr == ""


# --- export ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def session(at_server: Server, tmp_path: Path) -> str:
    """A session of 2,500 entries."""
    return str(at_server.import_file(saved(tmp_path / "many.har", numbered(2_500)))["sessionId"])


def test_exports(at_server: Server, session: str, tmp_path: Path) -> None:
    """To standard output or into a file, whose name tells whether it is compressed."""
    script = f"""
        harlake export {session} > a.har
        harlake export {session} -o b.har
        harlake export {session} -o c.har.zst
        harlake export {session} --output d.har.gz
        harlake export {session} -o /dev/null
        harlake export {session} -o >(cat > e.har) && sleep 0.3
    """
    assert output(script, tmp_path, **_at(at_server)) == ""
    text = (tmp_path / "a.har").read_bytes()
    assert entries_of(text) == entries_of(numbered(2_500))
    assert (tmp_path / "b.har").read_bytes() == text
    assert decoded((tmp_path / "c.har.zst").read_bytes(), "zstd") == text
    assert decoded((tmp_path / "d.har.gz").read_bytes(), "gzip") == text
    assert (tmp_path / "e.har").read_bytes() == text
    assert list(tmp_path.glob(".*")) == []


def test_an_export_that_is_cut_off(own_server: Server, tmp_path: Path) -> None:
    """It is an error, and leaves no file; one that was there stays as it was."""
    file = generated(tmp_path / "big.har", "mixed", 20_000_000)
    answer = own_server.import_file(file)
    capture = own_server.data_dir / "captures" / f"{answer['captureId']}.har.zst"
    damaged = bytearray(capture.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    capture.write_bytes(damaged)
    saved(tmp_path / "old.har", b"old")
    at = {"HARLAKE_SERVER": own_server.url}
    for name in ("new.har", "old.har"):
        complaint = failure(f"harlake export {answer['sessionId']} -o {name}", tmp_path, **at)
        assert "cut off" in complaint
    assert run(f"harlake export {answer['sessionId']} > to-a-pipe.har", tmp_path, **at).returncode == 1
    assert (tmp_path / "old.har").read_bytes() == b"old"
    assert not (tmp_path / "new.har").exists()
    assert list(tmp_path.glob(".*")) == []
    own_server.stop()
    # A damaged capture that the command reads itself is no different, and no traceback.
    complaint = failure(f"harlake export {answer['sessionId']} -o new.har --data-dir data", tmp_path)
    assert "cut off" in complaint
    (row,) = _lines(output(f"harlake entries {answer['sessionId']} --limit 1 --json --data-dir data", tmp_path))
    capture.unlink()
    complaint = run(f"harlake show {row['id']} --data-dir data", tmp_path).stderr
    assert complaint.splitlines()[-1].startswith("Error: Stored capture is damaged")
    assert "Traceback" not in complaint


def test_an_export_that_cannot_be_written(at_server: Server, session: str, tmp_path: Path) -> None:
    """A folder that is not there, a full disk."""
    at = _at(at_server)
    assert failure(f"harlake export {session} -o no/such.har", tmp_path, **at).endswith("there is no folder no\n")
    assert "No space left" in failure(f"harlake export {session} -o /dev/full", tmp_path, **at)
    assert "No space left" in failure(f"harlake export {session} > /dev/full", tmp_path, **at)


# --- validate --------------------------------------------------------------------------------------------------------


def test_validate(tmp_path: Path) -> None:
    """A line a problem, with its place; no data folder is needed, and none is made."""
    saved(tmp_path / "good.har", numbered(2))
    saved(tmp_path / "bad.har", numbered(1) + b"\n\n  x")
    saved(tmp_path / "part.har", har(b'{"request":{"url":"http://a/"}},\n {"request":1}'))
    done = run("harlake validate good.har bad.har part.har", tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    lines = done.stdout.splitlines()
    assert "good.har: valid, 2 entries, by Google Chrome 120.0.0" in lines
    assert any(line.startswith("bad.har:3:3: Invalid JSON format") for line in lines)
    assert any(line.startswith("part.har:2:2: ") for line in lines)
    assert any(line.startswith("part.har: valid, 1 of 2 entries importable") for line in lines)
    (answer,) = _lines(output("harlake validate --json good.har", tmp_path))
    assert (answer["file"], answer["entryCount"]) == ("good.har", 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.har", "good.har", "part.har"]


# --- what is there ---------------------------------------------------------------------------------------------------


def test_entries(at_server: Server, session: str, tmp_path: Path) -> None:
    """All pages, or the first entries of an order; filters are the API's."""
    at = _at(at_server)
    listed = _lines(output(f"harlake entries {session} --json", tmp_path, **at))
    assert listed == all_entries(at_server, session, 1000)
    for limit in (1, 1_000, 1_001, 5_000):
        some = _lines(output(f"harlake entries {session} --json --limit {limit} --sort=-ordinal", tmp_path, **at))
        assert some == listed[: -limit - 1 : -1]
    options = "--q /77? --method get,POST --method '!PUT' --status 2xx --no-error"
    one = output(f"harlake entries {session} {options}", tmp_path, **at)
    assert [line.split()[-1] for line in one.splitlines()] == ["URL", "http://example.test/77?q=é"]
    assert output(f"harlake entries {session} --error", tmp_path, **at) == ""
    assert output(f"harlake entries {session} --url~ '/7{{3}}[?]' --json | wc -l", tmp_path, **at).strip() == "1"
    assert "status='x' is not allowed" in failure(f"harlake entries {session} --status x", tmp_path, **at)
    assert "sort='x' is not allowed" in failure(f"harlake entries {session} --sort x", tmp_path, **at)


def test_output_that_nobody_reads_to_the_end(at_server: Server, session: str, tmp_path: Path) -> None:
    """``head`` may leave early, and nothing complains."""
    for command in ("entries", "entries --json", "export"):
        done = run(f"harlake {command} {session} | head -c 100 | wc -c", tmp_path, **_at(at_server))
        assert (done.stdout.strip(), done.stderr) == ("100", "")


def test_show(at_server: Server, session: str, tmp_path: Path) -> None:
    """An entry for people, and as it was captured."""
    entry = all_entries(at_server, session, 1000)[0]["id"]
    text = output(f"harlake show {entry}", tmp_path, **_at(at_server))
    assert text.startswith("GET http://example.test/0?q=é HTTP/1.1\n\nHTTP/1.1 200 OK\n")
    assert "text/plain · 2 B" in text
    captured = output(f"harlake show {entry} --json", tmp_path, **_at(at_server))
    assert captured.encode() == entries_of(numbered(1))[0] + b"\n"
    assert failure("harlake show nothing", tmp_path, **_at(at_server)).startswith("Error: Entry not found")


def test_captured_texts_do_not_reach_the_terminal_as_they_are(at_server: Server, tmp_path: Path) -> None:
    """What a terminal would obey is written out: in tables, in entries, and in names."""
    evil = "\x1b]0;owned\x07\u202e"
    lone = saved(tmp_path / "lone.har", har(b'{"request":{"url":"http://a/","headers":[{"name":"\\udc80"}]}}'))
    (row,) = all_entries(at_server, at_server.import_file(lone)["sessionId"], 10)
    assert r"\xdc80: " in output(f"harlake show {row['id']}", tmp_path, **_at(at_server))
    entry = json.dumps({"request": {"method": evil, "url": f"http://a/{evil}", "headers": [{"name": evil}]}})
    session = at_server.import_file(saved(tmp_path / "evil.har", har(entry.encode())))["sessionId"]
    at_server.json(
        "-X",
        "PATCH",
        f"/api/sessions/{session}",
        "-H",
        "Content-Type: application/json",
        "-d",
        json.dumps({"name": evil}),
    )
    (row,) = all_entries(at_server, session, 10)
    for command in (f"entries {session}", f"show {row['id']}", "sessions", "sql 'select url from entries'"):
        shown = on_terminal(f"harlake {command}", tmp_path, **_at(at_server))
        assert r"\x1b]0;owned\x07\x202e" in shown
        assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_tables_fit_the_terminal(at_server: Server, tmp_path: Path) -> None:
    """A line is as wide as the terminal at most; elsewhere it is whole."""
    entry = json.dumps({"request": {"method": "GET", "url": f"http://a/{'x' * 500}"}})
    session = at_server.import_file(saved(tmp_path / "long.har", har(entry.encode())))["sessionId"]
    shown = on_terminal(f"harlake entries {session}", tmp_path, **_at(at_server))
    assert [len(line) for line in shown.splitlines()][1:] == [120]
    assert "x" * 500 in output(f"harlake entries {session}", tmp_path, **_at(at_server))


def test_sql(at_server: Server, session: str, tmp_path: Path) -> None:
    """Rows as a table or as JSON lines; the query may come from standard input."""
    at = _at(at_server)
    query = f"select method, count(*) n from entries where session = '{session}' group by 1"
    assert output(f'harlake sql "{query}"', tmp_path, **at) == "method     n\nGET     2500\n"
    assert _lines(output(f'echo "{query}" | harlake sql --json -', tmp_path, **at)) == [{"method": "GET", "n": 2500}]
    assert output("harlake sql 'from entries limit 0'", tmp_path, **at) == ""
    assert failure("harlake sql 'drop table entries'", tmp_path, **at).startswith("Error: Invalid query")


def test_services_that_do_not_answer(server: Server, tmp_path: Path) -> None:
    """One line says what is wrong."""
    assert "refused" in failure("harlake sessions --server http://127.0.0.1:1", tmp_path)
    assert "Not Found" in failure(f"harlake sessions --server {server.url}/schema", tmp_path)
    (tmp_path / "api").mkdir()
    saved(tmp_path / "api" / "sessions", b"<html>")
    port = free_port()
    script = f"python3 -m http.server {port} --bind 127.0.0.1 2>/dev/null & trap 'kill $!' EXIT; sleep 1"
    for path in ("", "/nothing"):
        assert "no harlake" in failure(f"{script}; harlake sessions --server http://127.0.0.1:{port}{path}", tmp_path)
    assert "not known" in failure("harlake sessions --server http://no-such-host.invalid", tmp_path)


# --- what other parts of the service answer --------------------------------------------------------------------------


def _needs_route(server: Server, route: str) -> None:
    if route not in server.json(f"{server.url}/schema/openapi.json")["paths"]:
        pytest.skip(f"the service has no {route}")


def test_export_forms(at_server: Server, session: str, tmp_path: Path) -> None:
    """A file's name tells its form."""
    if run(f"harlake export {session} --format nonsense", tmp_path, **_at(at_server)).returncode == 0:
        pytest.skip("the service has one form")
    script = f"""
        harlake export {session} --status 200 -o a.ndjson
        harlake export {session} -o a.csv
        harlake export {session} -o a.parquet
        harlake export {session} --max-part 1MB -o a.zip
        harlake export {session} --bodies none --fill --order time --format har -o a.txt
    """
    output(script, tmp_path, **_at(at_server))
    assert (tmp_path / "a.ndjson").read_bytes().count(b"\n") == 2_500
    assert (tmp_path / "a.csv").read_bytes().count(b"\n") == 2_501
    assert (tmp_path / "a.parquet").read_bytes()[:4] == b"PAR1"
    assert (tmp_path / "a.zip").read_bytes()[:2] == b"PK"
    assert len(entries_of((tmp_path / "a.txt").read_bytes())) == 2_500


def test_bodies_and_curl(at_server: Server, session: str, tmp_path: Path) -> None:
    """The parts of an entry."""
    _needs_route(at_server, "/api/entries/{entry_id}/response-body")
    entry = all_entries(at_server, session, 1000)[0]["id"]
    assert output(f"harlake show {entry} --body", tmp_path, **_at(at_server)) == "ok"
    assert output(f"harlake show {entry} --curl", tmp_path, **_at(at_server)).startswith("curl ")


def test_search(at_server: Server, session: str, tmp_path: Path) -> None:
    """Hits, one a line; where there are none, the status is 1."""
    _needs_route(at_server, "/api/sessions/{session_id}/search")
    hits = _lines(output(f"harlake search {session} '/77?' --json", tmp_path, **_at(at_server)))
    assert [hit["entry"] for hit in hits] == [all_entries(at_server, session, 1000)[77]["id"]]
    assert "/77?" in output(f"harlake search {session} '/77?'", tmp_path, **_at(at_server))
    done = run(f"harlake search {session} nowhere", tmp_path, **_at(at_server))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_stats(at_server: Server, session: str, tmp_path: Path) -> None:
    """Sums as JSON and for people."""
    _needs_route(at_server, "/api/sessions/{session_id}/stats")
    (sums,) = _lines(output(f"harlake stats {session} --json", tmp_path, **_at(at_server)))
    assert sums["total"] == 2_500
    text = output(f"harlake stats {session}", tmp_path, **_at(at_server))
    assert text.startswith("2,500 entries, 0 failed")
    assert "example.test" in text


def test_diff(at_server: Server, tmp_path: Path) -> None:
    """Differences, and an exit status for those that matter."""
    entry = entries_of(numbered(1))[0]
    first, second = (
        at_server.import_file(saved(tmp_path / f"{name}.har", har(text)))["sessionId"]
        for name, text in (("a", entry), ("b", entry.replace(b'"status":200', b'"status":500')))
    )
    if not any("/diff/" in path for path in at_server.json(f"{at_server.url}/schema/openapi.json")["paths"]):
        pytest.skip("the service does not compare")
    at = _at(at_server)
    assert "1 changed" in output(f"harlake diff {first} {second}", tmp_path, **at)
    assert (
        failure(f"harlake diff {first} {second} --fail-on added,status", tmp_path, **at)
        == "Error: differences: 1 status\n"
    )
    assert output(f"harlake diff {first} {first} --fail-on changed,added,removed --json", tmp_path, **at)


def test_environment_names_no_other_service() -> None:
    """The tests run without the settings of whoever runs them."""
    assert not any(name.startswith("HARLAKE_") for name in environment())
