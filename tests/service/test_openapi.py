"""The service describes itself, and answers every error as JSON."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from openapi_spec_validator import validate

import harlake
from harlake.api.entry_rows import EntryList
from harlake.export.forms import FORMS
from tests.support import hars
from tests.support.hars import JSON, imported
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
    for route, fields in (
        ("import", {"file", "sessionId", "sessionName", "salvage", "redact"}),
        ("validate", {"file"}),
    ):
        body = paths[f"/api/har/{route}"]["post"]["requestBody"]
        schema = body["content"]["multipart/form-data"]["schema"]
        assert (schema["required"], schema["properties"].keys()) == (["file"], fields)
        assert schema["properties"]["file"].items() >= {"type": "string", "format": "binary"}.items()


@pytest.mark.slow
def test_the_schema_is_valid(api: Server) -> None:
    """As a validator of OpenAPI sees it; each operation has a name that a generated client can have."""
    schema = api.json(f"{api.url}/schema/openapi.json")
    validate(schema)
    names = [one["operationId"] for path in schema["paths"].values() for one in path.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z]+(?:[A-Z][a-z0-9]*)*", name) for name in names)


def test_unknown_parameters_are_refused(api: Server) -> None:
    """On every route: a misspelt one would change nothing, and nobody would know."""
    schema = api.json(f"{api.url}/schema/openapi.json")
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            url = re.sub(r"\{\w+\}", hars.UNKNOWN_ID, path)
            arguments = ["-I"] if method == "head" else ["-X", method.upper()]
            if "application/json" in operation.get("requestBody", {}).get("content", {}):
                arguments += [*JSON, "-d", "{}"]
            text = "q=a&" if "search" in path else ""
            answer = api.curl(f"{api.url}{url}?{text}surplus=1", *arguments, "-w", "%{http_code}").decode()
            assert answer.endswith("400"), (method, path, answer)
            assert method == "head" or "surplus" in answer, (path, answer)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/sessions", '{"name": "x", "surplus": 1}'),
        ("/api/sql", '{"sql": "SELECT 1", "surplus": 1}'),
        ("/api/har/export", '{"entryIds": [], "surplus": 1}'),
        ("/api/check", '{"surplus": 1}'),
    ],
)
def test_unknown_members_are_refused(api: Server, path: str, body: str) -> None:
    """In every JSON body."""
    status, answer = api.status(path, *JSON, "-d", body)
    assert (status, "surplus" in str(answer)) == (400, True)


@pytest.mark.slow
def test_names_are_taken_in_both_spellings(api: Server, traffic: Path) -> None:
    """In query strings, as they are documented, and as JSON has them."""
    session = imported(api, traffic)["sessionId"]
    entries, exported = f"/api/sessions/{session}/entries", f"/api/har/export/{session}"
    for one, other in (
        (f"{entries}?min_time=1&has_body=true", f"{entries}?minTime=1&hasBody=true"),
        (f"{exported}?format=csv&csv_raw=true", f"{exported}?format=csv&csvRaw=true"),
        (f"/api/diff?a={session}&b={session}&min_ms=1", f"/api/diff?a={session}&b={session}&minMs=1"),
        (f"{entries}?min_time=x", f"{entries}?minTime=x"),
    ):
        assert api.curl(f"{api.url}{one}") == api.curl(f"{api.url}{other}")
    for name in ("session_id", "sessionId"):
        answer = api.json("-T", str(traffic), f"{api.url}/api/har/import?{name}={session}")
        assert answer["sessionId"] == session


@pytest.mark.slow
def test_head_has_the_headers_of_get(api: Server, traffic: Path) -> None:
    """On every route that can be read, and no body."""
    answer = imported(api, traffic)
    session = answer["sessionId"]
    entry = api.json(f"/api/sessions/{session}/entries?limit=1")["entries"][0]["id"]
    ids = {"session_id": session, "a": session, "b": session, "capture_id": answer["captureId"], "entry_id": entry}
    ids |= {"number": "0", "upload_id": answer["captureId"]}
    schema = api.json(f"{api.url}/schema/openapi.json")
    for path, operations in schema["paths"].items():
        # Events are sent until the client has gone.
        if "get" not in operations or path.endswith("/events"):
            continue
        query = f"?a={session}&b={session}" if path == "/api/diff" else "?q=a" if "search" in path else ""
        url = path.format(**ids) + query
        got, headed = (_headers(api, *more, url) for more in ([], ["-I"]))
        assert (headed.pop("status"), headed) == (got.pop("status"), got), path


def _headers(api: Server, *arguments: str) -> dict[str, object]:
    """Return the status and the headers that an answer has again; the body of HEAD has none of its own."""
    status = api.curl(*_absolute(api, arguments), "-o", "/dev/null", "-w", "%{http_code}").decode()
    found = hars.headers(api, *arguments)
    for name in ("x-request-id", "date", "transfer-encoding", "content-disposition"):
        found.pop(name, None)
    return {"status": status, **found}


def _absolute(api: Server, arguments: tuple[str, ...]) -> list[str]:
    return [f"{api.url}{one}" if one.startswith("/") else one for one in arguments]


@pytest.mark.slow
def test_answers_have_the_media_types_that_are_described(api: Server, traffic: Path) -> None:
    """Files, lines, bodies and scripts as well as JSON; rows are of the types that are described."""
    answer = imported(api, traffic)
    session = answer["sessionId"]
    rows = api.json(f"/api/sessions/{session}/entries")
    assert msgspec.convert(rows, EntryList, strict=True).total == len(rows["entries"])
    entry = next(row["id"] for row in rows["entries"] if row["hasBody"])
    ids = {"session_id": session, "entry_id": entry}
    paths = api.json(f"{api.url}/schema/openapi.json")["paths"]
    for path, queries in (
        ("/api/har/export/{session_id}", ["", "?max_part=1MB", *(f"?format={form}" for form in FORMS)]),
        ("/api/sessions/{session_id}/search", ["?q=a"]),
        ("/api/entries/{entry_id}", [""]),
        ("/api/entries/{entry_id}/curl", ["", "?format=python"]),
        ("/api/entries/{entry_id}/response-body", [""]),
        ("/api/catalog", [""]),
    ):
        described = paths[path]["get"]["responses"]["200"]["content"]
        for query in queries:
            (sent,) = hars.headers(api, path.format(**ids) + query)["content-type"]
            assert "*/*" in described or sent.partition(";")[0] in described, (path, query, sent)


def test_schema_page_needs_no_other_server(api: Server) -> None:
    """The page that shows the schema, its scripts and its styles all come from this server."""
    page = api.curl("--fail", f"{api.url}/schema").decode()
    links = re.findall(r"<(?:script|link)\b[^>]*?\b(?:src|href)=[\"']([^\"']+)", page)
    assert len(links) >= 3
    for link in links:
        assert re.match("/[^/]", link)
        assert len(api.curl("--fail", f"{api.url}{link}")) > 0
