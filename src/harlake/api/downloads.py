"""Headers of what is downloaded: names that are safe in any header, and what browsers may show of captured bodies."""

from __future__ import annotations

import mimetypes
import re
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from harlake.har.bodies import Body

_OCTETS: Final = "application/octet-stream"
_MIME_TYPE: Final = re.compile(
    r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}(?:[ ]*+;[ ]*+[\w-]++=[\w.+/:\"-]*+)*+", re.ASCII
)

#: Shown by browsers without running or loading anything.
_HARMLESS: Final = re.compile(
    r"text/plain|application/json|image/(?:png|jpeg|gif|webp|avif|bmp|x-icon|vnd\.microsoft\.icon)|(?:audio|video|font)/.+"
)

#: For everything that a stranger's server has written: no scripts, no requests, no guessing what it might be.
GUARDS: Final = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
}


def body_headers(body: Body, url: str, fallback: str) -> dict[str, str]:
    """Return the headers of a captured body, which is named after its URL, or as ``fallback``; names in lower case."""
    mime_type = safe_media_type(body)
    essence = mime_type.partition(";")[0]
    kind = "inline" if _HARMLESS.fullmatch(essence) else "attachment"
    headers = {
        "content-type": mime_type,
        "content-disposition": named(kind, _file_name(url, essence, fallback)),
        **GUARDS,
    }
    if body.warning:
        headers["x-harlake-warning"] = body.warning
    return headers


def safe_media_type(body: Body) -> str:
    """Return a body's type as it may be sent: a text is in UTF-8, whatever it was captured in."""
    captured = (body.mime_type or "").strip()
    if _MIME_TYPE.fullmatch(captured) is None:
        return "text/plain; charset=utf-8" if body.is_text and not captured else _OCTETS
    if not body.is_text:
        return captured
    return f"{captured.partition(';')[0].strip().lower()}; charset=utf-8"


def named(kind: str, name: str) -> str:
    """Return a Content-Disposition header (RFC 6266), with the full name for clients that understand it (RFC 8187)."""
    header = f'{kind}; filename="{re.sub(r"[^A-Za-z0-9._-]+", "_", name)}"'
    return header if name.isascii() else f"{header}; filename*=UTF-8''{quote(name, safe='')}"


def _file_name(url: str, essence: str, fallback: str) -> str:
    try:
        path = urlsplit(url).path if url.startswith(("http:", "https:")) else ""
    except ValueError:
        path = ""
    name = re.sub(r"[^\w.-]+", "_", unquote(path.rpartition("/")[2])).strip("._")[-100:] or fallback
    if "." not in name:
        name += mimetypes.guess_extension(essence) or ""
    return name
