"""``harlake entries`` and ``harlake show``: listings and entries for people, and for scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.commands import failure, json_lines, on_terminal, output, run, server_setting
from tests.support.hars import all_entries, entries_of, har, numbered, saved
from tests.support.server import Server


@pytest.mark.slow
def test_entries(at_server: Server, session: str, tmp_path: Path) -> None:
    """All pages, or the first entries of an order; filters are the API's."""
    at = server_setting(at_server)
    listed = json_lines(output(f"harlake entries {session} --json", tmp_path, **at))
    assert listed == all_entries(at_server, session, 1000)
    for limit in (1, 1_000, 1_001, 5_000):
        some = json_lines(output(f"harlake entries {session} --json --limit {limit} --sort=-ordinal", tmp_path, **at))
        assert some == listed[: -limit - 1 : -1]
    options = "--q /77? --method get,POST --method '!PUT' --status 2xx --no-error"
    one = output(f"harlake entries {session} {options}", tmp_path, **at)
    assert [line.split()[-1] for line in one.splitlines()] == ["URL", "http://example.test/77?q=é"]
    assert output(f"harlake entries {session} --error", tmp_path, **at) == ""
    assert output(f"harlake entries {session} --url~ '/7{{3}}[?]' --json | wc -l", tmp_path, **at).strip() == "1"
    assert "status='x' is not allowed" in failure(f"harlake entries {session} --status x", tmp_path, **at)
    assert "sort='x' is not allowed" in failure(f"harlake entries {session} --sort x", tmp_path, **at)


@pytest.mark.slow
def test_output_that_nobody_reads_to_the_end(at_server: Server, session: str, tmp_path: Path) -> None:
    """``head`` may leave early, and nothing complains."""
    for command in ("entries", "entries --json", "export"):
        done = run(f"harlake {command} {session} | head -c 100 | wc -c", tmp_path, **server_setting(at_server))
        assert (done.stdout.strip(), done.stderr) == ("100", "")


@pytest.mark.slow
def test_show(at_server: Server, session: str, tmp_path: Path) -> None:
    """An entry for people, and as it was captured."""
    entry = all_entries(at_server, session, 1000)[0]["id"]
    text = output(f"harlake show {entry}", tmp_path, **server_setting(at_server))
    assert text.startswith("GET http://example.test/0?q=é HTTP/1.1\n\nHTTP/1.1 200 OK\n")
    assert "text/plain · 2 B" in text
    captured = output(f"harlake show {entry} --json", tmp_path, **server_setting(at_server))
    assert captured.encode() == entries_of(numbered(1))[0] + b"\n"
    assert failure("harlake show nothing", tmp_path, **server_setting(at_server)).startswith("Error: Entry not found")


@pytest.mark.slow
def test_captured_texts_do_not_reach_the_terminal_as_they_are(at_server: Server, tmp_path: Path) -> None:
    """What a terminal would obey is written out: in tables, in entries, and in names."""
    evil = "\x1b]0;owned\x07\u202e"
    lone = saved(tmp_path / "lone.har", har(b'{"request":{"url":"http://a/","headers":[{"name":"\\udc80"}]}}'))
    (row,) = all_entries(at_server, at_server.import_file(lone)["sessionId"], 10)
    assert r"\xdc80: " in output(f"harlake show {row['id']}", tmp_path, **server_setting(at_server))
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
    for command in (
        f"entries {session}",
        f"show {row['id']}",
        "sessions",
        f"sql \"select url from entries where session = '{session}'\"",
    ):
        shown = on_terminal(f"harlake {command}", tmp_path, **server_setting(at_server))
        assert r"\x1b]0;owned\x07\x202e" in shown
        assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_tables_fit_the_terminal(at_server: Server, tmp_path: Path) -> None:
    """A line is as wide as the terminal at most; elsewhere it is whole."""
    entry = json.dumps({"request": {"method": "GET", "url": f"http://a/{'x' * 500}"}})
    session = at_server.import_file(saved(tmp_path / "long.har", har(entry.encode())))["sessionId"]
    shown = on_terminal(f"harlake entries {session}", tmp_path, **server_setting(at_server))
    assert [len(line) for line in shown.splitlines()][1:] == [120]
    assert "x" * 500 in output(f"harlake entries {session}", tmp_path, **server_setting(at_server))


@pytest.mark.slow
def test_bodies_and_curl(at_server: Server, session: str, tmp_path: Path) -> None:
    """The parts of an entry."""
    entry = all_entries(at_server, session, 1000)[0]["id"]
    assert output(f"harlake show {entry} --body", tmp_path, **server_setting(at_server)) == "ok"
    assert output(f"harlake show {entry} --curl", tmp_path, **server_setting(at_server)).startswith("curl ")
    script = output(f"harlake show {entry} --curl --format python", tmp_path, **server_setting(at_server))
    assert script.startswith("import http.client")
    refused = run(f"harlake show {entry} --body --format python", tmp_path, **server_setting(at_server))
    assert (refused.returncode, "--format is for --curl." in refused.stderr) == (2, True)
