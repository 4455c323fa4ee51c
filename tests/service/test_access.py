"""Hosts, origins and media types: what a stranger's page could send is refused before anything is done."""

from __future__ import annotations

import json
import re
import socket
from pathlib import Path

import pytest

from harlake.access.headers import SECURITY_HEADERS
from tests.support import hars
from tests.support.hars import JSON
from tests.support.server import Server

#: A request for each kind of route: what returns, changes or costs something, and what there is not.
_REQUESTS: tuple[tuple[str, ...], ...] = (
    ("/api/sessions",),
    ("/api/health",),
    ("/api/nothing",),
    ("-X", "POST", "/api/sessions"),
    ("-X", "DELETE", "/api/sessions/x"),
    ("-X", "PATCH", "/api/sessions/x", *JSON, "-d", '{"name": "x"}'),
    ("-X", "OPTIONS", "/api/sessions"),
    ("/api/har/import", "-F", "file=@-;filename=x.har"),
    ("/api/har/validate", "-F", "file=@-;filename=x.har"),
    ("/api/har/export/x",),
    ("/api/har/export", *JSON, "-d", "{}"),
    ("/api/sql", *JSON, "-d", '{"sql": "SELECT 1"}'),
)

_FOREIGN_HOSTS = ("attacker.example", "localhost.attacker.example", "127.0.0.1.attacker.example:8889", "user@localhost")
_FOREIGN_PAGES: tuple[tuple[str, ...], ...] = (
    ("-H", "Origin: https://attacker.example"),
    ("-H", "Origin: null"),
    ("-H", "Origin: http://localhost:1"),
    ("-H", "Sec-Fetch-Site: cross-site"),
    ("-H", "Sec-Fetch-Site: same-site"),
)


def _refused(api: Server, error: str, *arguments: str) -> None:
    """Check that a request is answered with 403 and an error, and has done nothing."""
    status, answer = api.status(*arguments)
    assert (status, answer["error"]) == (403, error), arguments


def test_foreign_hosts(api: Server) -> None:
    """Whatever is asked for, at whatever host that is not the service's."""
    for request in _REQUESTS:
        _refused(api, "Host not allowed", *request, "-H", "Host: attacker.example")
    for host in _FOREIGN_HOSTS:
        _refused(api, "Host not allowed", "/api/sessions", "-H", f"Host: {host}")
    # What a proxy says is not believed, and a foreign host does not become one's own by it.
    for header in ("X-Forwarded-Host: localhost", "Forwarded: host=localhost", "X-Original-Host: localhost"):
        _refused(api, "Host not allowed", "/api/sessions", "-H", "Host: attacker.example", "-H", header)
        assert api.status("/api/sessions", "-H", header.replace("localhost", "attacker.example"))[0] == 200
    assert api.json("/api/sessions") == {"sessions": []}


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.:1", "x.localhost", "192.0.2.1", "[2001:db8::1]:8889"])
def test_own_hosts(api: Server, host: str) -> None:
    """Loopback names and addresses, at any port: it may be published at another."""
    assert api.status("/api/sessions", "-H", f"Host: {host}")[0] == 200


def test_targets_in_absolute_form(api: Server) -> None:
    """What a target names counts as much as what Host does, and both must be the same."""
    here = api.url.removeprefix("http://")
    asked = ("--request-target", f"http://{here}/api/sessions", f"{api.url}/api/sessions")
    assert api.status(*asked)[0] == 200
    for target in ("http://attacker.example/api/sessions", f"http://x@{here}/api/sessions", "http://localhost/api/x"):
        _refused(api, "Host not allowed", "--request-target", target, f"{api.url}/api/sessions")
    _refused(api, "Host not allowed", *asked, "-H", "Host: attacker.example")


def _ask(api: Server, head: str) -> bytes:
    """Send the head of a request as it is, and return the answer."""
    host, port = api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode("latin-1"))
        answer = b""
        while piece := connection.recv(65_536):
            answer += piece
    return answer


