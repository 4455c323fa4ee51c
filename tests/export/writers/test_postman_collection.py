"""Postman collections: requests as they go over the wire, and no variable in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.exported import HOSTILE, exchange, exported

_VARIABLE = "{{token}}{{{$guid}}}"


def _items(*entries: bytes) -> Any:
    return json.loads(exported("postman", *entries))["item"]


def _posted(text: str, media_type: str) -> Any:
    headers = [{"name": "Content-Type", "value": media_type}]
    request = {"headers": headers, "postData": {"mimeType": media_type, "text": text}}
    return _items(exchange(method="POST", request=request))[0]["request"]


def test_items_have_requests_and_examples() -> None:
    """Method, URL, headers and body of the request; status, headers and body of the response."""
    (item,) = _items(exchange("http://a.test/?a=b", request={"headers": [{"name": "X-A", "value": "1"}]}))
    assert item["request"]["url"] == "http://a.test/?a=b"
    assert item["request"]["header"] == [{"key": "X-A", "value": "1"}]
    (example,) = item["response"]
    assert (example["code"], example["status"], example["body"]) == (200, "OK", "ok")


@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded"])
def test_variables_in_bodies_are_escaped(media_type: str) -> None:
    """Where there is a way that means the same."""
    text = json.dumps({"a": _VARIABLE}) if "json" in media_type else f"a={_VARIABLE}"
    body = _posted(text, media_type)["body"]
    assert "{{" not in body["raw"]
    assert "disabled" not in body
    if "json" in media_type:
        assert json.loads(body["raw"]) == {"a": _VARIABLE}


@pytest.mark.parametrize("media_type", ["text/plain", "application/json"])
def test_variables_that_cannot_be_escaped_are_not_sent(media_type: str) -> None:
    """The body is there, disabled, and it is said."""
    request = _posted(_VARIABLE, media_type)
    assert request["body"] == request["body"] | {"raw": _VARIABLE, "disabled": True}
    assert "disabled" in request["description"]


def test_variables_in_urls_and_headers_are_none() -> None:
    """Nothing that is sent has two braces."""
    headers = [{"name": "X-Hostile", "value": HOSTILE.replace("\n", "")}, {"name": "X-A", "value": _VARIABLE}]
    (item,) = _items(exchange(f"http://{_VARIABLE}.test/{_VARIABLE}?{_VARIABLE}", request={"headers": headers}))
    request = item["request"]
    assert "{{" not in request["url"]
    assert all(header.get("disabled") for header in request["header"] if "{{" in header["value"])
    assert not any("{{" in header["key"] for header in request["header"])


def test_entries_that_cannot_be_sent_are_seen() -> None:
    """As an empty folder, which says so."""
    items = _items(exchange("data:,x"))
    assert items[0]["item"] == []
    assert "cannot be sent" in items[0]["description"]
