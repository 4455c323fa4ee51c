"""The service describes itself, and answers every error as JSON."""

from __future__ import annotations

import re

import pytest

import harlake
from tests.support import hars
from tests.support.hars import JSON
from tests.support.server import Server


@pytest.mark.parametrize(
    ("status", "arguments"),
    [(404, ["/api/x"]), (405, ["/api/har/import"]), (400, ["/api/har/export", *JSON, "-d", '{"a":'])],
)
def test_every_error_is_json(api: Server, status: int, arguments: list[str]) -> None:
    """What the framework refuses is answered like all other errors, as JSON with an error."""
    assert hars.headers(api, *arguments)["content-type"] == ["application/json"]
    found, answer = api.status(*arguments)
    assert (found, isinstance(answer["error"], str)) == (status, True)


def test_health(api: Server) -> None:
    """The health check says ok."""
    assert api.status("/api/health") == (200, {"status": "ok", "version": harlake.__version__})


def test_schema_describes_the_forms(api: Server) -> None:
    """OpenAPI lists every route, and the multipart forms with their fields."""
    paths = api.json(f"{api.url}/schema/openapi.json")["paths"]
    assert {"/api/har/export", "/api/sessions", "/api/health", "/api/har/export/{session_id}"} <= paths.keys()
    for route, fields in (("import", {"file", "sessionId", "sessionName"}), ("validate", {"file"})):
        body = paths[f"/api/har/{route}"]["post"]["requestBody"]
        schema = body["content"]["multipart/form-data"]["schema"]
        assert (schema["required"], schema["properties"].keys()) == (["file"], fields)
        assert schema["properties"]["file"].items() >= {"type": "string", "format": "binary"}.items()


def test_schema_page_needs_no_other_server(api: Server) -> None:
    """The page that shows the schema, its scripts and its styles all come from this server."""
    page = api.curl("--fail", f"{api.url}/schema").decode()
    links = re.findall(r"<(?:script|link)\b[^>]*?\b(?:src|href)=[\"']([^\"']+)", page)
    assert len(links) >= 3
    for link in links:
        assert re.match("/[^/]", link)
        assert len(api.curl("--fail", f"{api.url}{link}")) > 0