@pytest.mark.parametrize(
    "hosts",
    ["", "Host:\n", "Host: localhost\nHost: localhost\n", "Host: localhost\nHost: attacker.example\n", "Host: \xe9\n"],
)
def test_heads_without_one_host(api: Server, hosts: str) -> None:
    """None, an empty one, two, or one that is no name."""
    answer = _ask(api, f"GET /api/sessions HTTP/1.1\n{hosts}Connection: close\n\n")
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b'"error":"Host not allowed"' in answer
    assert _ask(api, f"GET /api/sessions HTTP/1.0\n{hosts}\n").startswith(b"HTTP/1.1 403 ")


def test_foreign_pages(api: Server) -> None:
    """Whatever a page of another origin asks for, also with an empty body, and as a request before the real one."""
    for request in _REQUESTS:
        for page in _FOREIGN_PAGES:
            _refused(api, "Origin not allowed", *request, *page)
    own = f"Origin: {api.url}"
    _refused(api, "Origin not allowed", "/api/sessions", "-H", own, "-H", "Origin: http://attacker.example")
    _refused(api, "Origin not allowed", "/api/sessions", "-H", own, "-H", "Sec-Fetch-Site: cross-site")
    assert api.json("/api/sessions") == {"sessions": []}


def test_own_pages(api: Server) -> None:
    """A page of this origin may do everything; whoever opens an address is no page."""
    own = ("-H", f"Origin: {api.url}", "-H", "Sec-Fetch-Site: same-origin")
    assert api.status("-X", "POST", "/api/sessions", *own)[0] == 201
    assert api.status("/api/sessions", "-H", "Sec-Fetch-Site: none", "-H", "Sec-Fetch-Mode: navigate")[0] == 200


_LINK = ("-H", "Sec-Fetch-Site: cross-site", "-H", "Sec-Fetch-Mode: navigate", "-H", "Sec-Fetch-Dest: document")


def test_links_from_other_pages(api: Server) -> None:
    """A link leads to a page, never to data; and no page of others frames it."""
    assert b"swagger-ui" in api.curl("--fail", f"{api.url}/schema", *_LINK)
    _refused(api, "Origin not allowed", "/api/sessions", *_LINK)
    _refused(api, "Origin not allowed", f"{api.url}/schemata", *_LINK)
    _refused(api, "Origin not allowed", f"{api.url}/schema", "-X", "POST", *_LINK)
    framed = [one.replace("document", "iframe") for one in _LINK]
    _refused(api, "Origin not allowed", f"{api.url}/schema", *framed)
    _refused(api, "Origin not allowed", f"{api.url}/schema", *_LINK, "-H", "Origin: null")


@pytest.mark.parametrize(
    ("media_type", "taken"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/merge-patch+json", True),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("multipart/form-data; boundary=x", False),
        ("text/plain; application/json", False),
        ("application/jsonx", False),
        ("text/x+json", False),
        ("", False),
    ],
)
def test_json_says_that_it_is(api: Server, media_type: str, taken: bool) -> None:
    """Pages can send other types to anybody without asking; whoever else sends JSON can say so."""
    session = api.json("-X", "POST", "/api/sessions")["id"]
    header = ("-H", f"Content-Type: {media_type}" if media_type else "Content-Type:")
    for arguments in (
        ["/api/sessions", "-d", '{"name": "x"}'],
        ["/api/sessions", "-d", '{"name": "x"}', "-H", "Transfer-Encoding: chunked"],
        [f"/api/sessions/{session}", "-X", "PATCH", "-d", '{"name": "x"}'],
        ["/api/sql", "-d", '{"sql": "SELECT 1 AS one"}'],
        ["/api/har/export", "-d", f'{{"sessionId": "{session}"}}'],
    ):
        status, answer = api.status(*arguments, *header)
        assert status < 400 if taken else (status, answer["error"]) == (415, "Unsupported media type"), arguments


