"""OpenAPI descriptions: valid, whatever was captured; nothing is left out in silence."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from harlake.export.writers import names_budget, openapi_description
from tests.support.exported import HOSTILE, exchange, exported


def _description(*entries: bytes) -> Any:
    description = json.loads(exported("openapi", *entries))
    validate(description)
    return description


def test_urls_that_differ_in_identifiers_are_one_path() -> None:
    """On all hosts that have it; its parameters are named apart."""
    urls = [f"https://{host}.test/users/{number}/posts/{number}9" for host in "ab" for number in (1, 2)]
    paths = _description(*map(exchange, urls))["paths"]
    assert list(paths) == ["/users/{id}/posts/{id2}"]
    (path,) = paths.values()
    assert path["servers"] == [{"url": "https://a.test"}, {"url": "https://b.test"}]
    assert [one["name"] for one in path["get"]["parameters"]] == ["id", "id2"]


def test_bodies_are_described_and_not_told() -> None:
    """Their members, and no value."""
    body = {"mimeType": "application/json", "text": '{"name":"secret value"}'}
    entry = exchange("http://a.test/x", "POST", request={"postData": body}, response={"content": body})
    description = _description(entry)
    operation = description["paths"]["/x"]["post"]
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    assert operation["requestBody"]["content"]["application/json"]["schema"] == schema
    assert operation["responses"]["200"]["content"]["application/json"]["schema"] == schema
    assert "secret value" not in json.dumps(description)


@pytest.mark.slow
def test_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Entries without an operation, and names beyond the limit."""
    assert "x-left-out" not in _description(exchange())["info"]
    assert sum(_description(exchange("data:,x"), exchange(method="PURGE"))["info"]["x-left-out"].values()) == 2
    monkeypatch.setattr(openapi_description, "NamesBudget", lambda: names_budget.NamesBudget(10))
    info = _description(*(exchange(f"http://a.test/{letter}") for letter in "abcdefgh"))["info"]
    assert "Incomplete" in info["description"]
    assert info["x-left-out"]


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.text(max_size=20) | st.just(HOSTILE), st.text(max_size=5))
def test_any_entry_makes_a_valid_description(text: str, name: str) -> None:
    """Hostile names are names."""
    headers = [{"name": f"X-{name}", "value": text}]
    body = {"mimeType": text, "text": text}
    named = {"mimeType": "application/json", "text": json.dumps({name: text})}
    _description(
        exchange(f"http://a.test/{text}/{{x}}/7?{name}={text}", "POST", request={"headers": headers, "postData": body}),
        exchange(
            "http://a.test/",
            "PUT",
            response={"content": named},
        ),
    )
