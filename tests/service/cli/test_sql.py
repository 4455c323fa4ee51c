"""``harlake sql``: of one session, into files, and on a terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support.commands import failure, on_terminal, output, run, server_setting
from tests.support.hars import numbered, saved
from tests.support.server import Server


@pytest.mark.slow
def test_of_one_session(at_server: Server, session: str, tmp_path: Path) -> None:
    """By its id, the beginning of that, or its name; of one that is not there, it is said."""
    at = server_setting(at_server)
    at_server.import_file(saved(tmp_path / "other.har", numbered(3)))
    for name in (session, session[:13], "'Imported: many'"):
        assert (
            output(f"harlake sql 'select count(*) n from entries' --session {name}", tmp_path, **at) == "   n\n2500\n"
        )
    assert "no session" in failure("harlake sql 'from entries' --session nowhere", tmp_path, **at)


@pytest.mark.slow
def test_into_files(at_server: Server, session: str, tmp_path: Path) -> None:
    """The name tells the form, or --format; what contradicts that is refused before anything is asked."""
    at = server_setting(at_server)
    query = f"harlake sql \"select ordinal, method from entries where session = '{session}' order by 1 limit 2\""
    for name in ("a.csv", "a.json", "a.ndjson", "a.parquet", "a.arrow"):
        assert output(f"{query} -o {name}", tmp_path, **at) == ""
    rows = [{"ordinal": 0, "method": "GET"}, {"ordinal": 1, "method": "GET"}]
    assert (tmp_path / "a.csv").read_text() == "ordinal,method\n0,GET\n1,GET\n"
    assert json.loads((tmp_path / "a.json").read_bytes()) == rows
    assert [json.loads(line) for line in (tmp_path / "a.ndjson").read_bytes().splitlines()] == rows
    assert pq.read_table(tmp_path / "a.parquet").to_pylist() == rows
    assert pa.ipc.open_stream((tmp_path / "a.arrow").read_bytes()).read_all().to_pylist() == rows
    assert output(f"{query} --format csv", tmp_path, **at) == (tmp_path / "a.csv").read_text()
    assert [json.loads(line) for line in output(f"{query} -o -", tmp_path, **at).splitlines()] == rows
    for options, reason in (
        ("-o b.csv --format json", "contradict"),
        ("-o b.txt", "does not tell its form"),
        ("-o b.csv --json", "--json is for standard output"),
    ):
        done = run(f"{query} {options}", tmp_path, **at)
        assert (done.returncode, reason in done.stderr) == (2, True), done.stderr
    assert "Invalid query" in failure("harlake sql 'drop table entries' -o b.csv", tmp_path, **at)
    assert not list(tmp_path.glob("*b.*"))


def test_columns_that_do_not_fit(at_server: Server, session: str, tmp_path: Path) -> None:
    """On a terminal, the first ones are shown, and it is said how many are not; of a few, all are."""
    at = server_setting(at_server) | {"HARLAKE_PAGER": "", "COLUMNS": "80"}
    shown = on_terminal(f"harlake sql 'from entries limit 3' --session {session}", tmp_path, **at)
    *lines, last = shown.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) == 4
    columns = len(output("harlake sql 'describe entries'", tmp_path, **at).splitlines()) - 1
    assert last == f"({columns - len(lines[0].split())} more columns do not fit here; --json prints all)"
    few = on_terminal(f"harlake sql 'select 1 a, 2 b' --session {session}", tmp_path, **at)
    assert len(few.splitlines()) == 2


def test_plans_are_drawn(at_server: Server, tmp_path: Path) -> None:
    """EXPLAIN is shown as lines."""
    shown = output("harlake sql 'explain select count(*) from entries'", tmp_path, **server_setting(at_server))
    assert shown.startswith("┌──")
    assert r"\x0a" not in shown
