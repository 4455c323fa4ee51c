"""Headers, cookies and query parameters as rows."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from harlake.query.sql_entry_parts import PART_SCHEMAS, part_tables
from harlake.store.data_dir import DataDir
from tests.support.folders import import_har
from tests.support.hars import har


def _entry(**members: Any) -> dict[str, Any]:
    return {"request": {"method": "GET", "url": "http://a/", **members}, "response": {"status": 200}}


def _rows(data_dir: DataDir, table: str) -> list[dict[str, Any]]:
    captures = data_dir.catalog.all_captures()
    tables = list(part_tables(data_dir, captures, table))
    assert all(one.schema == PART_SCHEMAS[table] for one in tables)
    return [row for one in tables for row in one.to_pylist()]


@pytest.fixture
def data_dir(tmp_path: Path) -> Any:
    """An empty data folder."""
    with closing(DataDir(tmp_path / "data")) as opened:
        yield opened


def _import(data_dir: DataDir, *entries: dict[str, Any]) -> None:
    import_har(data_dir, json.dumps({"log": {"version": "1.2", "entries": list(entries)}}).encode())


def test_lists_of_all_kinds(data_dir: DataDir) -> None:
    """However a producer lists them, they are names and values."""
    kinds: list[Any] = [
        [{"name": "A", "value": "1"}, {"name": "B", "value": 2}],
        {"A": "1", "B": 2},
        [["A", "1"], ["B", "2"]],
        ["A: 1", "B: 2"],
        [{"A": "1"}, {"B": "2"}],
    ]
    _import(data_dir, *(_entry(headers=kind, queryString=kind) for kind in kinds))
    for table in ("headers", "query_parameters"):
        rows = [(row["ordinal"], row["number"], row["name"], row["value"]) for row in _rows(data_dir, table)]
        assert rows == [(at, *pair) for at in range(len(kinds)) for pair in ((0, "A", "1"), (1, "B", "2"))]


@pytest.mark.slow
@pytest.mark.parametrize("odd", [None, 5, "", {}, [], [None, 5, []], {"a": {"b": []}}, [{"name": None}], [{}]])
def test_what_is_no_list(data_dir: DataDir, odd: Any) -> None:
    """It is passed over, and what comes after it is read."""
    _import(data_dir, _entry(headers=odd, cookies=odd, queryString=odd), _entry(headers=[{"name": "X", "value": "y"}]))
    assert [row["name"] for row in _rows(data_dir, "headers") if row["ordinal"]] == ["X"]
    for table in ("cookies", "query_parameters"):
        assert {row["ordinal"] for row in _rows(data_dir, table)} <= {0}


def test_cookies(data_dir: DataDir) -> None:
    """Both messages have them, with what they say of themselves."""
    cookie = {"name": "s", "value": "1", "path": "/", "domain": "a", "expires": None, "httpOnly": "true", "secure": 0}
    entry = _entry(cookies=[{"name": "plain", "value": ""}])
    entry["response"] = {"status": 200, "cookies": [cookie]}
    _import(data_dir, entry)
    first, second = _rows(data_dir, "cookies")
    assert (first["message"], first["name"], first["value"], first["secure"]) == ("request", "plain", "", None)
    assert second["message"] == "response"
    assert (second["path"], second["domain"], second["expires"]) == ("/", "a", None)
    assert (second["http_only"], second["secure"]) == (True, False)


@pytest.mark.slow
def test_long_texts_are_cut_and_many_rows_come_in_parts(data_dir: DataDir) -> None:
    """As texts of the index are; and no table has all rows."""
    pairs = [{"name": f"n{number}", "value": "é" * 2_000} for number in range(10_000)]
    _import(data_dir, _entry(headers=pairs))
    tables = list(part_tables(data_dir, data_dir.catalog.all_captures(), "headers"))
    assert sum(map(len, tables)) == 10_000
    assert max(map(len, tables)) < 5_000
    value = tables[0]["value"][0].as_py()
    assert len(value.encode()) <= 1_024
    assert value.endswith("…")


def test_lone_surrogates(data_dir: DataDir) -> None:
    """They are replaced, for SQL has no such text."""
    import_har(data_dir, har(b'{"request":{"url":"http://a/","headers":[{"name":"\\ud800","value":"x"}]}}'))
    (row,) = _rows(data_dir, "headers")
    assert row["value"] == "x"
    row["name"].encode()


def test_what_has_no_rows_comes_in_parts_too(data_dir: DataDir) -> None:
    """So that a query ends when its time is over, or its client has left."""
    _import(data_dir, *(_entry(comment="x" * 500_000) for _ in range(40)))
    assert len(list(part_tables(data_dir, data_dir.catalog.all_captures(), "cookies"))) >= 4
