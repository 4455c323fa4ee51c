"""Bodies as they are described: by media type, with schemas where these can be told."""

from __future__ import annotations

from harlake.export.writers.described_body import MAX_DESCRIBED_BODY, DescribedBody
from harlake.export.writers.names_budget import NamesBudget
from harlake.har.bodies import Body


def test_media_types_have_schemas() -> None:
    """JSON and forms are looked into, texts are strings, and what is none may be anything."""
    described = DescribedBody(NamesBudget())
    for data, media_type in (
        (b'{"a":1}', "application/vnd.api+json; charset=utf-8"),
        (b"q=1&r=", "application/x-www-form-urlencoded"),
        (b"<p>", "text/html"),
        (b"\x89PNG", "image/png"),
        (b"x", "no type\r\n"),
    ):
        described.add(Body(data, media_type, True))
    content = described.content()
    assert content["application/vnd.api+json"]["schema"]["properties"] == {"a": {"type": "integer"}}
    assert content["application/x-www-form-urlencoded"]["schema"]["required"] == ["q", "r"]
    assert content["text/html"] == {"schema": {"type": "string"}}
    assert content["image/png"] == content["application/octet-stream"] == {}


def test_what_is_not_looked_into_is_said() -> None:
    """Large bodies, and those that are not what they are said to be."""
    budget = NamesBudget()
    described = DescribedBody(budget)
    described.add(Body(b'"%b"' % (b"x" * MAX_DESCRIBED_BODY), "application/json", True))
    described.add(Body(b"{", "application/json", True))
    described.add(Body(b" null", "application/json", True))
    assert sorted(budget.left_out.values()) == [1, 1]
