"""What an entry says beyond its row, as facts that two sides may differ in: shapes of JSON, headers, redirects.

A fact is a part, a name and a value: of bodies, a member (``items[].price``) and the type that it has; of headers, a
name; of redirects, the status and the folded URL. Members that are named by identifiers are ``{id}``: a map of orders
by their numbers is of one shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import urljoin

import msgspec

from harlake.analysis.endpoint_keys import EndpointKeys
from harlake.errors import NoBodyError
from harlake.har.bodies import Body, request_body, response_body
from harlake.har.raw_json import decoded, object_at
from harlake.har.url_folding import without_id
from harlake.har.values.pairs import named_lines
from harlake.limits import MIB

REQUEST_BODY: Final = "requestBody"
RESPONSE_BODY: Final = "responseBody"
REQUEST_HEADERS: Final = "requestHeaders"
RESPONSE_HEADERS: Final = "responseHeaders"
REDIRECTS: Final = "redirects"

#: The name of a document of JSON itself.
ROOT: Final = "$"
_PRESENT: Final = "present"

#: Bytes of a body that are read as JSON, and members of it that are compared.
MAX_BODY: Final = 4 * MIB
MAX_MEMBERS: Final = 1_000
_MAX_NAME: Final = 200
#: Headers of an entry that are compared.
_MAX_HEADERS: Final = 500

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TYPES: Final[dict[type, str]] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
}


class Fact(NamedTuple):
    """A fact: where it is, what it is about, and what is so."""

    part: str
    name: str
    value: str


class EntryFacts(NamedTuple):
    """The facts of an entry; ``is_cut`` says that a body, or a list of headers, has more than are compared."""

    facts: set[Fact]
    is_cut: bool


def entry_facts(entry: bytes, keys: EndpointKeys) -> EntryFacts:
    """Return the facts of an entry, given as it was captured."""
    facts: set[Fact] = set()
    is_cut = False
    for part, read in ((REQUEST_BODY, request_body), (RESPONSE_BODY, response_body)):
        try:
            body = read(entry)
        except NoBodyError:
            continue
        shape, cut = _shape(body)
        facts.update(Fact(part, *one) for one in shape)
        is_cut = is_cut or cut
    request, response = object_at(entry, "request"), object_at(entry, "response")
    for part, message in ((REQUEST_HEADERS, request), (RESPONSE_HEADERS, response)):
        names = [name.lower() for name, _ in named_lines(bytes(message.get("headers", b"null")))]
        is_cut = is_cut or len(names) > _MAX_HEADERS
        facts.update(Fact(part, name[:_MAX_NAME], _PRESENT) for name in names[:_MAX_HEADERS])
    if redirect := _redirect(request, response, keys):
        facts.add(Fact(REDIRECTS, redirect, _PRESENT))
    return EntryFacts(facts, is_cut)


def _shape(body: Body) -> tuple[set[tuple[str, str]], bool]:
    """Return the members of a body that is JSON, with their types, and whether there are more."""
    text = body.data.strip()
    if text[:1] not in (b"{", b"["):
        return set(), False
    if len(text) > MAX_BODY:
        return set(), True
    try:
        value = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return set(), False
    return json_shape(value)


def json_shape(value: Any) -> tuple[set[tuple[str, str]], bool]:
    """Return names and types of all members of a value that was decoded, and whether there are more than are listed."""
    found: set[tuple[str, str]] = set()
    waiting = [("", value)]
    while waiting:
        name, one = waiting.pop()
        found.add((name or ROOT, _TYPES.get(type(one), "number")))
        if len(found) > MAX_MEMBERS:
            return found, True
        waiting.extend(_inner(name, one))
    return found, False


def _inner(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for member, one in value.items():
            folded = without_id(member)
            inner = f"{name}.{folded}" if name else folded
            yield inner if len(inner) <= _MAX_NAME else f"{inner[:_MAX_NAME]}…", one
    elif isinstance(value, list):
        inner = f"{name}[]" if len(name) <= _MAX_NAME else name
        yield from ((inner, one) for one in value)


def _redirect(request: Mapping[str, bytes], response: Mapping[str, bytes], keys: EndpointKeys) -> str | None:
    """Return where an entry redirects to, with its status."""
    status = decoded(bytes(response.get("status", b"null")))
    if not isinstance(status, int) or status not in _REDIRECTS:
        return None
    target = decoded(bytes(response.get("redirectURL", b"null")))
    if not isinstance(target, str) or not target:
        headers = named_lines(bytes(response.get("headers", b"null")))
        target = next((value for name, value in headers if name.lower() == "location"), "")
    url = decoded(bytes(request.get("url", b"null")))
    try:
        absolute = urljoin(url if isinstance(url, str) else "", target)
    except ValueError:
        absolute = target
    return f"{status} {keys.key(absolute).folded[:_MAX_NAME]}"
