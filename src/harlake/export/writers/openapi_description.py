"""An OpenAPI 3.1 description of what was captured: paths, parameters, media types, and schemas of JSON; no values.

URLs that differ in identifiers only are one path, with parameters in place of these. A path of several hosts is
described once, and names them as its servers. All entries are read before the first byte is sent. What is held is
bounded by :class:`~harlake.export.writers.names_budget.NamesBudget`, and what is left out for it is said in the
description, by kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from harlake.export.content import ExportContent
from harlake.export.writers.names_budget import MAX_NAMES, NamesBudget
from harlake.export.writers.openapi_operation import Operation
from harlake.har.raw_json import object_at
from harlake.har.replay.recorded_request import RecordedRequest, recorded_request
from harlake.har.url_folding import ID, fold_url
from harlake.har.values.numbers import python_number

_METHODS: Final = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
_FOLDS: Final = frozenset({"ids"})

_encode: Final = msgspec.json.encode


def openapi_paths(content: ExportContent) -> Iterator[bytes]:
    """Yield the description."""
    description = _Description()
    for entry in content.entries():
        description.add(entry)
        yield b""  # nothing can be sent yet, and this takes long
    yield from description.pieces(content.name)


class _Path:
    """A path: the servers that have it, and its operations by method; names of the parameters in it."""

    def __init__(self, parameters: list[str]) -> None:
        self.parameters = parameters
        self.servers: dict[str, None] = {}
        self.operations: dict[str, Operation] = {}

    def described(self) -> dict[str, Any]:
        operations = {method: one.described(self.parameters) for method, one in self.operations.items()}
        return {"servers": [{"url": server} for server in self.servers], **operations}


class _Description:
    """What is known of all entries."""

    def __init__(self) -> None:
        self._budget = NamesBudget()
        self._paths: dict[str, _Path] = {}

    def add(self, entry: bytes) -> None:
        """Take in an entry."""
        request = recorded_request(entry)
        if not request.can_be_sent or request.method not in _METHODS:
            self._budget.left_out["entries of which OpenAPI has no method, or no URL"] += 1
            return
        origin, template, parameters, query = _parts(request)
        path = self._paths.get(template)
        if path is None:
            if not self._budget.take("entries of paths that are left out", template):
                return
            path = self._paths[template] = _Path(parameters)
        if origin not in path.servers and self._budget.take("servers", origin):
            path.servers[origin] = None
        method = str(request.method).lower()
        operation = path.operations.get(method)
        if operation is None:
            if not self._budget.take("entries of operations that are left out"):
                return
            operation = path.operations[method] = Operation(self._budget)
        status = python_number(object_at(entry, "response").get("status", b"null"))
        operation.add(request, query, entry, int(status or 0))

    def pieces(self, name: str) -> Iterator[bytes]:
        """Yield it path by path."""
        left_out = dict(sorted(self._budget.left_out.items()))
        said = "Made by harlake of captured traffic: what was seen, and not what there may be."
        if left_out:
            said += f" Incomplete: {MAX_NAMES} names are described at most, and x-left-out counts the rest."
        info = {"title": name, "version": "0.0.0", "description": said} | ({"x-left-out": left_out} if left_out else {})
        yield b'{"openapi":"3.1.0","info":%b,"paths":{' % _encode(info)
        for number, template in enumerate(sorted(self._paths)):
            described = self._paths[template].described()
            yield b"%b%b:%b" % (b"," if number else b"", _encode(template), _encode(described))
        yield b"}}\n"


def _parts(request: RecordedRequest) -> tuple[str, str, list[str], str]:
    """Return the server of a request, the template of its path with the names in it, and its query."""
    url = urlsplit(request.url)
    path = _without_braces(url.path or "/")
    origin = _without_braces(f"{url.scheme}://{url.netloc.rpartition('@')[2]}")
    head, *rest = fold_url(origin + path, _FOLDS).folded.removeprefix(origin).split(ID)
    names = [f"id{number if number > 1 else ''}" for number in range(1, len(rest) + 1)]
    template = head + "".join(f"{{{name}}}{part}" for name, part in zip(names, rest, strict=True))
    return origin, template, names, url.query


def _without_braces(text: str) -> str:
    return text.replace("{", "%7B").replace("}", "%7D")
