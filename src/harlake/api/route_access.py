"""What a route needs: a scope, and JSON that says that it is.

A route names its scope as ``opt={SCOPE: TokenScope.READ}``. This is middleware rather than one of Litestar guards: for
these it copies the handler with each request, and they come after whatever a request has to wait for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl

from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Send
from litestar.types import Scope as ASGIScope

from harlake.access.scopes import TokenScope
from harlake.api.access import GRANTED
from harlake.api.filters import FilteredOperation
from harlake.api.query_names import in_one_spelling, query_names
from harlake.errors import BadRequestError, InsufficientScopeError, MediaTypeError, TokenRequiredError

#: The option of a route that names the scope that it needs, None if it needs no token.
SCOPE: Final = "scope"


class RouteAccessMiddleware:
    """Compares what a route needs with what :class:`harlake.api.access.AccessMiddleware` has granted."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Handle a request. Raises HarlakeError."""
        handler = scope["route_handler"]
        _check_scope(needed_scope(handler), scope[GRANTED])  # type: ignore[typeddict-item]
        if isinstance(handler, HTTPRouteHandler):
            if "data" in handler.parsed_fn_signature.parameters:
                _check_media_type(scope["headers"])
            if scope["query_string"] and handler.resolve_include_in_schema():
                names = query_names(handler)
                scope["query_string"] = in_one_spelling(scope["query_string"], names)
                _check_query(handler, names, scope["query_string"])
        await self._app(scope, receive, send)


def needed_scope(handler: BaseRouteHandler) -> TokenScope | None:
    """Return the scope that a route needs, None for none; what does not say needs the highest."""
    scope: TokenScope | None = handler.opt.get(SCOPE, TokenScope.ADMIN)
    return scope


def _check_scope(needed: TokenScope | None, granted: frozenset[TokenScope] | None) -> None:
    if needed is None:
        return
    if granted is None:
        raise TokenRequiredError("send Authorization: Bearer with a token, or the token as password")
    if needed not in granted:
        raise InsufficientScopeError(f"this needs a token with the scope {needed}")


def _check_query(handler: HTTPRouteHandler, allowed: list[str], query: bytes) -> None:
    """Refuse parameters that a route does not have; a misspelt one would change nothing, and nobody would know.

    Routes that take filters do so themselves, and name these.
    """
    if issubclass(handler.operation_class, FilteredOperation):
        return
    given = (name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    unknown = next((name for name in given if name not in allowed), None)
    if unknown is not None:
        raise BadRequestError(f"there is no parameter {unknown!r} here; {_listed(allowed)}")


def _listed(names: list[str]) -> str:
    return f"it takes {', '.join(names)}" if names else "it takes none"


def _check_media_type(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Let a body that is read as JSON through only if it says that it is.

    Web pages can send any other type to any service, without asking it first.
    """
    headers = list(headers)
    sizes = [value for name, value in headers if name in (b"content-length", b"transfer-encoding")]
    if set(sizes) <= {b"0"}:
        return
    types = [value.decode("latin-1") for name, value in headers if name == b"content-type"]
    essence = types[0].partition(";")[0].strip().lower() if len(types) == 1 else ""
    if essence != "application/json" and not (essence.startswith("application/") and essence.endswith("+json")):
        raise MediaTypeError("the body must be JSON, and Content-Type application/json")
