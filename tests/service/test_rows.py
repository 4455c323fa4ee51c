"""Rows by number, and what stands around them: what Python makes of the listing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.conftest import FIXTURES
from tests.support.hars import all_entries, har, imported, saved, timed
from tests.support.server import Server

#: Of each facet, what the number of its values is called.
_NUMBERS = {"status": "statuses", "type": "types", "method": "methods", "host": "hosts", "page": "pages"}
_FILTERS = ("", "status=4xx,5xx", "error=true", "q=echo", "type=fetch&method=GET", "host=nobody.test")


@pytest.fixture(scope="module")
def session(server: Server) -> Iterator[str]:
    """A session of three captures by real producers."""
    files = sorted(FIXTURES.glob("*_embed.har"))[:1] + sorted(FIXTURES.glob("chrome-har-capturer*.har"))[:1]
    found = imported(server, files[0])["sessionId"]
    for file in (*files[1:], files[0]):
        imported(server, file, "-F", f"sessionId={found}")
    yield found
    server.curl("-X", "DELETE", f"/api/sessions/{found}")


def _listed(server: Server, session: str, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = server.json(f"/api/sessions/{session}/entries?limit=1000&{query}{cursor}")
        found += page["entries"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


@pytest.mark.parametrize("query", _FILTERS)
@pytest.mark.parametrize("sort", ["ordinal", "-time", "url", "-status"])
def test_rows_are_those_of_the_listing(server: Server, session: str, query: str, sort: str) -> None:
    """All of them, or some from any number on, and some fields of them."""
    rows = _listed(server, session, f"{query}&sort={sort}")
    for start, limit in ((0, 1000), (7, 5), (len(rows) - 1, 3), (len(rows), 1), (10**9, 1)):
        if start < 0:
            continue
        path = f"/api/sessions/{session}/rows?{query}&sort={sort}&start={start}&limit={limit}"
        found = server.json(path)
        assert (found["start"], found["total"]) == (start, len(rows))
        expected = rows[start : start + limit]
        for name, values in found["columns"].items():
            assert values == [row[name] for row in expected]
        some = server.json(f"{path}&fields=url,id")
        assert list(some["columns"]) == ["url", "id"]
        assert some["columns"]["id"] == [row["id"] for row in expected]


@pytest.mark.parametrize("query", _FILTERS)
def test_what_stands_around_them(server: Server, session: str, query: str) -> None:
    """Times, values and failures are those of the rows."""
    rows = _listed(server, session, query)
    around = {
        name: server.json(f"/api/sessions/{session}/{name}?{query}&{more}")
        for name, more in (("timeline", "bins=7"), ("facets", "limit=3"), ("failures", "blocks=4"))
    }
    _check_timeline(around["timeline"], rows)
    _check_facets(around["facets"], rows)
    failures = around["failures"]
    assert failures["total"] == sum(failures["totals"]) == len(rows)
    assert sum(failures["failed"]) == around["facets"]["failed"]
    at = 0
    for count, failed in zip(failures["totals"], failures["failed"], strict=True):
        assert sum(_has_failed(row) for row in rows[at : at + count]) == failed
        at += count


def _has_failed(row: dict[str, Any]) -> bool:
    return row["error"] is not None or not 0 < (row["status"] or 0) < 400


def _check_timeline(found: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    started = sorted(row["startedDateTime"] for row in rows if row["startedDateTime"])
    assert (found["from"], found["to"]) == ((started[0], started[-1]) if started else (None, None))
    assert (found["bins"], found["undated"]) == (7, len(rows) - len(started))
    expected = {name: [0] * 7 for name in found["counts"]}
    if started:
        first, last = map(datetime.fromisoformat, (started[0], started[-1]))
        for row in rows:
            share = (datetime.fromisoformat(row["startedDateTime"]) - first) / (last - first)
            status = row["status"] or 0
            expected[f"{status // 100}xx" if 100 <= status < 600 else "failed"][min(6, int(share * 7))] += 1
    assert found["counts"] == expected


def _check_facets(found: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    assert (found["total"], found["failed"]) == (len(rows), sum(map(_has_failed, rows)))
    values = {
        "status": Counter(str(max(0, row["status"] or 0)) for row in rows),
        **{name: Counter(row[name] for row in rows) for name in ("type", "method", "host")},
        "page": Counter(row["pageref"] for row in rows),
    }
    for name, counts in values.items():
        assert found[_NUMBERS[name]] == len(counts)
        assert [one["count"] for one in found[name]] == [count for _, count in counts.most_common(3)]
        assert all(counts[one["value"]] == one["count"] for one in found[name])


@pytest.mark.slow
def test_values_of_facets_are_filters(server: Server, session: str) -> None:
    """Whoever chooses one gets as many entries as it said."""
    found = server.json(f"/api/sessions/{session}/facets")
    for name in ("status", "type", "method", "host", "page"):
        for one in found[name]:
            if one["value"] is not None:
                path = f"/api/sessions/{session}/rows?{name}={quote(one['value'])}&fields=id&limit=1"
                assert server.json(path)["total"] == one["count"], (name, one)


def test_entries_at_one_time_and_at_none(server: Server, tmp_path: Path) -> None:
    """They are all in the first bin, or in none."""
    same = "2024-02-28T16:00:00.000Z"
    file = saved(tmp_path / "x.har", har(*(timed(number, same) for number in range(3)), timed(3, None)))
    session = imported(server, file)["sessionId"]
    found = server.json(f"/api/sessions/{session}/timeline?bins=2")
    assert found["counts"]["2xx"] == [3, 0]
    assert found["undated"] == 1
    assert len(all_entries(server, session, 10)) == 4


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("rows?fields=nothing", "fields='nothing' is not allowed; fields takes some of id, ordinal"),
        ("rows?sort=nothing", "sort='nothing' is not allowed"),
        ("rows?start=-1", "Validation failed"),
        ("rows?limit=1001", "Validation failed"),
        ("timeline?bins=0", "Validation failed"),
        ("failures?blocks=10001", "Validation failed"),
        ("facets?nothing=1", "unknown parameter 'nothing'"),
    ],
)
def test_what_is_refused(server: Server, session: str, path: str, said: str) -> None:
    """Each with what would be taken."""
    status, answer = server.status(f"/api/sessions/{session}/{path}")
    assert status == 400
    assert answer["detail"].startswith(said)
