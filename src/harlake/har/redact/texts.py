"""Treats a text that is no structure of a HAR: a body, a URL, a comment, a message."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

from harlake.har.redact.context import Context, Flavour
from harlake.har.redact.json_strings import Edit, applied, merged
from harlake.har.redact.named_values import STEMS, named_edits
from harlake.har.redact.opaque import is_opaque
from harlake.har.redact.personal import personal_edits
from harlake.har.redact.prefilter import Hits, Prefilter
from harlake.har.redact.shapes import PREFIXES, shape_edits
from harlake.har.redact.tables import column_edits
from harlake.har.redact.urls import url_edits

_MARKUP: Final = re.compile(r"html|xml", re.IGNORECASE)
_SCRIPT: Final = re.compile(r"javascript|ecmascript|css|typescript|wasm|font", re.IGNORECASE)
_SAML: Final = re.compile(
    rb"(?:^|[?&\s\"'])SAML(?:Response|Request)(?:=|\"\s*:\s*\"|\"[^<>]{1,80}value=\")([A-Za-z0-9+/=%_\r\n-]{32,})"
)
_XML_SECRETS: Final = re.compile(
    rb"<(?:\w+:)?(?:SignatureValue|CipherValue|X509Certificate|DigestValue)(?:\s[^<>]*)?>\s*([^<]+?)\s*<"
)
#: URLs inside of texts, without their schemes: a fixed beginning is found fast.
_URL: Final = re.compile(rb"""://[^\s"'<>\\`]{4,4096}""")
#: It begins behind an escape of JSON, whose letter is no part of it, or behind what no token has.
_OPAQUE: Final = re.compile(
    rb"(?:(?<=\\[nrtbf])|(?<![A-Za-z0-9+/_=\\-]))[A-Za-z0-9+/_-]{16,512}={0,2}(?![A-Za-z0-9+/_-])"
)
_EMBEDDED: Final = re.compile(rb"[A-Za-z0-9+/_-]{23,}={0,2}")
_ENCODED_JSON: Final = re.compile(rb"""%((?:25){0,2})(?:7[Bb]|5[Bb]%(?:25){0,2}(?:22|7[Bb]))[^&\s"'<>#\\]{6,65536}""")
_BASE64_BYTES: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-.")
_SHORT: Final = 6
_FORM: Final = re.compile(rb"[\w.\[\]%-]{1,128}=[^\s]*&[\w.\[\]%-]+=")


def prefilter(context: Context) -> Prefilter:
    """Return what looks for all that secrets in texts begin with; made once for all that has a context in common."""
    if context.prefilter is None:
        context.prefilter = Prefilter(STEMS, PREFIXES)
    return context.prefilter


def flavour_of(mime_type: str) -> Flavour:
    """Return how a body of a media type is written."""
    lower = mime_type.lower()
    if "json" in lower or "graphql" in lower:
        return Flavour.JSON
    if "x-www-form-urlencoded" in lower:
        return Flavour.FORM
    if _SCRIPT.search(lower):
        return Flavour.SCRIPT
    return Flavour.MARKUP if _MARKUP.search(lower) else Flavour.TEXT


def text_edits(context: Context, text: bytes, mime_type: str = "text/plain") -> list[Edit]:
    """Return the edits of a text of some media type."""
    if len(text) < _SHORT:
        return []
    hits = prefilter(context).hits(text)
    if hits is None and context.is_plain and b"\n" not in text:
        return []
    flavour = flavour_of(mime_type)
    if flavour is Flavour.TEXT:
        flavour = _sniffed(text)
    edits: list[Edit] = [*shape_edits(context, text, hits), *named_edits(context, text, flavour, hits)]
    if flavour is Flavour.TEXT and (b"," in text or b"\t" in text or b";" in text):
        edits += column_edits(context, text, is_table="csv" in mime_type or "tab-separated" in mime_type)
    if hits is not None:
        edits += _urls(context, text, hits) + _structured(context, text, hits)
    if context.personal:
        edits += personal_edits(context, text)
    if context.strict and flavour is not Flavour.SCRIPT:
        edits += [(m.start(), m.end(), context.hide("opaque", m[0])) for m in _OPAQUE.finditer(text) if is_opaque(m[0])]
    return merged(edits)


def treated(context: Context, text: bytes, mime_type: str = "text/plain") -> bytes:
    """Return what becomes of a text."""
    return applied(text, text_edits(context, text, mime_type))


def url_text_edits(context: Context, url: bytes) -> list[Edit]:
    """Return the edits of a URL, or of what is written around URLs."""
    hits = prefilter(context).hits(url)
    edits = list(url_edits(context, url, hits))
    if hits is None and context.is_plain:
        return merged(edits) if edits else edits
    edits += [*shape_edits(context, url, hits), *named_edits(context, url, Flavour.FORM, hits)]
    if hits is not None:
        edits += _structured(context, url, hits)
    if url.startswith(b"data:"):
        edits += _data_url(context, url)
    if context.personal:
        edits += personal_edits(context, url)
    return merged(edits)


