"""What is in front of all routes: each says which scope it needs, and documents it."""

from __future__ import annotations

import re

import pytest
from litestar import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.testing import TestClient

from harlake.access.policy import access_policy
from harlake.access.scopes import TokenScope
from harlake.api.route_access import SCOPE, needed_scope
from harlake.app import NoDataDir, create_app
from harlake.settings import Settings
from tests.support.shell_lines import API

pytestmark = pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")


def _handlers() -> dict[str, HTTPRouteHandler]:
    """Return the handler of each method and path; those for OPTIONS are Litestar's, and say what methods there are."""
    return {
        f"{method} {re.sub(r'{[^}]*}', '{}', route.path)}": handler
        for route in create_app(Settings(), NoDataDir()).routes
        for handler in getattr(route, "route_handlers", [])
        if isinstance(handler, HTTPRouteHandler)
        for method in handler.http_methods
        if method != HttpMethod.OPTIONS
    }


def test_every_route_has_a_scope() -> None:
    """None is left to the default, which is the highest."""
    handlers = _handlers()
    assert len(handlers) > 20
    assert [name for name, handler in handlers.items() if SCOPE not in handler.opt] == []


def test_the_table_of_scopes_is_true() -> None:
    """docs/api.md has a row for each scope, with all of its routes."""
    text = API.read_text("utf-8")
    table = text[text.index("### Scopes") :].split("\n## ")[0]
    documented = {
        re.sub(r"{\w+}", "{}", route): None if scope == "none" else TokenScope(scope)
        for scope, routes in re.findall(r"^\| (?:`?)(\w+)(?:`?) \| (.+) \|$", table, re.MULTILINE)
        for route in re.findall(r"`([A-Z]+ /[^`]*)`", routes)
    }
    # Every page of the API's description is in one row.
    actual = {
        re.sub("/schema.*", "/schema", name): needed_scope(handler)
        for name, handler in _handlers().items()
        if not name.startswith("HEAD ")  # as GET
    }
    assert documented == actual


def test_what_has_no_route_is_held_to_the_same() -> None:
    """The middleware is around the router: 404 and 405 are for those who may speak to the service."""
    settings = Settings()
    client = TestClient(
        create_app(settings, NoDataDir(), access=access_policy(settings)), base_url="http://har.localhost"
    )
    for method, path, status in (("GET", "/nowhere", 404), ("DELETE", "/api/sql", 405), ("PUT", "/schema", 405)):
        answer = client.request(method, path)
        assert (answer.status_code, answer.headers["x-content-type-options"]) == (status, "nosniff")
        assert client.request(method, path, headers={"host": "attacker.example"}).status_code == 403
        assert client.request(method, path, headers={"origin": "null"}).status_code == 403
        assert client.request(method, path, headers={"authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize("path", ["/lake/api/x", "/api/x", "/lake", "/lakeside", "/lake/lake/api/x"])
def test_a_root_path_is_taken_away_once(path: str) -> None:
    """Whether a proxy leaves it or not, the route is the same."""
    settings = Settings(root_path="/lake")
    client = TestClient(
        create_app(settings, NoDataDir(), access=access_policy(settings)), base_url="http://har.localhost"
    )
    assert client.get(path).status_code == (200 if path == "/lake" else 404)  # the page
    assert client.get("/lake/schema/openapi.json").json() == client.get("/schema/openapi.json").json()
    assert client.get("/lake/lake/schema").status_code == client.get("/lakeschema").status_code == 404
