"""``harlake import``: files, patterns, pipes, sessions, and files that cannot be imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import failure, json_lines, on_terminal, output, run, server_setting
from tests.support.hars import entry, generated, har, numbered, saved
from tests.support.server import Server


@pytest.mark.slow
def test_files_patterns_and_pipes(at_server: Server, tmp_path: Path) -> None:
    """Plain and compressed files, patterns that the shell left alone, pipes and process substitution."""
    for number in range(3):
        saved(tmp_path / f"{number}.har", numbered(number + 1))
    script = """
        gzip -k 0.har; zstd -q 1.har
        harlake import --json '[12].har' 0.har.gz 1.har.zst <(cat 2.har)
        cat 0.har | harlake import --json -
        harlake import --json - < 1.har
    """
    answers = json_lines(output(script, tmp_path, **server_setting(at_server)))
    assert [one["imported"] for one in answers] == [2, 3, 1, 2, 3, 1, 2]
    assert [one["encoding"] for one in answers[2:4]] == ["gzip", "zstd"]
    names = [one["sessionName"] for one in answers]
    assert names[:4] == ["Imported: 1", "Imported: 2", "Imported: 0", "Imported: 1"]
    assert names[5:] == ["Imported: HAR"] * 2


@pytest.mark.slow
def test_into_sessions(at_server: Server, tmp_path: Path) -> None:
    """All files into the session of a name, or into one that is called by its id, its beginning or its name."""
    at = server_setting(at_server)
    saved(tmp_path / "a.har", numbered(1))
    answers = json_lines(output("harlake import --json a.har a.har --session 'Ω s'", tmp_path, **at))
    (session,) = {one["sessionId"] for one in answers}
    for called in (f"--into {session}", f"--into {session[:9].upper()}", "--into 'Ω s'", "--session ' Ω s'"):
        output(f"harlake import -q a.har {called}", tmp_path, **at)
    assert at_server.json(f"/api/sessions/{session}")["entryCount"] == 6
    assert "no session has" in failure("harlake import a.har --into nowhere", tmp_path, **at)
    output("harlake sessions --new 'Ω s'", tmp_path, **at)
    for command in ("entries 'Ω s'", "import a.har --session 'Ω s'", "import a.har --into 'Ω s'"):
        complaint = failure(f"harlake {command}", tmp_path, **at)
        assert "2 sessions have the name 'Ω s'" in complaint
        assert session in complaint


@pytest.mark.slow
def test_files_that_are_there_already(at_server: Server, tmp_path: Path) -> None:
    """That is said, and they are left out where that is wanted: by their bytes, in the session they would go to."""
    at = server_setting(at_server)
    # Bytes that nobody else imports, as other tests do the usual ones.
    saved(tmp_path / "a.har", har(entry(1, b',"_only":"here"')))
    saved(tmp_path / "b.har", har(*(entry(number, b',"_only":"here"') for number in range(2))))
    first = json_lines(output("harlake import a.har --session S --json", tmp_path, **at))[0]
    assert first["existing"] is None
    again = output("harlake import a.har --session T && cp a.har c.har", tmp_path, **at).splitlines()
    assert again[1:] == [f"a.har: the same file was there already, as capture {first['captureId'][:8]} of S"]
    skipped = json_lines(output("harlake import c.har b.har --session S --skip-existing --json", tmp_path, **at))
    assert skipped[0] == {
        "file": "c.har",
        "skipped": True,
        "captureId": first["captureId"],
        "sessionId": first["sessionId"],
    }
    assert skipped[1]["imported"] == 2
    assert "is there already, as capture" in output("harlake import a.har --skip-existing", tmp_path, **at)
    output("harlake import a.har --session U --skip-existing -q", tmp_path, **at)
    counts = {one["name"]: one["captureCount"] for one in json_lines(output("harlake sessions --json", tmp_path, **at))}
    assert {name: counts.get(name) for name in "STU"} == {"S": 2, "T": 1, "U": 1}
    refused = run("harlake import - --skip-existing < a.har", tmp_path, **at)
    assert (refused.returncode, "standard input" in refused.stderr) == (2, True)


def test_a_session_that_is_not_there_is_sent_nothing(at_server: Server, tmp_path: Path) -> None:
    """The service refuses before the file, and the file is not sent: it would never end."""
    command = "yes | harlake import - --into 00000000-0000-4000-8000-000000000000"
    assert "Session not found" in failure(command, tmp_path, **server_setting(at_server))


@pytest.mark.slow
def test_files_that_cannot_be_imported(at_server: Server, tmp_path: Path) -> None:
    """They are named, with line and column; the others are imported, and the status is that of a missing one."""
    saved(tmp_path / "good.har", numbered(2))
    saved(tmp_path / "bad.har", har(b'{"request":{"url":"http://a/"}},\n{"x":?}'))
    saved(tmp_path / "part.har", har(b'{"request":{"url":"http://a/"}},{"request":1}'))
    done = run("harlake import --json bad.har good.har missing.har part.har", tmp_path, **server_setting(at_server))
    assert done.returncode == 3
    assert [(one["file"], one["imported"], one["total"]) for one in json_lines(done.stdout)] == [
        ("good.har", 2, 2),
        ("part.har", 1, 2),
    ]
    bad, missing = done.stderr.splitlines()
    assert bad.startswith("Error: bad.har:2:6: Invalid HAR file format")
    assert missing == "Error: missing.har: No such file or directory"
    assert failure("harlake import - <&-", tmp_path) == "Error: standard input is closed\n"
    assert "nothing*: no such file" in failure("harlake import 'nothing*'", tmp_path, **server_setting(at_server))
    said = run("harlake import part.har", tmp_path, **server_setting(at_server))
    assert said.returncode == 0
    assert said.stdout.startswith("part.har: 1 of 2 entries into ")
    assert said.stderr == "part.har:1:123: entry 1 was left out: request is not an object\n"


@pytest.mark.slow
def test_progress_on_a_terminal(at_server: Server, tmp_path: Path) -> None:
    """A terminal sees how far it is; a file or a pipe does not."""
    generated(tmp_path / "big.har", "tiny", 20_000_000)
    generated(tmp_path / "small.har", "tiny", 1_000_000)
    shown = on_terminal("harlake import big.har", tmp_path, **server_setting(at_server))
    for part in ("big.har  █", " %  ", " MB/s  about ", " entries  ", " s left"):
        assert part in shown
    assert shown.rpartition("\x1b[K")[2].startswith("big.har: ")
    assert run("harlake import small.har", tmp_path, **server_setting(at_server)).stderr == ""