def treated_url(context: Context, url: bytes) -> bytes:
    """Return what becomes of a URL."""
    return applied(url, url_text_edits(context, url))


def in_base64(text: bytes, treat: Callable[[bytes], bytes]) -> bytes | None:
    """Return base64 of which what it stands for is treated; None where that stays, or it is none."""
    bare = b"".join(text.split())
    is_url = b"-" in bare or b"_" in bare
    try:
        padded = bare.rstrip(b"=") + b"=" * (-len(bare.rstrip(b"=")) % 4)
        data = base64.b64decode(padded, altchars=b"-_" if is_url else None, validate=True)
    except binascii.Error:
        return None
    new = treat(data)
    if new == data:
        return None
    encoded = base64.urlsafe_b64encode(new) if is_url else base64.b64encode(new)
    return encoded if bare.endswith(b"=") or len(bare) % 4 == 0 else encoded.rstrip(b"=")


def _sniffed(text: bytes) -> Flavour:
    start = text[:64].lstrip()
    if start[:1] in (b"{", b"["):
        return Flavour.JSON
    if start[:1] == b"<":
        return Flavour.MARKUP
    is_form = _FORM.match(text, 0, 8192)
    return Flavour.FORM if is_form and b"\n" not in text[:8192] else Flavour.TEXT


def _moved(edits: object, by: int) -> list[Edit]:
    return [(start + by, end + by, new) for start, end, new in edits]  # type: ignore[attr-defined]


def _urls(context: Context, text: bytes, hits: Hits) -> list[Edit]:
    """Return the edits of the URLs in a text."""
    edits: list[Edit] = []
    end = 0
    for at in hits.urls:
        if at >= end and (match := _URL.match(text, at)):
            end = match.end()
            if b"?" in match[0] or b"#" in match[0] or b"/" in match[0][3:]:
                edits += _moved(url_edits(context, match[0], hits), at)
    return edits


def _structured(context: Context, text: bytes, hits: Hits) -> list[Edit]:
    """Return the edits of what stands for another text, or for XML that is signed."""
    return [*_saml(context, text, hits), *_embedded(context, text, hits), *_encoded(context, text, hits)]


def _embedded(context: Context, text: bytes, hits: Hits) -> list[Edit]:
    """Return the edits of base64 of JSON or XML inside of a text."""
    edits: list[Edit] = []
    end = 0
    for at in hits.base64:
        match = _EMBEDDED.match(text, at) if at >= end else None
        if match is None:
            continue
        end = match.end()
        before = text[match.start() - 1] if match.start() else 0
        if text[match.end() : match.end() + 1] == b"." or before in _BASE64_BYTES:
            continue  # a JWT, or the midst of something
        new = in_base64(match[0], lambda data: treated(context, data, "application/json"))
        if new is not None:
            edits.append((match.start(), match.end(), new))
    return edits


def _encoded(context: Context, text: bytes, hits: Hits) -> list[Edit]:
    """Return the edits of JSON that is a value of a URL or a form, percent-encoded up to three times."""
    edits: list[Edit] = []
    end = 0
    for at in hits.encoded:
        match = _ENCODED_JSON.match(text, at) if at >= end else None
        if match is None:
            continue
        end = match.end()
        times = match[1].count(b"25") + 1
        data = match[0]
        for _ in range(times):
            data = unquote_to_bytes(data)
        new = treated(context, data, "application/json")
        if new != data:
            for _ in range(times):
                new = quote_from_bytes(new, safe="").encode()
            edits.append((match.start(), match.end(), new))
    return edits


def _saml(context: Context, text: bytes, hits: Hits) -> list[Edit]:
    """Return the edits of SAML messages: their signatures go, and what is encrypted."""
    edits: list[Edit] = []
    if hits.signed and b"SAML" in text:
        for match in _SAML.finditer(text):
            plain = unquote_to_bytes(match[1].replace(b"+", b"%2B"))
            new = in_base64(plain, lambda data: _saml_xml(context, data))
            if new is None:  # compressed, as in URLs
                new = context.hide("saml", plain)
            elif b"%" in match[1]:
                new = quote_from_bytes(new, safe="").encode()
            edits.append((match.start(1), match.end(1), new))
    if hits.signed:
        edits += _xml_edits(context, text)
    return edits


def _saml_xml(context: Context, data: bytes) -> bytes:
    if b"<" not in data:
        return data
    return treated(context, data, "text/xml")


def _xml_edits(context: Context, data: bytes) -> list[Edit]:
    return [(m.start(1), m.end(1), context.hide("signature", m[1])) for m in _XML_SECRETS.finditer(data)]


def _data_url(context: Context, url: bytes) -> list[Edit]:
    head, comma, body = url.partition(b",")
    if not comma or re.match(rb"data:(?:image/(?!svg)|font|audio|video)", head):
        return []
    if head.endswith(b";base64"):
        new = in_base64(unquote_to_bytes(body), lambda data: treated(context, data, "text/plain"))
        return [] if new is None else [(len(head) + 1, len(url), new)]
    return []
