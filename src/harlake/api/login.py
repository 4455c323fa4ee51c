"""/api/login: the page's reader presents a token once, and the browser keeps it in a cookie that no script can read.

The cookie is the token itself, so that any node takes it, and a token that is removed is removed everywhere. It ends
with the browser. A cookie goes to all ports of a host: its name has the port, and whoever serves something else from
that host could read it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, delete, post
from litestar.datastructures import Cookie
from litestar.status_codes import HTTP_204_NO_CONTENT

from harlake.access.credentials import cookie_name
from harlake.access.hosts import parse_authority
from harlake.access.policy import AccessPolicy
from harlake.api.admission import ADMISSION
from harlake.api.errors import error_responses
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE
from harlake.errors import InvalidTokenError


class SignInToken(msgspec.Struct, forbid_unknown_fields=True):
    """A token, as `harlake token create` has printed it."""

    token: str


@post(
    "/api/login",
    status_code=HTTP_204_NO_CONTENT,
    opt={ADMISSION: "catalog", SCOPE: None, COVER: Cover.NOTHING_CAPTURED},
    sync_to_thread=False,
    tags=["access"],
    summary="Sign in",
    responses=error_responses(_401="`Invalid token`"),
)
def sign_in(request: Request[Any, Any, Any], data: SignInToken, access: AccessPolicy | None) -> Response[None]:
    """Keep a token in a cookie, which counts as the token for requests of the page, until the browser is closed."""
    if access is None:
        raise InvalidTokenError("there are no tokens here")
    access.check(data.token)
    return _with_cookie(request, data.token)


@delete(
    "/api/login",
    status_code=HTTP_204_NO_CONTENT,
    opt={ADMISSION: "catalog", SCOPE: None, COVER: Cover.NOTHING_CAPTURED},
    sync_to_thread=False,
    tags=["access"],
    summary="Sign out",
)
def sign_out(request: Request[Any, Any, Any]) -> Response[None]:
    """Remove the cookie."""
    return _with_cookie(request, None)


def _with_cookie(request: Request[Any, Any, Any], token: str | None) -> Response[None]:
    own = parse_authority(request.headers.get("host", ""))
    cookie = Cookie(
        cookie_name(None if own is None else own.port),
        value=token or "",
        path="",  # by default, that of the API, wherever a proxy has put it
        max_age=None if token else 0,
        httponly=True,
        samesite="strict",
        # A proxy may have ended TLS; the browser says in Origin what it sees.
        secure=request.scope["scheme"] == "https" or request.headers.get("origin", "").startswith("https:"),
    )
    return Response(None, cookies=[cookie])
