"""/schema: the OpenAPI schema, and a page to read it, which needs nothing from the internet."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, Final

import swagger_ui
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin, YamlRenderPlugin
from litestar.router import Router
from litestar.static_files import create_static_files_router

import harlake

_ASSETS: Final = "/schema/assets"


def openapi_config() -> OpenAPIConfig:
    """Return the schema's configuration: Swagger UI at /schema, the schema at /schema/openapi.json and .yaml."""
    page = SwaggerRenderPlugin(
        js_url=f"{_ASSETS}/swagger-ui-bundle.js",
        css_url=f"{_ASSETS}/swagger-ui.css",
        standalone_preset_js_url=f"{_ASSETS}/swagger-ui-standalone-preset.js",
        path=["/", "/swagger"],
        favicon=f'<link rel="icon" type="image/png" href="{_ASSETS}/favicon-32x32.png">',
    )
    return OpenAPIConfig(
        title="harlake",
        version=harlake.__version__,
        description="Takes in HAR files of any size, keeps them losslessly, and streams them back out.",
        path="/schema",
        render_plugins=[page, JsonRenderPlugin(), YamlRenderPlugin()],
        use_handler_docstrings=True,
    )


def assets_router() -> Router:
    """Serve Swagger UI's files from the package that brings them."""
    folder: Any = files(swagger_ui) / "static"
    return create_static_files_router(path=_ASSETS, directories=[folder], include_in_schema=False)
