"""A Postman collection (v2.1): an item for each entry, with its response as an example.

Postman puts values of its user's variables in place of ``{{name}}``, in what it sends. A capture is made by others, who
must not get these: in URLs and in JSON, braces are escaped; what cannot be escaped is disabled, and the item says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from harlake.errors import NoBodyError
from harlake.export.content import ExportContent
from harlake.har.bodies import response_body
from harlake.har.raw_json import decoded, object_at
from harlake.har.replay.recorded_request import RecordedRequest, recorded_request
from harlake.har.resource_types import essence
from harlake.har.values.numbers import python_number
from harlake.har.values.pairs import named_lines
from harlake.har.values.texts import python_text

_SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

#: Requests are sent as they were captured, and nothing more.
_BEHAVIOR: Final = {
    "followRedirects": False,
    "disableBodyPruning": True,
    "disableUrlEncoding": True,
    "disableCookies": True,
}
_VARIABLE: Final = "{{"
_BRACE_IN_JSON: Final = re.compile(r"\{(?=\{)")

_NULL: Final = b"null"

_encode: Final = msgspec.json.encode


def postman_items(content: ExportContent) -> Iterator[bytes]:
    """Yield the collection."""
    info = {"name": _plain(content.name), "schema": _SCHEMA}
    yield b'{"info":%b,"protocolProfileBehavior":%b,"item":[' % (_encode(info), _encode(_BEHAVIOR))
    for number, entry in enumerate(content.entries()):
        if number:
            yield b","
        yield _encode(_item(entry))
    yield b"]}\n"


def _item(entry: bytes) -> dict[str, Any]:
    request = recorded_request(entry)
    name = f"{request.method or '?'} {request.url[:200]}"
    said = list(request.comments)
    if not request.can_be_sent:  # a folder with nothing in it is valid, and is seen
        return {"name": name, "description": "\n".join([*said, "This entry cannot be sent."]), "item": []}
    sent: dict[str, Any] = {"method": request.method, "url": _url(request.url), "auth": {"type": "noauth"}}
    sent["header"] = [_header(header, value, said) for header, value in request.headers]
    if request.body is not None:
        sent["body"] = _body(request, request.body, said)
    example = _example(entry, sent, said)
    sent["description"] = "\n".join(dict.fromkeys(said))
    return {"name": name, "request": sent, "response": [example] if example else []}


def _url(url: str) -> str:
    return url.replace("{", "%7B").replace("}", "%7D") if _VARIABLE in url else url


def _header(name: str, value: str, said: list[str]) -> dict[str, Any]:
    header: dict[str, Any] = {"key": name, "value": value}
    if _VARIABLE in value:
        said.append("A header has what Postman would take for a variable: it is disabled.")
        header["disabled"] = True
    return header


def _body(request: RecordedRequest, body: bytes, said: list[str]) -> dict[str, Any]:
    media_type = essence(next(iter(request.values("content-type")), "")) or ""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        said.append(f"The body is no text, and is left out: {len(body)} bytes.")
        return {"mode": "raw", "raw": "", "disabled": True}
    sent: dict[str, Any] = {"mode": "raw", "raw": text}
    if _is_json(media_type):
        sent["options"] = {"raw": {"language": "json"}}
    if _VARIABLE not in text:
        return sent
    if _is_json(media_type) and decoded(body) is not None:  # so braces are in strings
        return sent | {"raw": _BRACE_IN_JSON.sub(r"\\u007b", text)}
    if media_type == "application/x-www-form-urlencoded":
        return sent | {"raw": _url(text)}
    said.append("The body has what Postman would take for a variable: it is disabled.")
    return sent | {"disabled": True}


def _is_json(media_type: str) -> bool:
    return media_type.endswith(("/json", "+json"))


def _example(entry: bytes, sent: dict[str, Any], said: list[str]) -> dict[str, Any] | None:
    """Return the captured response, None where there is none."""
    response = object_at(entry, "response")
    status = python_number(response.get("status", _NULL))
    if status is None or not 100 <= status <= 999:
        return None
    text = python_text(response.get("statusText", _NULL)) or ""
    headers = [{"key": name, "value": value} for name, value in named_lines(response.get("headers", _NULL))]
    example = {
        "name": f"{int(status)} {text}".strip(),
        "originalRequest": {name: sent[name] for name in ("method", "url", "header")},
        "status": text,
        "code": int(status),
        "header": headers,
    }
    try:
        example["body"] = response_body(entry).data.decode()
    except NoBodyError:
        pass
    except UnicodeDecodeError:
        said.append("The body of the response is no text, and is left out.")
    return example


def _plain(name: str) -> str:
    """Return a name that no program takes for a variable."""
    return name.replace(_VARIABLE, "{ {")
