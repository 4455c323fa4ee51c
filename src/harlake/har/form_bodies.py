"""Bodies that a HAR has as parameters only, put together as they were sent, as far as that can be told.

What the media type says decides: several parts (RFC 7578), a form of a page (WHATWG URL, 5.1), or else the text that a
program took apart as if it were a form. Programs keep the parameters of a form decoded, or as they were sent: the size
of the body tells which.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final
from urllib.parse import quote, quote_plus, unquote_plus

import msgspec

from harlake.har.base64_text import from_base64
from harlake.har.raw_json import decoded, is_null, is_object, is_string, members, unquoted
from harlake.har.values.pairs import pair_objects
from harlake.har.values.plain_values import plain, unwrapped
from harlake.har.values.texts import python_text

FORM: Final = "application/x-www-form-urlencoded"

_NULL: Final = b"null"
_BOUNDARY: Final = re.compile(r""";\s*boundary\s*=\s*(?:"([^"\r\n]{1,200})"|([^\s";,]{1,200}))""", re.IGNORECASE)
_JSON_TYPE: Final = re.compile(r"(?:application|text)/(?:[\w.+-]+\+)?json\b", re.IGNORECASE)

#: As WHATWG's ``application/x-www-form-urlencoded`` serializer leaves them, and as encodeURIComponent does.
_OF_FORMS: Final = "*-._"
_OF_COMPONENTS: Final = "!~*'()-._"
#: A text that may have been encoded, and what tells that it was.
_MAYBE_ENCODED: Final = re.compile(r"(?:[A-Za-z0-9*._~!'()/:,;@$?+-]|%[0-9A-Fa-f]{2})*+")
_ESCAPE: Final = re.compile(r"%[0-9A-Fa-f]{2}")
#: What DevTools of Chrome write instead of a file.
_PLACEHOLDER: Final = "(binary)"


@dataclass(frozen=True, slots=True)
class FormBody:
    """A body that was put together: ``mime_type`` with the boundary of its parts.

    ``is_certain`` says that its size is that of what was sent, ``lacks_files`` that a file's content is not there.
    """

    data: bytes
    mime_type: str
    is_certain: bool
    lacks_files: bool = False


@dataclass(frozen=True, slots=True)
class _Parameter:
    name: str
    value: str
    data: bytes
    json: bytes
    file_name: str | None
    content_type: str | None
    is_lost: bool


def form_body(params: bytes, mime_type: str, sizes: Sequence[int] = ()) -> FormBody | None:
    """Return the body of which a HAR has the parameters; None where there are none with a name.

    Args:
        params: ``postData.params``, JSON text.
        mime_type: What is known of the body's media type, with its boundary; empty where nothing is.
        sizes: How many bytes the body may have had: what HAR and headers say.
    """
    parameters = list(_parameters(params))
    if not parameters:
        return None
    kind = mime_type.partition(";")[0].strip().lower()
    if kind.startswith("multipart/") or (not kind and any(one.file_name is not None for one in parameters)):
        return _of_parts(parameters, mime_type or "multipart/form-data", sizes)
    whole = "&".join("=".join(filter(None, (one.name, one.value))) for one in parameters)
    text = _taken_apart(kind, whole)
    if text is not None:
        is_object = _JSON_TYPE.match(kind) and text[:1] not in ("{", "[")
        return _first_of(chain(_objects(parameters) if is_object else (), [text]), mime_type or kind, sizes)
    as_they_are = [_as_they_are(parameters)] if _is_encoded(parameters) else []
    return _first_of(chain(as_they_are, _encoded(parameters)), mime_type or FORM, sizes)


def _parameters(params: bytes) -> Iterator[_Parameter]:
    for pair in pair_objects(params) or ():
        parts = dict(members(pair)) if is_object(pair) else {}
        name = python_text(parts.get("name", _NULL))
        if name is None:
            continue
        given = parts.get("value", _NULL)
        value = python_text(given)
        if value is None and not is_null(plain(given)):
            value = bytes(plain(given)).decode("utf-8", "replace")
        encoding = decoded(bytes(parts.get("encoding", _NULL)))
        yield _Parameter(
            name,
            value or "",
            b""
            if value == _PLACEHOLDER
            else _data(given, value or "", is_base64=isinstance(encoding, str) and encoding.lower() == "base64"),
            bytes(plain(given)),
            python_text(parts.get("fileName", _NULL)),
            python_text(parts.get("contentType", _NULL)) or None,
            value is None or value == _PLACEHOLDER,
        )


def _data(given: bytes, value: str, *, is_base64: bool) -> bytes:
    """Return the bytes that a value means (HAR 1.3 has ``encoding`` for them)."""
    wrapped = unwrapped(given)
    if wrapped is not None and wrapped[0] == "base64" and is_string(wrapped[1]):
        is_base64, value = True, unquoted(wrapped[1]).decode()
    if is_base64:
        try:
            return from_base64(value)
        except ValueError:
            pass
    return value.encode("utf-8", "replace")


def _of_parts(parameters: Sequence[_Parameter], mime_type: str, sizes: Sequence[int]) -> FormBody:
    """Put the parts of a form together (RFC 7578 §4, names as WHATWG HTML 4.10.22.8 has them)."""
    match = _BOUNDARY.search(mime_type)
    boundary = (match[1] or match[2]) if match else ""
    if not boundary:
        boundary = f"harlake-{hashlib.sha256(b''.join(one.data for one in parameters)).hexdigest()[:24]}"
        mime_type = f"{mime_type.rstrip('; ')}; boundary={boundary}"
    pieces: list[bytes] = []
    for one in parameters:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_name(one.name)}"'
        if one.file_name is not None:
            head += f'; filename="{_name(one.file_name)}"'
        if one.content_type:
            head += f"\r\nContent-Type: {_LINE_END.sub(' ', one.content_type)}"
        pieces += (head.encode("utf-8", "replace"), b"\r\n\r\n", one.data, b"\r\n")
    data = b"".join((*pieces, f"--{boundary}--\r\n".encode("utf-8", "replace")))
    lacks = any(one.is_lost and one.file_name is not None for one in parameters)
    return FormBody(data, mime_type, bool(match) and len(data) in sizes, lacks)


_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_IN_NAMES: Final = {'"': "%22", "\r": "%0D", "\n": "%0A"}


def _name(name: str) -> str:
    return "".join(_IN_NAMES.get(character, character) for character in name)


def _taken_apart(kind: str, whole: str) -> str | None:
    """Return the text that a program took apart at ``&`` and ``=``; None where it was a form."""
    for text in (whole, unquote_plus(whole, errors="replace") if whole[:1] == "%" else ""):
        if text[:1] in ("{", "[") and _is_json(text):
            return text
    return None if kind in ("", FORM) else whole


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text.encode("utf-8", "replace"), type=msgspec.Raw)  # proves it, and makes nothing of it
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def _objects(parameters: Sequence[_Parameter]) -> Iterator[str]:
    """Yield spellings of the object that parameters of a JSON body are the members of."""
    if not all(one.name for one in parameters) or len({one.name for one in parameters}) < len(parameters):
        return
    names = [msgspec.json.encode(_clean(one.name)).decode() for one in parameters]
    as_they_are = [(one.json or _NULL).decode("utf-8", "replace") for one in parameters]
    parsed = [one.value if _is_json(one.value) else text for one, text in zip(parameters, as_they_are, strict=True)]
    for values in (as_they_are, parsed):
        for colon, comma in ((":", ","), (": ", ", ")):
            yield "{" + comma.join(map(colon.join, zip(names, values, strict=True))) + "}"


def _clean(text: str) -> str:
    """Return a text with its lone surrogates replaced, for which UTF-8 has no bytes."""
    return text.encode("utf-8", "replace").decode()


def _encoded(parameters: Sequence[_Parameter]) -> Iterator[str]:
    """Yield the spellings of a form: as pages send it, as other programs do, and as its parameters stand there."""
    encoders: tuple[Callable[[str], str], ...] = (
        lambda text: quote_plus(text, safe=_OF_FORMS, errors="replace").replace("~", "%7E"),
        lambda text: quote_plus(text, errors="replace"),
        lambda text: quote(text, safe=_OF_COMPONENTS, errors="replace"),
        lambda text: quote(text, safe="", errors="replace"),
        lambda text: quote_plus(_LINE_END.sub("\r\n", text), safe=_OF_FORMS, errors="replace").replace("~", "%7E"),
    )
    for encode in encoders:
        yield "&".join(f"{encode(one.name)}={encode(one.value)}" for one in parameters)
    yield _as_they_are(parameters)
    yield "&".join(
        f"{one.name}={quote_plus(one.value, errors='replace')}" if one.value else one.name for one in parameters
    )
    yield "&".join(f"{one.name}={one.value}" if one.value else one.name for one in parameters)


def _as_they_are(parameters: Sequence[_Parameter]) -> str:
    return "&".join(f"{one.name}={one.value}" for one in parameters)


def _is_encoded(parameters: Sequence[_Parameter]) -> bool:
    """Return whether parameters look as they were sent: nothing in them would be encoded, and something was."""
    texts = [text for one in parameters for text in (one.name, one.value)]
    return all(map(_MAYBE_ENCODED.fullmatch, texts)) and any(map(_ESCAPE.search, texts))


def _first_of(spellings: Iterator[str], mime_type: str, sizes: Sequence[int]) -> FormBody:
    """Return the first spelling that has one of the sizes, else the first of all; no two more are in memory."""
    likely = b""
    for number, text in enumerate(spellings):
        data = text.encode("utf-8", "replace")
        if len(data) in sizes:
            return FormBody(data, mime_type, is_certain=True)
        likely = likely if number else data
        if not any(sizes):
            break
    return FormBody(likely, mime_type, is_certain=False)
