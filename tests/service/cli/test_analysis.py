"""``harlake search``, ``stats``, ``diff`` and ``sql``: answers for people, and for scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import failure, json_lines, output, run, server_setting
from tests.support.hars import all_entries, entries_of, har, numbered, saved
from tests.support.server import Server


@pytest.mark.slow
def test_sql(at_server: Server, session: str, tmp_path: Path) -> None:
    """Rows as a table or as JSON lines; the query may come from standard input."""
    at = server_setting(at_server)
    query = f"select method, count(*) n from entries where session = '{session}' group by 1"
    assert output(f'harlake sql "{query}"', tmp_path, **at) == "method     n\nGET     2500\n"
    assert json_lines(output(f'echo "{query}" | harlake sql --json -', tmp_path, **at)) == [
        {"method": "GET", "n": 2500}
    ]
    assert output("harlake sql 'from entries limit 0'", tmp_path, **at) == ""
    assert failure("harlake sql 'drop table entries'", tmp_path, **at).startswith("Error: Invalid query")


@pytest.mark.slow
def test_search(at_server: Server, session: str, tmp_path: Path) -> None:
    """Hits, one a line; where there are none, the status is 1."""
    hits = json_lines(output(f"harlake search {session} '/77?' --json", tmp_path, **server_setting(at_server)))
    assert [hit["entry"] for hit in hits] == [all_entries(at_server, session, 1000)[77]["id"]]
    assert "/77?" in output(f"harlake search {session} '/77?'", tmp_path, **server_setting(at_server))
    done = run(f"harlake search {session} nowhere", tmp_path, **server_setting(at_server))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_stats(at_server: Server, session: str, tmp_path: Path) -> None:
    """Totals as JSON and for people."""
    (totals,) = json_lines(output(f"harlake stats {session} --json", tmp_path, **server_setting(at_server)))
    assert totals["total"] == 2_500
    text = output(f"harlake stats {session}", tmp_path, **server_setting(at_server))
    assert text.startswith("2,500 entries, 0 failed")
    assert "example.test" in text


@pytest.mark.slow
def test_diff(at_server: Server, tmp_path: Path) -> None:
    """Differences, and an exit status for those that matter."""
    entry = entries_of(numbered(1))[0]
    first, second = (
        at_server.import_file(saved(tmp_path / f"{name}.har", har(text)))["sessionId"]
        for name, text in (("a", entry), ("b", entry.replace(b'"status":200', b'"status":500')))
    )
    at = server_setting(at_server)
    assert "1 changed" in output(f"harlake diff {first} {second}", tmp_path, **at)
    assert (
        failure(f"harlake diff {first} {second} --fail-on added,status", tmp_path, **at)
        == "Error: differences: 1 status\n"
    )
    assert output(f"harlake diff {first} {first} --fail-on changed,added,removed --json", tmp_path, **at)
