"""Resource types: what Chrome calls the purpose of a request, and what the media type says where nobody does."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from harlake.har.entry import Content, Entry
from harlake.har.urls import scheme_of

#: Chrome's resource types, as entries carry them in ``_resourceType``; other programs have others.
RESOURCE_TYPES: Final = (
    *("document", "stylesheet", "script", "image", "font", "media", "manifest", "texttrack", "xhr", "fetch"),
    *("eventsource", "websocket", "ping", "beacon", "preflight", "signed-exchange", "csp-violation-report", "other"),
    *("prefetch", "wasm", "webtransport", "directsocket", "sm-script", "sm-stylesheet", "webbundle", "fedcm"),
)

_EXACT: Final = {
    "text/html": "document",
    "application/xhtml+xml": "document",
    "text/css": "stylesheet",
    "application/manifest+json": "manifest",
    "text/vtt": "texttrack",
    "text/event-stream": "eventsource",
    "application/vnd.ms-fontobject": "font",
    "image/svg+xml": "image",
}
_FAMILIES: Final = {"image": "image", "font": "font", "audio": "media", "video": "media"}
_PARTS: Final = (("javascript", "script"), ("ecmascript", "script"), ("font-", "font"), ("json", "xhr"), ("xml", "xhr"))

#: Parts of subtypes that are texts whatever they are for, as in ``application/vnd.api+json``.
_TEXTUAL: Final = frozenset(
    (
        *("json", "json5", "ndjson", "xml", "html", "xhtml", "css", "csv", "yaml", "toml", "sql", "graphql"),
        *("javascript", "ecmascript", "typescript", "urlencoded", "mpegurl"),
    )
)

#: Between media types; and what separates words, or values of a filter.
_SEPARATOR: Final = re.compile(r"[,\n]")
_NO_WORD: Final = re.compile(r"[\s,]++")

#: Characters of a media type that is remembered: any of RFC 6838 §4.2. Others may have any number.
_MAX_REMEMBERED: Final = 127 + len("/") + 127


def content_media_type(content: Content | None) -> str | None:
    """Return the media type of a body in lower case and without parameters, None where there is none."""
    return essence(content.mimeType) if content is not None and content.mimeType else None


def resource_type(entry: Entry) -> str:
    """Return the type of the resource that was requested: as captured, else as its media type suggests."""
    if entry.resourceType and (given := normal_type(entry.resourceType)):
        return given
    if entry.request.url[:1] not in ("h", "/") and scheme_of(entry.request.url) in ("ws", "wss"):
        return "websocket"
    media_type = content_media_type(entry.content) or ""
    return _remembered(media_type) if len(media_type) <= _MAX_REMEMBERED else _suggested(media_type)


def normal_type(resource_type: str) -> str:
    """Return a type as rows have it, and filters: a word in lower case, whatever was captured."""
    return _remembered_type(resource_type) if len(resource_type) <= _MAX_REMEMBERED else _as_word(resource_type)


def essence(mime_type: str) -> str | None:
    """Return a media type in lower case and without parameters, None where there is none."""
    return _remembered_essence(mime_type) if len(mime_type) <= _MAX_REMEMBERED else _essence(mime_type)


def is_textual(essence: str) -> bool:
    """Return whether bodies of a media type, given without parameters, are texts."""
    return essence.startswith("text/") or not _TEXTUAL.isdisjoint(re.split("[/.+-]", essence))


def _essence(mime_type: str) -> str | None:
    """Return it; of several, as a header has them that was sent twice, the last one that says something."""
    types = [one.partition(";")[0].strip().lower() for one in _SEPARATOR.split(mime_type)]
    return next((one for one in reversed(types) if "/" in one and one != "*/*"), types[0]) or None


def _as_word(text: str) -> str:
    return _NO_WORD.sub("-", text.strip().lower()).strip("-!")


def _suggested(essence: str) -> str:
    if exact := _EXACT.get(essence) or _FAMILIES.get(essence.partition("/")[0]):
        return exact
    return next((suggested for part, suggested in _PARTS if part in essence), "other")


_remembered: Final = lru_cache(1024)(_suggested)
_remembered_essence: Final = lru_cache(1024)(_essence)
_remembered_type: Final = lru_cache(1024)(_as_word)
