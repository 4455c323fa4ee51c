"""Captured bodies for a frame of the page, inert: no script runs, nothing is sent, nothing is loaded, nobody is called.

A policy in the headers sees to all but one thing: for what a frame or a link names, browsers connect to a host before
they ask the policy. Under this policy neither has any other effect, so that each is made an element that means nothing.
For that, a document must be in an encoding in which they can be found, which is UTF-8.
"""

from __future__ import annotations

import codecs
import re
from typing import Final

from harlake.api.downloads import safe_media_type
from harlake.errors import NoPreviewError
from harlake.har.bodies import Body

_GUARDS: Final = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    "x-dns-prefetch-control": "off",
}

#: XHTML is shown as HTML, in which no entity can stand for an element.
_DOCUMENT: Final = re.compile(r"text/html|application/xhtml\+xml")
_IMAGE_OR_FONT: Final = re.compile(r"(?:image|font)/.+|application/(?:x-)?font-.+")
_SVG: Final = "image/svg+xml"

#: Elements of XML may have a prefix.
_CONNECTING: Final = re.compile(rb"<((?:[\w.-]{1,100}:)?)(link|i?frame)(?=[\s/>])", re.IGNORECASE)
_CHARSET: Final = re.compile(r";\s*charset\s*=\s*\"?([\w.:-]{1,40})", re.IGNORECASE)
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def preview(body: Body) -> tuple[bytes, dict[str, str]]:
    """Return what is shown of a body, and its headers. Raises NoPreviewError for types that no frame shows."""
    mime_type = safe_media_type(body)
    essence = mime_type.partition(";")[0].strip().lower()
    data = body.data
    if _DOCUMENT.fullmatch(essence) or essence == _SVG:
        text = data if body.is_text else _in_utf8(data, mime_type)
        data = _CONNECTING.sub(rb"<\1no-\2", text)
        mime_type = f"{_SVG if essence == _SVG else 'text/html'}; charset=utf-8"
    elif _IMAGE_OR_FONT.fullmatch(essence) is None:
        raise NoPreviewError(f"there are previews of HTML, images and fonts, and none of {mime_type}")
    return data, {"content-type": mime_type, "content-disposition": "inline", **_GUARDS}


def _in_utf8(data: bytes, mime_type: str) -> bytes:
    """Return a document in UTF-8, out of the encoding that it is said to have, or seems to have."""
    match = _CHARSET.search(mime_type)
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), match[1] if match else "utf-8")
    try:
        return data.decode(encoding).encode()
    except (LookupError, UnicodeError):
        return data.decode("cp1252", "replace").encode()