def test_an_empty_body_has_no_type(api: Server) -> None:
    """Where a body may be left out, nothing needs to be said of it."""
    assert api.status("-X", "POST", "/api/sessions")[0] == 201
    assert api.status("-X", "POST", "/api/har/export") == (400, {"error": "No entry IDs provided"})


def test_headers_of_all_answers(api: Server, traffic: Path) -> None:
    """No browser keeps an answer, guesses what it is, frames it or lends it to other pages: streams and errors too."""
    session = api.import_file(traffic)["sessionId"]
    entry = api.json(f"/api/sessions/{session}/entries?limit=1")["entries"][0]["id"]
    for arguments in (
        *(request for request in _REQUESTS if "-F" not in request),
        (f"/api/har/export/{session}",),
        (f"/api/har/export/{session}?format=csv",),
        (f"/api/sessions/{session}/search?q=a",),
        (f"/api/entries/{entry}",),
        (f"/api/entries/{entry}/curl",),
        ("/api/sessions", "-H", "Host: attacker.example"),
        ("/api/sessions", "-H", "Authorization: Bearer x"),
        (f"{api.url}/schema/openapi.json",),
        (f"{api.url}/schema/nothing",),
    ):
        found = hars.headers(api, *arguments)
        for name, value in SECURITY_HEADERS.items():
            if name != "content-security-policy" or "/schema" not in arguments[0]:
                assert found[name] == [value], (arguments, name)


def test_what_is_no_http_is_answered_with_the_same_headers(api: Server) -> None:
    """Also where no application is asked."""
    answer = _ask(api, "NOTHING / HTTP/1.1\n\n").decode("latin-1")
    assert answer.startswith("HTTP/1.1 400 ")
    assert "x-content-type-options: nosniff\r\n" in answer.lower()
    assert "cache-control: no-store\r\n" in answer.lower()


def test_an_export_is_compared_by_its_tag(api: Server, traffic: Path) -> None:
    """Nothing in between keeps an export; whoever has it in a file still asks whether it has changed."""
    session = api.import_file(traffic)["sessionId"]
    tag = hars.headers(api, f"/api/har/export/{session}")["etag"][0]
    status = ("-o", "/dev/null", "-w", "%{http_code}")
    assert api.curl(f"/api/har/export/{session}", "-H", f"If-None-Match: {tag}", *status) == b"304"


def test_the_page_has_a_policy(api: Server) -> None:
    """Its scripts are files of this server, or the one that the policy names by its hash; assets may be kept."""
    policy = hars.headers(api, f"{api.url}/schema")["content-security-policy"]
    assert len(policy) == 1
    (scripts,) = re.findall(r"script-src ([^;]+)", policy[0])
    assert re.fullmatch(r"'self' 'sha256-[\w+/]{43}='", scripts)
    assert "default-src 'none'" in policy[0]
    assert "frame-ancestors 'none'" in policy[0]
    (asset,) = re.findall(r'src="([^"]+bundle\.js)"', api.curl(f"{api.url}/schema").decode())
    assert hars.headers(api, f"{api.url}{asset}")["cache-control"] == ["no-cache, private"]


@pytest.mark.parametrize("name", ["%00", "x%00.js", "x" * 300, "..%2f..%2fdocs.py", "%ff", "%0d%0ax"])
def test_an_asset_that_no_file_can_be(api: Server, name: str) -> None:
    """It is not there, like any other that is not."""
    status = api.curl(f"{api.url}/schema/assets/{name}", "-o", "/dev/null", "-w", "%{http_code}")
    assert status == b"404"


def test_the_schema_says_how_to_authenticate(api: Server) -> None:
    """Both forms, and none, where none is needed."""
    schema = json.loads(api.curl(f"{api.url}/schema/openapi.json"))
    assert schema["components"]["securitySchemes"].keys() == {"bearer", "basic"}
    assert schema["security"] == [{}, {"bearer": []}, {"basic": []}]
