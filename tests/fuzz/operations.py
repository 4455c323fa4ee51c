"""What can be asked of the service: one strategy for each operation of its OpenAPI document, and one for all else.

An operation, parameter, member or kind of body that has no values here is an error: what is new cannot be left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any, Final

from hypothesis import strategies as st

from tests.fuzz.headers import odd_headers
from tests.fuzz.http_request import Framing, HttpRequest
from tests.fuzz.json_bodies import json_bodies
from tests.fuzz.uploads import files, forms
from tests.fuzz.values import HOSTILE, PLAUSIBLE, hostile, mostly, percent_encoded, seeds, value_of

#: Operations whose answers have no end.
ENDLESS: Final = frozenset({"GET /api/imports/events"})
#: What is no operation of the document, and is answered all the same.
OTHER: Final = "other requests"

#: How often an operation is drawn, where that is not once: more of what takes more from strangers.
_WEIGHTS: Final = {
    "POST /api/har/import": 5,
    "POST /api/har/validate": 4,
    "POST /api/sql": 4,
    "GET /api/har/export/{session_id}": 3,
    "POST /api/har/export": 3,
    "GET /api/sessions/{session_id}/entries": 3,
    "GET /api/sessions/{session_id}/search": 2,
    "GET /api/sessions/{a}/diff/{b}": 2,
    "GET /api/diff": 2,
    "POST /api/check": 4,
    "GET /api/entries/{entry_id}/request-body": 3,
    "GET /api/entries/{entry_id}/preview": 3,
    "POST /api/login": 2,
    "GET /api/captures/{capture_id}/gaps/{number}": 6,
    OTHER: 3,
}

_TARGETS: Final = (
    *("/", "//", "*", "/schema", "/schema/", "/schema/openapi.json", "/schema/openapi.yaml", "/schema/swagger"),
    *("/metrics/", "/schema/assets/", "/schema/assets/..%2f..%2fapp.py", "/schema/assets/swagger-ui.css"),
    *("/favicon.ico", "/api", "/api/", "/api/sessions/", "/api/sessions/%2e%2e", "/api//sessions", "/API/SESSIONS"),
    *("/api/entries", "/api/har/export/", "http://@host@/api/health", "http://evil.test/api/sessions"),
    *("https://@host@:1/", "//evil.test/api/sessions", "api/health", "/api/health?" + "a=b&" * 5_000),
    *("/" + "a" * 66_000, "/api/sessions?" + "&" * 9_000, "/%", "/%00", "/\0", "/\x7f", "/é", "/api/health#x"),
    *("/api/health?", "?", "", " ", "/api/health HTTP/1.1\r\nX: y", "@host@", "/api/sessions/@session0@/x"),
)
_METHODS: Final = (
    *(b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"QUERY", b"PROPFIND"),
    *(b"LOCK", b"get", b"G\0T", b"", b"\xff", b"PRI", b"X" * 200, b"GET\t", b"\r\n\r\nGET", b"\x16\x03\x01"),
)
_VERSIONS: Final = (
    *(b"HTTP/1.0", b"HTTP/1.1", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.10", b"http/1.1", b"HTTP/", b"", b"\xff"),
)


#: A body that is a file.
_FILE: Final = "application/octet-stream"
#: … or a part of one.
_PART: Final = "application/offset+octet-stream"
#: Headers of tus, each with how often of ten times it is there, and with what it may hold.
_TUS_HEADERS: Final = (
    (b"Tus-Resumable", 10, (*[b"1.0.0"] * 19, b"0.2.2")),
    (b"Upload-Length", 9, (b"5000", b"2000000", b"0", b"1", b"5000", b"99999999999", b"-1", b"x")),
    (b"Upload-Offset", 9, (*[b"0"] * 4, b"1", b"5000", b"", b"1e3")),
    (
        b"Upload-Metadata",
        3,
        (b"filename YS5oYXI=", b"filename YS5oYXI=,salvage dHJ1ZQ==", b"sessionId eA==", b"a b", b","),
    ),
    (b"Upload-Checksum", 1, (b"sha1 AAAA", b"sha256 ", b"crc32 AAAA", b"md5 1B2M2Y8AsgTpgAmY7PhCfg==")),
    (b"X-HTTP-Method-Override", 2, (b"PATCH", b"PATCH", b"DELETE", b"GET", b"")),
)

_needless_bodies: Final = mostly(st.none(), st.binary(max_size=20), 20)


class UnknownOperationError(LookupError):
    """Something in the OpenAPI document that no request is drawn for."""


@dataclass(frozen=True)
class Operation:
    """An operation of the document: names of its parameters and of its body's members, and which it must have."""

    method: str
    path: str
    query_names: tuple[str, ...]
    required_names: tuple[str, ...]
    media_type: str | None
    body_names: tuple[str, ...]
    required_members: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return how the operation is called in reports."""
        return f"{self.method} {self.path}"


def operations_of(document: Mapping[str, Any]) -> list[Operation]:
    """Return the operations of an OpenAPI document. Raises UnknownOperationError."""
    return [
        _operation(method.upper(), path, description, document)
        for path, methods in document["paths"].items()
        for method, description in methods.items()
    ]


def _operation(method: str, path: str, description: Mapping[str, Any], document: Mapping[str, Any]) -> Operation:
    parameters = description.get("parameters", ())
    content = description.get("requestBody", {}).get("content", {})
    if unknown := content.keys() - {"application/json", "multipart/form-data", _FILE, _PART}:
        raise UnknownOperationError(f"{method} {path}: no bodies are drawn of {', '.join(sorted(unknown))}")
    media_type = next(iter(content), None)
    body_names, required_members = _members(content[media_type]["schema"], document) if media_type else ((), ())
    query = [one for one in parameters if one["in"] == "query"]
    query_names = tuple(dict.fromkeys(one["name"] for one in query))
    required_names = tuple(dict.fromkeys(one["name"] for one in query if one.get("required")))
    used = {*query_names, *re.findall(r"{(\w+)}", path), *body_names}
    unknown = {one["in"] for one in parameters} - {"query", "path"} | used - PLAUSIBLE.keys() - {"file"}
    if unknown:
        raise UnknownOperationError(f"{method} {path}: no values are drawn for {', '.join(sorted(unknown))}")
    return Operation(method, path, query_names, required_names, media_type, body_names, required_members)


def _members(schema: Mapping[str, Any], document: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of an object's members, and of the required ones, as the schema says, maybe elsewhere."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _members(document["components"]["schemas"][name], document)
    names = [*schema.get("properties", ())]
    names += [name for one in schema.get("oneOf", ()) for name in _members(one, document)[0]]
    return tuple(names), tuple(schema.get("required", ()))


def requests(operations: list[Operation]) -> dict[str, st.SearchStrategy[HttpRequest]]:
    """Return requests for each operation, and for what is none, by name."""
    strategies = {OTHER: _other_requests()} | {one.name: _operation_requests(one) for one in operations}
    return {name: st.builds(_sent, strategy, seeds) for name, strategy in strategies.items()}


def shares(names: Iterable[str], count: int, random: Random) -> Counter[str]:
    """Return how many of so many requests are for each operation: each has its share, and chance has the rest."""
    weighted = [name for name in names for _ in range(_WEIGHTS.get(name, 1))]
    times, rest = divmod(count, len(weighted))
    return Counter(weighted * times + random.sample(weighted, rest))


@st.composite
def _operation_requests(draw: st.DrawFn, operation: Operation) -> HttpRequest:
    """Draw a request that could be one for an operation."""
    path = re.sub(r"{(\w+)}", lambda match: draw(_segments(match[1])), operation.path)
    target = path + draw(_queries(operation.query_names, operation.required_names))
    headers: list[tuple[bytes, bytes]] = []
    body = None
    if operation.media_type == "application/json":
        headers, body = (
            [(b"Content-Type", b"application/json")],
            draw(json_bodies(operation.body_names, operation.required_members)),
        )
    elif operation.media_type == _FILE:
        headers, body = [(b"Content-Type", _FILE.encode())], draw(files)
    elif operation.media_type == _PART:
        headers, body = [(b"Content-Type", _PART.encode())], draw(st.binary(max_size=20) | files)
    elif operation.media_type is not None:
        body, content_type = draw(forms(operation.body_names))
        headers = [(b"Content-Type", content_type)]
    else:
        body = draw(_needless_bodies)
    if operation.path.startswith("/api/uploads"):
        headers += draw(_tus_headers())
    return HttpRequest(
        operation.name, operation.method.encode(), target.encode("utf-8", "surrogatepass"), tuple(headers), body
    )


@st.composite
def _tus_headers(draw: st.DrawFn) -> list[tuple[bytes, bytes]]:
    """Draw the headers of an upload that goes on, mostly those that are needed."""
    random = Random(draw(seeds))
    return [(name, random.choice(values)) for name, often, values in _TUS_HEADERS if random.randrange(10) < often]


@cache
def _segments(name: str) -> st.SearchStrategy[str]:
    """Return what stands in a path for a parameter."""
    encoded = value_of(name).map(lambda value: percent_encoded(str(value)))
    return mostly(encoded, st.sampled_from([".", "..", "%2e", "x", "%00"]), 30)


@st.composite
def _queries(draw: st.DrawFn, names: tuple[str, ...], required: tuple[str, ...]) -> str:
    """Draw a query string, mostly of parameters that there are, mostly once each."""
    random = Random(draw(seeds))
    if not names:
        return random.choice(("", "", "", "?x=1", "?"))
    count = random.choice((0, 1, 1, 2, 3, 4))
    chosen = random.sample(names, min(count, len(names))) if random.randrange(10) else random.choices(names, k=count)
    if random.randrange(20):
        chosen += [name for name in required if name not in chosen]
    pairs = [(name, str(draw(value_of(name)))) for name in chosen]
    if random.randrange(15) == 0:
        pairs.append((draw(hostile), draw(hostile)))
    encoded = [f"{percent_encoded(name, '~')}={percent_encoded(value)}" for name, value in pairs]
    if random.randrange(15) == 0:
        encoded.append(random.choice(HOSTILE))
    return "?" + "&".join(encoded) if encoded else ""


@st.composite
def _other_requests(draw: st.DrawFn) -> HttpRequest:
    """Draw a request for what there is not, or in a way that is none."""
    target = draw(st.sampled_from(_TARGETS) | hostile.map(lambda text: f"/{percent_encoded(text)}"))
    random = Random(draw(seeds))
    body = random.choice((None, None, b"{}", random.randbytes(20)))
    version = random.choice((*[b"HTTP/1.1"] * 10, *_VERSIONS))
    method = random.choice((b"GET", random.choice(_METHODS)))
    return HttpRequest(OTHER, method, target.encode("utf-8", "surrogatepass"), (), body, version=version)


def _sent(request: HttpRequest, seed: bytes) -> HttpRequest:
    """Return a request with the headers and the framing that a seed stands for: mostly what everybody sends."""
    random = Random(seed)
    request = replace(request, headers=odd_headers(request.headers, random))
    if request.body:
        request = replace(request, cuts=tuple(random.randrange(300_000) for _ in range(random.randrange(4))))
    if request.operation in ENDLESS:
        return replace(request, leaves_after=1)
    if request.body is not None and random.random() < 0.15:
        request = replace(request, framing=random.choice([Framing.CHUNKED] * 4 + [*Framing]))
    elif random.random() < 0.02:
        request = replace(request, framing=Framing.PIPELINED)
    match random.randrange(40):
        case 0:
            return replace(request, leaves_after=random.choice((0, 0, 1, 5_000)))
        case 1:
            return replace(request, method=random.choice(_METHODS))
        case 2:
            return replace(request, version=random.choice(_VERSIONS))
        case _:
            return request
