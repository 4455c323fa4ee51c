"""Which of a service's operations a request calls, where one URL has many: GraphQL's and JSON-RPC's.

It is found in the query of the URL, in a JSON body, or in a body that is a form. Of a long body, only the beginning is
looked at: programs write the name before the variables, or a short body.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec

from harlake.har.raw_json import decoded, is_string, unquoted
from harlake.har.values.carriers import carrier_members
from harlake.har.values.pairs import named_values
from harlake.limits import KIB

#: Bytes of a body that are looked at, and characters of a name.
_MOST: Final = 256 * KIB
_MAX_NAME: Final = 200

#: Calls in one request that are named.
_MAX_CALLS: Final = 20

#: What is in the JSON of a body, of which the quotes may be escaped, or in the names of a form's fields.
_CALLS: Final = re.compile(rb'"(?:operationName|query|queryId|doc_id|jsonrpc|extensions|operations)\\?"')
_NAME: Final = re.compile(r'"operationName"\s*+:\s*+"([^"\\]{1,200}+)"')
_WORD: Final = re.compile(r"[^\W\d]\w*+")
_KINDS: Final = frozenset({"query", "mutation", "subscription"})


class _Carrier(msgspec.Struct):
    text: str = ""


class _Call(msgspec.Struct):
    operationName: str | None = None
    query: str | None = None
    queryId: str | None = None
    doc_id: str | None = None
    jsonrpc: str | None = None
    method: str | None = None
    extensions: dict[str, Any] | None = None


_NAMES: Final = ("operationName", "query", "queryId", "doc_id", "jsonrpc", "method")

_carrier: Final = msgspec.json.Decoder(_Carrier)
_call: Final = msgspec.json.Decoder(_Call)


def operation_of(url: str, post_data: bytes) -> str:
    """Return the name of what a request calls, or names with commas between them; empty where it says none.

    ``post_data`` is the ``postData`` as JSON text, empty where there is none.
    """
    if len(post_data) > 2 and (found := _in_body(post_data)):
        return found
    return _in_query(url) if may_call(url) else ""


def may_call(url: str) -> bool:
    """Return whether the query of a URL may name what is called."""
    return "query=" in url or "operationName=" in url or "extensions=" in url


def _in_query(url: str) -> str:
    try:
        fields = dict(parse_qsl(urlsplit(url).query, max_num_fields=1_000))
    except ValueError:
        return ""
    has_name = "operationName" in fields or "extensions" in fields
    return _of_fields(fields) if has_name or fields.get("query", "").lstrip().startswith(("{", *_KINDS)) else ""


def _of_fields(fields: dict[str, str]) -> str:
    if "operations" in fields and "query" not in fields:  # a call with files
        return _of_body(decoded(fields["operations"].encode()))
    return _of_values({**fields, "extensions": decoded(fields.get("extensions", "null").encode())})


def _in_body(post_data: bytes) -> str:
    view = memoryview(post_data)
    if _CALLS.search(view[:_MOST]) is None:
        return ""
    if len(view) > _MOST:
        match = _NAME.search(view[:_MOST].tobytes().replace(b'\\"', b'"').decode("utf-8", "replace"))
        return match[1] if match else ""
    with suppress(msgspec.MsgspecError, RecursionError):  # most are as they should be
        body = _carrier.decode(view).text
        if body.startswith("{"):
            return _of_call(_call.decode(body))
    parts = dict(carrier_members(bytes(view)))
    text = parts.get("text", b"")
    if len(text) and is_string(text):
        json = unquoted(text).strip()
        if json.startswith((b"{", b"[")):
            return _of_body(decoded(json))
        return ""
    return _of_fields(dict(named_values(parts.get("params", b"null"))))


def _of_body(body: Any) -> str:
    calls = body if isinstance(body, list) else [body]
    names = dict.fromkeys(_of_values(call) for call in calls[:_MAX_CALLS] if isinstance(call, dict))
    names.pop("", None)
    return ",".join(names)


def _of_values(call: dict[str, Any]) -> str:
    """Return the name of one call, of which members may be of any type."""
    texts = {name: call.get(name) for name in _NAMES if isinstance(call.get(name), str)}
    extensions = call.get("extensions")
    return _of_call(_Call(**texts, extensions=extensions if isinstance(extensions, dict) else None))


def _of_call(call: _Call) -> str:
    """Return the name of one call: as it is said, else as the query names it, else what the query asks for first."""
    if name := call.operationName or call.queryId or call.doc_id:
        return name[:_MAX_NAME]
    if call.query:
        return _of_query(call.query)
    if call.jsonrpc is not None and call.method is not None:
        return call.method[:_MAX_NAME]
    persisted = (call.extensions or {}).get("persistedQuery")
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    return digest[:_MAX_NAME] if isinstance(digest, str) else ""


def _of_query(query: str) -> str:
    """Return the name of a query of GraphQL, or its first field; nothing of what is no such query."""
    code = re.sub(r"#[^\n]*+", " ", query[:_MOST]).strip()
    kind = _WORD.match(code)
    if kind is not None and kind[0] in _KINDS:
        name = _WORD.match(code[kind.end() :].lstrip())
        if name is not None:
            return name[0][:_MAX_NAME]
        code = code[code.find("{") :] if "{" in code else ""
    if not code.startswith("{"):
        return ""
    first = _WORD.match(code[1:].lstrip())
    return f"{{{first[0][:_MAX_NAME]}}}" if first else ""
