"""The page: one document for all of its addresses, and the files that it is made of.

There is nothing secret in them: what they show is asked of the API, which wants a token where one is needed.
"""

from __future__ import annotations

import hashlib
from functools import cache
from html import escape
from typing import Any, Final, NamedTuple

from litestar import Request, Response, Router
from litestar.exceptions import NotFoundException
from litestar.status_codes import HTTP_304_NOT_MODIFIED

from harlake.api.reading import get
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE
from harlake.page import FOLDER

#: What is shown where, for readers who follow a link as much as for those who reload the page.
PAGE_PATHS: Final = (
    "/",
    "/s/{session_id:str}",
    "/s/{session_id:str}/statistics",
    "/s/{session_id:str}/problems",
    "/s/{session_id:str}/search",
    "/compare",
)

_MEDIA_TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}

#: Scripts and styles are files of this folder, and nothing is loaded from elsewhere.
_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self' blob:",
        "media-src 'self' blob:",
        "worker-src 'self'",
        "frame-src 'self'",
        "base-uri 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)

_HEADERS: Final = {
    "content-security-policy": _POLICY,
    "cross-origin-opener-policy": "same-origin",
    # It may be kept, and is asked for again: another version of harlake has other files under the same names.
    "cache-control": "no-cache",
}

_INDEX: Final = "index.html"


class _File(NamedTuple):
    content: bytes
    media_type: str
    tag: str


def page_router(root_path: str = "") -> Router:
    """Return the routes of the page, which is below ``root_path`` for its readers."""
    index = _file(_INDEX)
    content = index.content.replace(b'<base href="/" />', f'<base href="{escape(root_path)}/" />'.encode())
    index = _made(content, index.media_type)

    @get(list(PAGE_PATHS), sync_to_thread=False)
    def show_page(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Return the document, whatever it is to show."""
        return _answer(request, index)

    @get("/page/{name:path}", sync_to_thread=False)
    def show_page_file(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
        """Return one of the files."""
        name = name.removeprefix("/")
        if name not in _names() or name == _INDEX:
            raise NotFoundException
        return _answer(request, _file(name))

    return Router(
        "/",
        route_handlers=[show_page, show_page_file],
        include_in_schema=False,
        opt={SCOPE: None, COVER: Cover.NOTHING_CAPTURED},
    )


@cache
def _names() -> frozenset[str]:
    """Return the names of all files that may be asked for; what else is in the folder is for those who work on it."""
    files = (path for path in FOLDER.rglob("*") if path.suffix in _MEDIA_TYPES)
    return frozenset(path.relative_to(FOLDER).as_posix() for path in files)


@cache
def _file(name: str) -> _File:
    path = FOLDER / name
    return _made(path.read_bytes(), _MEDIA_TYPES[path.suffix])


def _made(content: bytes, media_type: str) -> _File:
    return _File(content, media_type, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _answer(request: Request[Any, Any, Any], file: _File) -> Response[bytes]:
    headers = {**_HEADERS, "etag": file.tag}
    if file.tag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
