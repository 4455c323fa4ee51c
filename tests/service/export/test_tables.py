"""Tables through HTTP, read back by the readers that people use: Python's csv, and DuckDB."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import FIXTURES
from tests.support import hars
from tests.support.hars import JSON, har, imported, saved
from tests.support.server import Server

_CAPTURES = ["playwright-1.65_embed", "mitmproxy-11.0_site", "handmade_wrong-types", "handmade_long-url"]
_LONE = re.compile("[\ud800-\udfff]")
_QUERY = "method=GET,POST&order=time"


@pytest.fixture(scope="module")
def session(start: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server, and a session of captures whose entries have odd, long and missing members."""
    server = start(tmp_path_factory.mktemp("tables") / "data")
    session = server.json("/api/sessions", *JSON, "-d", '{"name":"Tables"}')["id"]
    for name in _CAPTURES:
        server.import_file(FIXTURES / f"{name}.har", "-F", f"sessionId={session}")
    yield server, session
    server.stop()


def _listed(server: Server, session: str) -> list[dict[str, Any]]:
    """Return the listing's rows, as tables have them: texts as the index has them, cut ones named in one text."""
    rows = hars.all_entries(server, session, 1000)
    for row in rows:
        row.setdefault("truncated", [])
    return rows


def _parquet(data: bytes, folder: Path, columns: str = "*") -> list[dict[str, Any]]:
    """Return the rows of a Parquet file, as DuckDB reads them."""
    file = saved(folder / "x.parquet", data)
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        sql = f"SELECT {columns} REPLACE (epoch_us(startedDateTime) AS startedDateTime) FROM read_parquet('{file}')"
        cursor = database.execute(sql)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _same_text(listed: Any, found: Any, name: str, truncated: str) -> bool:
    """Return whether a text is the listed one; the listing completes URLs that are cut in tables."""
    return listed == found or (name in truncated.split() and listed.startswith(found[:-1]))


@pytest.mark.slow
def test_csv_has_the_listings_rows(session: tuple[Server, str]) -> None:
    """Every row and column of the listing is in the CSV, in its order; what is null there is empty here."""
    listed = _listed(*session)
    found = list(csv.DictReader(io.StringIO(hars.export(*session, "-G", "-d", "format=csv").decode(), newline="")))
    assert len(found) == len(listed)
    for row, line in zip(listed, found, strict=True):
        assert list(line) == [name for name in row if name != "truncated"] + ["truncated"]
        for name, value in row.items():
            if isinstance(value, bool):
                assert line[name] == str(value).lower()
            elif isinstance(value, int | float):
                assert float(line[name]) == value
            elif name != "truncated":
                assert _same_text(value or "", line[name], name, line["truncated"])
        assert set(row["truncated"]) <= set(line["truncated"].split())


@pytest.mark.slow
def test_parquet_has_the_listings_rows(session: tuple[Server, str], tmp_path: Path) -> None:
    """Every row and column of the listing is in the Parquet file, with types of their own."""
    listed = _listed(*session)
    found = _parquet(hars.export(*session, "-G", "-d", "format=parquet"), tmp_path)
    assert len(found) == len(listed)
    for row, line in zip(listed, found, strict=True):
        assert list(line) == [name for name in row if name != "truncated"] + ["truncated", "session", "sessionName"]
        assert (line["session"], line["sessionName"]) == (
            session[1],
            session[0].json(f"/api/sessions/{session[1]}")["name"],
        )
        for name, value in row.items():
            if name == "startedDateTime":
                moment = None if line[name] is None else hars.instant(line[name])
                assert value == moment
            elif isinstance(value, str):
                assert _same_text(value, line[name], name, line["truncated"] or "")
            elif name != "truncated":
                assert (type(line[name]), line[name]) == (type(value), value)


@pytest.mark.slow
@pytest.mark.parametrize("table_format", ["csv", "parquet"])
def test_tables_are_filtered_and_sorted(session: tuple[Server, str], tmp_path: Path, table_format: str) -> None:
    """A table has the rows of the entries that another format has, in the same order."""
    server, session_id = session
    lines = server.curl(f"/api/har/export/{session_id}?{_QUERY}&format=ndjson").splitlines()
    table = server.curl(f"/api/har/export/{session_id}?{_QUERY}&format={table_format}")
    if table_format == "csv":
        ids = [row["id"] for row in csv.DictReader(io.StringIO(table.decode(), newline=""))]
    else:
        ids = [row["id"] for row in _parquet(table, tmp_path)]
    assert [server.json(f"/api/entries/{one}") for one in ids] == [json.loads(line) for line in lines]
    empty = server.curl(f"/api/har/export/{session_id}?status=999&format={table_format}")
    assert empty.count(b"\n") == 1 if table_format == "csv" else _parquet(empty, tmp_path) == []


