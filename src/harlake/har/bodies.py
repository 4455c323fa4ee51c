"""The bodies of an entry, as the bytes that were sent or received, as far as the HAR has them.

A HAR keeps a body as text, transcoded to UTF-8, or as base64 (HAR 1.2: ``content.encoding``). Some producers mark
request bodies as base64, too, some mark as base64 what is none, and some have parameters, or a JSON value, in place of
the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from harlake.errors import NoBodyError
from harlake.har.base64_text import string_from_base64
from harlake.har.form_bodies import FormBody, form_body
from harlake.har.raw_json import decoded, is_nothing, is_object, is_string, object_at, unquoted
from harlake.har.values.carriers import carrier_members
from harlake.har.values.numbers import python_number
from harlake.har.values.pairs import named_lines

_NULL: Final = b"null"


@dataclass(frozen=True, slots=True)
class Body:
    """A body: ``is_text`` says that it is the UTF-8 of a text, whatever it was encoded in when it was captured.

    ``mime_type`` is what the HAR says of it, and ``warning`` what one should know of the way it came about.
    """

    data: bytes
    mime_type: str | None
    is_text: bool
    warning: str | None = None


class _Content(msgspec.Struct):
    text: msgspec.Raw
    encoding: str | None = None
    mime_type: str | None = msgspec.field(default=None, name="mimeType")


class _Response(msgspec.Struct):
    content: _Content


class _Entry(msgspec.Struct):
    """An entry as HAR 1.2 has it, which is nearly any: all that its response's body takes is found in one pass."""

    response: _Response


_read_entry: Final = msgspec.json.Decoder(_Entry).decode


def response_body(entry: bytes) -> Body:
    """Return the body of an entry's response. Raises NoBodyError."""
    content = _content_as_specified(entry)
    if content is None:
        return _body(object_at(entry, "response").get("content", _NULL), "response")
    return _text_body(content.text, content.encoding, content.mime_type, None)


def _content_as_specified(entry: bytes) -> _Content | None:
    try:
        content = _read_entry(entry).response.content
    except (msgspec.MsgspecError, RecursionError):
        return None
    return content if is_string(content.text) else None


def request_body(entry: bytes) -> Body:
    """Return the body of an entry's request; one that was captured as parameters is put together.

    Raises NoBodyError.
    """
    request = object_at(entry, "request")
    form = recorded_form(request)
    if form is None:
        return _body(request.get("postData", _NULL), "request")
    warning = None if form.is_certain else "put together from the parameters of a form"
    if form.lacks_files:
        warning = "put together from the parameters of a form, without the content of a file, which was not captured"
    is_text = not form.mime_type.lower().startswith("multipart/")  # files may be anything
    return Body(form.data, form.mime_type, is_text, warning)


def recorded_form(request: Mapping[str, bytes]) -> FormBody | None:
    """Return the body of a request, given its members, that has parameters only; None of any other."""
    parts = dict(carrier_members(request.get("postData", _NULL)))
    if not is_nothing(parts.get("text", _NULL)) or is_nothing(params := parts.get("params", _NULL)):
        return None
    headers = list(named_lines(request.get("headers", _NULL)))
    return form_body(params, _form_type(parts, headers), recorded_sizes(request, headers))


def recorded_sizes(request: Mapping[str, bytes], headers: Iterable[tuple[str, str]]) -> list[int]:
    """Return how many bytes a request's body has had, as its ``bodySize`` and its Content-Length say."""
    found = [python_number(request.get("bodySize", _NULL))]
    found += [float(value) for name, value in headers if name.lower() == "content-length" and value.strip().isdecimal()]
    return [int(size) for size in found if size is not None and 0 <= size < 1 << 60]


def _form_type(parts: Mapping[str, bytes], headers: Iterable[tuple[str, str]]) -> str:
    """Return what is said of a form's media type: of several parts, where their boundary is said."""
    said = [value for name, value in headers if name.lower() == "content-type"]
    given = _string(parts, "mimeType")
    said = [*said, given] if given else said  # what was sent tells before what a program makes of it
    return next((one for one in said if "boundary" in one.lower()), said[0] if said else "")


def _body(carrier: bytes, message: str) -> Body:
    content = dict(carrier_members(carrier))
    raw = content.get("text", _NULL)
    if not is_string(raw):
        if file := _string(content, "_file"):
            raise NoBodyError(f"the {message}'s body is in the file {file!r}, beside the HAR that was imported")
        raise NoBodyError(f"the {message}'s body was not captured")
    warning = None if _is_as_specified(carrier) else "a JSON value in the HAR"
    return _text_body(raw, _string(content, "encoding"), _string(content, "mimeType"), warning)


def _text_body(raw: bytes, encoding: str | None, mime_type: str | None, warning: str | None) -> Body:
    """Return the body that a JSON string says; ``warning`` is what to know where it is a text."""
    if encoding != "base64":
        return Body(unquoted(raw), mime_type, True, warning)
    try:
        return Body(string_from_base64(raw), mime_type, False)
    except ValueError:
        return Body(unquoted(raw), mime_type, True, "marked as base64, which it is not")


def _is_as_specified(carrier: bytes) -> bool:
    """Return whether a body is a string, as HAR 1.2 has it."""
    return is_object(carrier) and is_string(object_at(carrier).get("text", _NULL))


def _string(members: Mapping[str, bytes], name: str) -> str | None:
    value = decoded(bytes(members.get(name, _NULL)))
    return value if isinstance(value, str) else None
