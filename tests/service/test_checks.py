"""/api/check: sessions against budgets, over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.hars import JSON, UNKNOWN_ID, imported, numbered, saved
from tests.support.server import Server

_RULES = {"rules": [{"metric": "requests", "max": 2}]}


def _check(server: Server, **body: Any) -> tuple[int, Any]:
    return server.status("/api/check", *JSON, "-d", json.dumps(body))


def test_a_check(server: Server, tmp_path: Path) -> None:
    """Rules with their outcomes; a session, its baseline, a filter."""
    a, b = (imported(server, saved(tmp_path / f"{count}.har", numbered(count)))["sessionId"] for count in (2, 3))
    status, answer = _check(server, sessions=[b], baseline=[a], budget=_RULES)
    assert (status, answer["passed"], answer["counts"]["failed"]) == (200, False, 1)
    (rule,) = answer["rules"]
    assert (rule["value"], rule["baseline"], rule["maximum"], rule["outcome"]) == (3, 2, 2, "failed")
    assert [one["name"] for one in answer["baseline"]] == ["Imported: 2"]
    assert _check(
        server, sessions=[a], baseline=[b], budget={"rules": [{"metric": "requests", "max": 1}]}, notWorse=True
    )[1]["passed"]
    assert _check(server, sessions=[b], budget=_RULES, filter={"path": "/1"})[1]["rules"][0]["value"] == 1
    assert _check(server, sessions=[a, b, b], budget=_RULES)[1]["rules"][0]["values"] == [2, 3, 3]
    for session in (a, b):
        server.curl("-X", "DELETE", f"/api/sessions/{session}")


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        ({"sessions": [], "budget": _RULES}, 400, "sessions is empty"),
        ({"sessions": [UNKNOWN_ID] * 257, "budget": _RULES}, 400, "sessions has 257"),
        ({"sessions": [UNKNOWN_ID], "budget": _RULES}, 404, UNKNOWN_ID),
        ({"sessions": [UNKNOWN_ID], "budget": _RULES, "other": 1}, 400, "unknown field `other`"),
        ({"sessions": [UNKNOWN_ID], "budget": {"rules": [{"metric": 1}]}}, 400, "budget.rules[0].metric"),
        ({"sessions": [UNKNOWN_ID], "budget": _RULES, "filter": {"nope": "x"}}, 400, "nope"),
        ({"budget": _RULES}, 400, "sessions"),
    ],
)
def test_what_is_refused(server: Server, body: dict[str, Any], status: int, place: str) -> None:
    """With its place."""
    found, answer = _check(server, **body)
    assert found == status
    assert place in json.dumps(answer)
