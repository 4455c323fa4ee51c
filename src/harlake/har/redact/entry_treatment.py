"""Finds what is secret in an entry, or in the envelope of a HAR, by where it stands in it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Final

from harlake.har.redact.candidates import cookie_value, hidden, is_secret
from harlake.har.redact.context import Context, Flavour
from harlake.har.redact.headers import header_value
from harlake.har.redact.json_strings import Edit, merged, spliced, string_text
from harlake.har.redact.named_values import likelihood_of
from harlake.har.redact.names import Likelihood
from harlake.har.redact.objects import StringsOf, objects_of
from harlake.har.redact.opaque import is_opaque
from harlake.har.redact.texts import in_base64, text_edits, treated, treated_url, url_text_edits
from harlake.har.redact.urls import query_value

#: Members that are no secrets whatever they hold.
_HARMLESS: Final = frozenset(
    b"""startedDateTime method httpVersion statusText mimeType encoding pageref _resourceType _priority version type
    domain path sameSite expires connection _connectionId functionName scriptId opcode fileName contentType
    _fetchType eventName _fromCache afterRequest lastAccess _protocol _requestId _initiatorType""".split()
)
_URL: Final = re.compile(rb"[a-zA-Z][\w+.-]*:|/|\?|#|\.\.?/")
_PAIRS: Final = {
    b"headers": "header",
    b"trailers": "header",
    b"cookies": "cookie",
    b"queryString": "query",
    b"params": "param",
}
#: Bodies of these types have no secrets that could be taken out.
_MEDIA: Final = re.compile(
    rb"(?:image/(?!svg)|font/|audio/|video/|application/(?:font|x-font|pdf|zip|gzip|wasm|x-protobuf))", re.IGNORECASE
)
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_\r\n-]{12,}={0,2}\s*")
#: Strings of at most so many bytes are remembered, so many of them, where there is nothing in them.
_REMEMBERED: Final = 256
_MOST_REMEMBERED: Final = 50_000


class EntryTreatment:
    """Treats entries, and other JSON texts of a HAR, one by one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._clean: set[tuple[str, bytes, bytes, bool]] = set()

    def edits(self, text: bytes) -> list[Edit]:
        """Return the edits of a valid JSON text, in order."""
        found: list[Edit] = []
        for strings in objects_of(text):
            self._context.is_response = strings.in_response
            for start, end, place, name, edit in self._parts(text, strings):
                inside = text[start:end]
                key = (place, name, inside, strings.in_response)
                is_short = len(inside) <= _REMEMBERED
                if is_short and key in self._clean:
                    continue
                self._context.place = place
                edits = edit(string_text(inside))
                if edits:
                    found += [(a + start, b + start, new) for a, b, new in spliced(inside, edits)]
                elif is_short:
                    if len(self._clean) >= _MOST_REMEMBERED:
                        self._clean.clear()
                    self._clean.add(key)
        return merged(found)

    def _parts(
        self, text: bytes, strings: StringsOf
    ) -> Iterator[tuple[int, int, str, bytes, Callable[[bytes], list[Edit]]]]:
        """Yield each string that may have secrets: where it stands, in what, under which name, and what edits it."""
        members = {name: (start, end) for name, start, end in strings.members}
        kind = _PAIRS.get(strings.key)
        if kind is not None and b"name" in members and b"value" in members:
            start, end = members.pop(b"name")
            name = string_text(text[start:end])
            yield *members.pop(b"value"), kind, name, self._pair(kind, name.decode("utf-8", "replace"))
        elif b"name" in members and b"value" in members:
            start, end = members[b"name"]
            name = string_text(text[start:end])
            yield *members.pop(b"value"), "member", name, self._member(name.decode("utf-8", "replace"))
        elif strings.key in (b"content", b"postData") and b"text" in members:
            start, end = members.get(b"mimeType", (0, 0))
            mime_type = string_text(text[start:end])
            start, end = members.get(b"encoding", (0, 0))
            body = self._base64_body if text[start:end].lower() == b"base64" else self._body
            place = "response body" if strings.key == b"content" else "request body"
            yield *members.pop(b"text"), place, mime_type, _with(body, mime_type)
        elif strings.key == b"_webSocketMessages" and b"data" in members:
            yield *members.pop(b"data"), "message", b"", self._message
        for name, start, end in strings.members:
            if name not in _HARMLESS and name in members:
                yield start, end, "member", name, self._member(name.decode("utf-8", "replace"))

    def _pair(self, kind: str, name: str) -> Callable[[bytes], list[Edit]]:
        context = self._context

        def edit(value: bytes) -> list[Edit]:
            if kind == "header":
                new = header_value(
                    context, name, value, lambda text: treated(context, text), lambda url: treated_url(context, url)
                )
            elif kind == "cookie":
                new = cookie_value(context, name.encode(), value)
            else:
                named = query_value(context, name, value)
                if named is None:
                    return url_text_edits(context, value) if _URL.match(value) else text_edits(context, value)
                new = named
            return [] if new == value else [(0, len(value), new)]

        return edit

    def _member(self, name: str) -> Callable[[bytes], list[Edit]]:
        context = self._context

        def edit(value: bytes) -> list[Edit]:
            if name == "serverIPAddress":
                return _private_address(context, value)
            says = likelihood_of(context, name) if len(name) > 2 else Likelihood.NO
            if says is not Likelihood.NO and name != "_ja3" and is_secret(context, name, says, value, Flavour.JSON):
                return [(0, len(value), hidden(context, name, value, Flavour.JSON))]
            if context.strict and is_opaque(value):
                return [(0, len(value), context.hide("opaque", value))]
            return url_text_edits(context, value) if _URL.match(value) else text_edits(context, value)

        return edit

    def _body(self, text: bytes, mime_type: bytes) -> list[Edit]:
        return text_edits(self._context, text, mime_type.decode("utf-8", "replace"))

    def _base64_body(self, text: bytes, mime_type: bytes) -> list[Edit]:
        if _MEDIA.match(mime_type):
            return []
        new = in_base64(text, lambda data: treated(self._context, data, mime_type.decode("utf-8", "replace")))
        return [] if new is None else [(0, len(text), new)]

    def _message(self, text: bytes) -> list[Edit]:
        edits = text_edits(self._context, text)
        if not edits and _BASE64.fullmatch(text):
            return self._base64_body(text, b"application/json")
        return edits


def _with(body: Callable[[bytes, bytes], list[Edit]], mime_type: bytes) -> Callable[[bytes], list[Edit]]:
    return lambda text: body(text, mime_type)


def _private_address(context: Context, value: bytes) -> list[Edit]:
    if not context.personal:
        return []
    try:
        is_private = ipaddress.ip_address(value.strip(b"[]").decode()).is_private
    except ValueError:
        return []
    return [(0, len(value), context.hide("ip", value))] if is_private else []