def _body(entry: Any) -> bytes | None:
    response = entry.get("response")
    content = response.get("content") if isinstance(response, dict) else None
    text = content.get("text") if isinstance(content, dict) else content
    if not isinstance(text, str | int):  # numbers are what a text means, too
        return None
    if not isinstance(content, dict) or not isinstance(text, str):
        return str(text).encode()
    return base64.b64decode(text) if content.get("encoding") == "base64" else _LONE.sub("\ufffd", text).encode()


def test_parquet_has_bodies_if_asked(session: tuple[Server, str], tmp_path: Path) -> None:
    """The last column has the responses' bodies, decoded from base64 where they are, and is null without one."""
    lines = hars.export(*session, "-G", "-d", "format=ndjson").splitlines()
    found = _parquet(hars.export(*session, "-G", "-d", "format=parquet", "-d", "bodies=true"), tmp_path)
    assert [row["responseBody"] for row in found] == [_body(json.loads(line)) for line in lines]
    assert list(found[0])[-1] == "responseBody"
    assert any(row["responseBody"] for row in found)


@pytest.mark.slow
def test_large_bodies(own_server: Server, tmp_path: Path) -> None:
    """A body far larger than what the writer has without bodies goes into the file, and so do many small ones."""
    sizes = [100, 34_000_000, *range(5_000), *[100_000] * 200]
    entries = [
        b'{"request":{"url":"/%d"},"response":{"content":{"text":"%b"}}}' % (size, "é".encode() * (size // 2))
        for size in sizes
    ]
    session = imported(own_server, saved(tmp_path / "x.har", har(*entries)))["sessionId"]
    file = saved(tmp_path / "x.parquet", hars.export(own_server, session, "-G", "-d", "format=parquet&bodies=true"))
    with duckdb.connect() as database:
        rows = database.execute(f"SELECT octet_length(responseBody) FROM read_parquet('{file}')").fetchall()
        (groups,) = database.execute(f"SELECT count(DISTINCT row_group_id) FROM parquet_metadata('{file}')").fetchall()
    assert [length for (length,) in rows] == [size // 2 * 2 for size in sizes]
    assert groups[0] > 1


def test_a_csv_has_no_formulas_unless_it_is_raw(server: Server, tmp_path: Path) -> None:
    """Texts that begin like one are quoted in every column, numbers are not; programs may have all as it was."""
    formulas = ["=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", " =1", "\ufeff=1", "＝1"]
    entries = [
        {"request": {"method": text, "url": text}, "response": {"status": -1, "statusText": text}, "time": -5,
         "pageref": text, "connection": text, "serverIPAddress": text, "_resourceType": text}
        for text in formulas
    ]  # fmt: skip
    session = imported(server, saved(tmp_path / "x.har", har(*(json.dumps(one).encode() for one in entries))))[
        "sessionId"
    ]
    path = f"/api/har/export/{session}?format=csv"
    posted = ("/api/har/export", *JSON, "-d")
    quoted, raw = server.curl(path), server.curl(f"{path}&csv_raw=true")
    assert server.curl(*posted, json.dumps({"sessionId": session, "format": "csv"})) == quoted
    for name in ("csvRaw", "csv_raw"):
        assert server.curl(*posted, json.dumps({"sessionId": session, "format": "csv", name: True})) == raw
    assert hars.headers(server, path)["etag"] != hars.headers(server, f"{path}&csv_raw=true")["etag"]
    for table, before in ((quoted, "'"), (raw, "")):
        rows = list(csv.DictReader(io.StringIO(table.decode(), newline="")))
        for row, text in zip(rows, formulas, strict=True):
            for column in ("method", "url", "statusText", "pageref", "connection", "serverIPAddress"):
                # Of a method, no white space is kept: HTTP has none in it.
                assert row[column] == before + (text.strip() if column == "method" else text)
            assert (row["status"], row["time"]) == ("-1", "-5.0")
    hars.remove_sessions(server)


def test_parquet_names_sessions(server: Server, tmp_path: Path) -> None:
    """Entries of several sessions tell which they are of; a session's new name makes another file."""
    files = [saved(tmp_path / f"{name}.har", hars.numbered(2)) for name in ("one", "two")]
    ids = [server.import_file(file)["sessionId"] for file in files]
    entries = [one["id"] for session in ids for one in hars.all_entries(server, session, 10)]
    body = json.dumps({"entryIds": entries, "format": "parquet"})
    rows = _parquet(server.curl("/api/har/export", *hars.JSON, "-d", body), tmp_path)
    assert [row["session"] for row in rows] == [ids[0], ids[0], ids[1], ids[1]]
    assert [row["sessionName"] for row in rows] == ["Imported: one"] * 2 + ["Imported: two"] * 2
    path = f"/api/har/export/{ids[0]}?format=parquet"
    tag = hars.headers(server, path)["etag"]
    server.curl("-X", "PATCH", f"/api/sessions/{ids[0]}", *hars.JSON, "-d", '{"name": "Renamed"}')
    assert {row["sessionName"] for row in _parquet(server.curl(path), tmp_path)} == {"Renamed"}
    assert hars.headers(server, path)["etag"] != tag
