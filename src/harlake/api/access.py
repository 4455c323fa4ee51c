"""What is in front of all routes, and decides who may speak to the service.

A pure ASGI middleware around the router, so that what has no route is held to the same: hosts, origins, tokens, and
the headers of all answers. What a route needs is compared with what is granted in :mod:`harlake.api.route_access`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Final

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Send
from litestar.types import Scope as ASGIScope

from harlake.access.credentials import cookie_token
from harlake.access.headers import SECURITY_HEADERS, challenges
from harlake.access.hosts import TARGET_AUTHORITY, Authority, parse_authority
from harlake.access.origins import is_foreign
from harlake.access.policy import AccessPolicy
from harlake.errors import HarlakeError, HostNotAllowedError, OriginNotAllowedError
from harlake.observability.request_record import current_record

#: Where a request's scopes are in its ASGI scope.
GRANTED: Final = "harlake.granted"

_HEADERS: Final = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
_UNAUTHORIZED: Final = 401

#: Headers that say whom a request is for, and from.
_DECISIVE: Final = frozenset(
    {b"host", b"origin", b"authorization", b"cookie", b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest"}
)

#: Methods that change nothing.
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

#: Pages that other pages may link to. They hold nothing of anybody's, and forbid to be framed.
_PAGES: Final = re.compile(r"/|/schema(?:/.*)?|/s/[^/]+(?:/[a-z]+)?|/compare", re.DOTALL)


class AccessMiddleware:
    """Refuses requests that the policy does not allow, and completes the headers of all answers.

    A path may begin with ``root_path``, or not: some proxies take it away, others leave it.
    """

    def __init__(self, app: ASGIApp, policy: AccessPolicy, root_path: str = "") -> None:
        self._app = app
        self._policy = policy
        self._root_path = root_path

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != ScopeType.HTTP:  # there are no WebSockets
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return

        async def send_complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _completed([*message["headers"]], message["status"], scope)
            await send(message)

        self._remove_root_path(scope)
        try:
            self._check(scope)
        except HarlakeError as error:
            await _refuse(send_complete, error)
        else:
            await self._app(scope, receive, send_complete)

    def _check(self, scope: HTTPScope) -> None:
        headers = _values(scope)
        own = self._own_authority(scope, headers["host"])
        secure = scope["scheme"] == "https"
        if is_foreign(headers["origin"], headers["sec-fetch-site"], own, secure=secure) and not _opens_page(
            scope, headers
        ):
            raise OriginNotAllowedError("pages of other origins may not use this service")
        grant = self._policy.grant(headers["authorization"], cookie_token(headers["cookie"], own.port))
        if grant.by_cookie and scope["method"] not in _SAFE and not (headers["origin"] or headers["sec-fetch-site"]):
            raise OriginNotAllowedError("with a cookie, Origin must say that the request comes from the service's page")
        scope[GRANTED] = grant.scopes  # type: ignore[typeddict-unknown-key]
        current_record().token_id = grant.token_id

    def _own_authority(self, scope: HTTPScope, hosts: list[str]) -> Authority:
        """Return what the request calls this service. Raises HostNotAllowedError."""
        target = scope.get(TARGET_AUTHORITY)
        named = [parse_authority(host) for host in (*hosts, *([target] if isinstance(target, str) else []))]
        if len(hosts) != 1 or None in named or len(set(named)) != 1:
            raise HostNotAllowedError("there must be one Host, well-formed, and the same as in the target")
        (own,) = set(named)
        if own is None or not self._policy.hosts.allows(own):
            raise HostNotAllowedError("Host must be localhost, an IP address, or a name given with --allowed-host")
        return own

    def _remove_root_path(self, scope: HTTPScope) -> None:
        root = self._root_path
        if root and f"{scope['path']}/".startswith(f"{root}/"):
            scope["path"] = scope["path"].removeprefix(root) or "/"
            scope["raw_path"] = scope["raw_path"].removeprefix(root.encode()) or b"/"


def _values(scope: HTTPScope) -> defaultdict[str, list[str]]:
    """Return the values of the headers that decide, by name."""
    values: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in scope["headers"]:
        if name in _DECISIVE:
            values[name.decode()].append(value.decode("latin-1"))
    return values


def _opens_page(scope: HTTPScope, headers: defaultdict[str, list[str]]) -> bool:
    """Return whether a link to one of the pages was followed: a navigation of a whole tab, with nothing sent."""
    return (
        scope["method"] == "GET"
        and headers["sec-fetch-mode"] == ["navigate"]
        and headers["sec-fetch-dest"] == ["document"]
        and not headers["origin"]
        and _PAGES.fullmatch(scope["path"]) is not None
    )


def _completed(headers: list[tuple[bytes, bytes]], status: int, scope: HTTPScope) -> list[tuple[bytes, bytes]]:
    """Return an answer's headers, and those of all answers where it does not have them."""
    present = {name.lower() for name, _ in headers}
    headers += [header for header in _HEADERS if header[0] not in present]
    if status != _UNAUTHORIZED:
        return headers
    accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return headers + [(b"www-authenticate", value.encode()) for value in challenges(accept.decode("latin-1"))]


async def _refuse(send: Send, error: HarlakeError) -> None:
    current_record().reason = error.error
    body = msgspec.json.encode(error.body())
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
