"""/schema: the OpenAPI schema, and a page to read it, which needs nothing from the internet, and no inline script."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from importlib.resources import files
from typing import Any, Final

import swagger_ui
from litestar import HttpMethod, Request, Response
from litestar.datastructures import CacheControlHeader, ResponseHeader
from litestar.exceptions import InternalServerException, NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import JsonRenderPlugin, OpenAPIRenderPlugin, YamlRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Server
from litestar.router import Router
from litestar.static_files import create_static_files_router
from litestar.types import Method
from litestar.types.internal_types import PathParameterDefinition

import harlake
from harlake.access.scopes import TokenScope
from harlake.api.errors import ErrorBody, on_http_exception
from harlake.api.openapi_document import DocumentConfig
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE

_PATH: Final = "/schema"
_ASSETS: Final = f"{_PATH}/assets"

#: The only script that is not a file. The policy names it by its hash, so that no other one in the page runs.
_SCRIPT: Final = """
const element = document.getElementById("swagger-ui");
SwaggerUIBundle({
  url: element.dataset.url,
  domNode: element,
  deepLinking: true,
  showExtensions: true,
  showCommonExtensions: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""
_SCRIPT_HASH: Final = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()

#: Swagger UI sets styles of elements, and has its icons in data URLs.
_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        f"script-src 'self' 'sha256-{_SCRIPT_HASH}'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>harlake</title>
<link rel="icon" type="image/png" href="{assets}/favicon-32x32.png">
<link rel="stylesheet" href="{assets}/swagger-ui.css">
<style>body {{ margin: 0 }}</style>
</head>
<body>
<div id="swagger-ui" data-url="{path}/openapi.json"></div>
<script src="{assets}/swagger-ui-bundle.js"></script>
<script src="{assets}/swagger-ui-standalone-preset.js"></script>
<script>{script}</script>
</body>
</html>
"""


class _SwaggerPage(OpenAPIRenderPlugin):
    """Swagger UI, whose files are below a path."""

    def __init__(self, root_path: str) -> None:
        super().__init__(path=["/", "/swagger"])
        root = escape(root_path)
        self._page = _PAGE.format(assets=f"{root}{_ASSETS}", path=f"{root}{_PATH}", script=_SCRIPT).encode()

    def render(self, _: Request[Any, Any, Any], __: dict[str, Any]) -> bytes:
        """Return the page."""
        return self._page


def openapi_config(root_path: str = "") -> DocumentConfig:
    """Return the schema's configuration: Swagger UI at /schema, the schema at /schema/openapi.json and .yaml."""
    return DocumentConfig(
        title="harlake",
        version=harlake.__version__,
        description="Takes in HAR files of any size, keeps them losslessly, and streams them back out.",
        servers=[Server(url=root_path or "/")],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", description="A token, where one is needed."),
                "basic": SecurityScheme(type="http", scheme="basic", description="A token as password of any user."),
            }
        ),
        security=[{}, {"bearer": []}, {"basic": []}],
        openapi_router=Router(
            _PATH,
            route_handlers=[],
            include_in_schema=False,
            response_headers=[
                ResponseHeader(name="content-security-policy", value=_POLICY),
                ResponseHeader(name="cross-origin-opener-policy", value="same-origin"),
            ],
            opt={SCOPE: TokenScope.READ, COVER: Cover.NOTHING_CAPTURED},
        ),
        render_plugins=[_SwaggerPage(root_path), JsonRenderPlugin(), YamlRenderPlugin()],
        use_handler_docstrings=True,
        operation_id_creator=operation_id,
    )


def operation_id(handler: HTTPRouteHandler, method: Method, _: list[str | PathParameterDefinition]) -> str:
    """Return what generated clients call an operation: the name of its handler; of HEAD, one of its own."""
    first, *words = handler.handler_name.split("_")
    name = first + "".join(map(str.title, words))
    return f"{name}Headers" if method == HttpMethod.HEAD else name


def assets_router() -> Router:
    """Serve Swagger UI's files from the package that brings them; they are the same for everybody, and may be kept."""
    folder: Any = files(swagger_ui) / "static"
    return create_static_files_router(
        path=_ASSETS,
        directories=[folder],
        include_in_schema=False,
        opt={SCOPE: TokenScope.READ, COVER: Cover.NOTHING_CAPTURED},
        cache_control=CacheControlHeader(private=True, no_cache=True),
        exception_handlers={ValueError: _no_such_file, InternalServerException: _no_such_file},
    )


def _no_such_file(request: Request[Any, Any, Any], _: Exception) -> Response[ErrorBody]:
    """Answer for a name that no file can have: with U+0000, or too long."""
    return on_http_exception(request, NotFoundException())
