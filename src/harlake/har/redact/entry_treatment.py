"""Finds what is secret in an entry, or in the envelope of a HAR, by where it stands in it."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator
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
_SIMPLE: Final = re.compile(rb"[\w.~=-]{1,512}", re.ASCII)
_PAIRS: Final = {
    b"headers": "header",
    b"trailers": "header",
    b"cookies": "cookie",
    b"queryString": "query",
    b"params": "param",
}
#: Bodies of these types have no secrets that could be taken out.
_MEDIA: Final = re.compile(
    r"(?:image/(?!svg)|font/|audio/|video/|application/(?:font|x-font|pdf|zip|gzip|wasm|x-protobuf))", re.IGNORECASE
)
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_\r\n-]{12,}={0,2}\s*")
#: Objects of at most so many bytes are remembered, with what becomes of them: so many, and then anew.
_REMEMBERED: Final = 1024
_MOST_REMEMBERED: Final = 8 << 20
_OVERHEAD: Final = 300
#: Short strings of other objects in which there was nothing.
_SHORT: Final = 128
_MOST_CLEAN: Final = 20_000

_Found = tuple[tuple[Edit, ...], tuple[tuple[str, str], ...]]


class EntryTreatment:
    """Treats entries, and other JSON texts of a HAR, one by one."""

    def __init__(self, context: Context) -> None:
        self._context = context
        #: Kinds and places of what was found.
        self.counts: Counter[tuple[str, str]] = Counter()
        self._known: dict[tuple[bytes, bool, bytes], _Found] = {}
        self._known_bytes = 0
        self._clean: set[tuple[str, bytes, bool]] = set()

    def edits(self, text: bytes) -> list[Edit]:
        """Return the edits of a valid JSON text, in order."""
        found: list[Edit] = []
        known = self._known
        for strings in objects_of(text):
            if strings.span is None or (size := strings.span[1] - strings.span[0]) > _REMEMBERED:
                found += self._edits_of(text, strings)
                continue
            start, end = strings.span
            key = (strings.key, strings.in_response, text[start:end])
            if (of := known.get(key)) is None:
                place = len(self._context.found)
                at_start = tuple((at - start, to - start, new) for at, to, new in self._edits_of(text, strings))
                of = at_start, tuple(self._context.found[place:])
                del self._context.found[place:]
                self._known_bytes += size + _OVERHEAD
                if self._known_bytes > _MOST_REMEMBERED:
                    known.clear()
                    self._known_bytes = size + _OVERHEAD
                known[key] = of
            edits, counted = of
            if edits:
                found += [(at + start, to + start, new) for at, to, new in edits]
                self._context.found += counted
        self.counts.update(self._context.found)
        self._context.found.clear()
        return merged(found)

    def _edits_of(self, text: bytes, strings: StringsOf) -> list[Edit]:
        found: list[Edit] = []
        self._context.is_response = strings.in_response
        kind = _PAIRS.get(strings.key)
        if kind is not None and (pair := strings.pair):
            return self._edits_in(pair[2], pair.start(2), kind, string_text(pair[1]).decode("utf-8", "replace"))
        for start, end, place, name in self._parts(text, strings):
            inside = text[start:end]
            if place != "member" or len(inside) > _SHORT:
                found += self._edits_in(inside, start, place, name)
            elif (key := (name, inside, strings.in_response)) not in self._clean:
                edits = self._edits_in(inside, start, place, name)
                if edits:
                    found += edits
                elif len(self._clean) < _MOST_CLEAN:
                    self._clean.add(key)
        return found

    def _edits_in(self, inside: bytes, start: int, place: str, name: str) -> list[Edit]:
        """Return the edits of what is between a string's quotes, and begins at ``start``."""
        self._context.place = place
        edits = self._string_edits(place, name, string_text(inside))
        return [(a + start, b + start, new) for a, b, new in spliced(inside, edits)] if edits else edits

    def _parts(self, text: bytes, strings: StringsOf) -> Iterator[tuple[int, int, str, str]]:
        """Yield each string that may have secrets: where it stands, in what, and under which name, or of which type."""
        members = {name: (start, end) for name, start, end in strings.members}
        if b"name" in members and b"value" in members:
            start, end = members[b"name"]
            kind = _PAIRS.get(strings.key, "member")
            yield *members.pop(b"value"), kind, string_text(text[start:end]).decode("utf-8", "replace")
            if kind != "member":
                del members[b"name"]
        elif strings.key in (b"content", b"postData") and b"text" in members:
            start, end = members.get(b"mimeType", (0, 0))
            mime_type = string_text(text[start:end]).decode("utf-8", "replace")
            start, end = members.get(b"encoding", (0, 0))
            body = "response body" if strings.key == b"content" else "request body"
            is_base64 = text[start:end].lower() == b"base64"
            yield *members.pop(b"text"), f"{body} in base64" if is_base64 else body, mime_type
        elif strings.key == b"_webSocketMessages" and b"data" in members:
            yield *members.pop(b"data"), "message", ""
        for name, start, end in strings.members:
            if end > start and name not in _HARMLESS and name in members:
                yield start, end, "member", name.decode("utf-8", "replace")

    def _string_edits(self, place: str, name: str, value: bytes) -> list[Edit]:
        """Return the edits of a string in a place; ``name`` is its name, or a body's media type."""
        if place == "member":
            return self._member(name, value)
        if place in ("request body", "response body"):
            return text_edits(self._context, value, name)
        if place == "message":
            return self._message(value)
        if place.endswith("base64"):
            return self._base64_body(value, name)
        context = self._context
        if place == "header":
            new = header_value(
                context, name, value, lambda text: treated(context, text), lambda url: treated_url(context, url)
            )
        elif place == "cookie":
            new = cookie_value(context, name.encode(), value)
        else:
            named = query_value(context, name, value)
            if named is None:
                return url_text_edits(context, value) if _URL.match(value) else text_edits(context, value)
            new = named
        return [] if new == value else [(0, len(value), new)]

    def _member(self, name: str, value: bytes) -> list[Edit]:
        context = self._context
        if name.lower() in context.config.keep_names and _SIMPLE.fullmatch(value):
            return []
        if name == "serverIPAddress":
            return _private_address(context, value)
        says = likelihood_of(context, name) if len(name) > 2 else Likelihood.NO
        if says is not Likelihood.NO and name != "_ja3" and is_secret(context, name, says, value, Flavour.JSON):
            return [(0, len(value), hidden(context, name, value, Flavour.JSON))]
        if context.strict and is_opaque(value):
            return [(0, len(value), context.hide("opaque", value))]
        return url_text_edits(context, value) if _URL.match(value) else text_edits(context, value)

    def _base64_body(self, text: bytes, mime_type: str) -> list[Edit]:
        if _MEDIA.match(mime_type):
            return []
        new = in_base64(text, lambda data: treated(self._context, data, mime_type))
        return [] if new is None else [(0, len(text), new)]

    def _message(self, text: bytes) -> list[Edit]:
        edits = text_edits(self._context, text)
        if not edits and _BASE64.fullmatch(text):
            return self._base64_body(text, "application/json")
        return edits


def _private_address(context: Context, value: bytes) -> list[Edit]:
    if not context.personal:
        return []
    try:
        is_private = ipaddress.ip_address(value.strip(b"[]").decode()).is_private
    except ValueError:
        return []
    return [(0, len(value), context.hide("ip", value))] if is_private else []
