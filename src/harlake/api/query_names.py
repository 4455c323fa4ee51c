"""Names in query strings: written ``like_this``, and taken in the spelling of JSON, ``likeThis``, too."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from litestar.handlers import HTTPRouteHandler
from litestar.params import ParameterKwarg

from harlake.api.filters import FilteredOperation

_CAMEL: Final = re.compile(rb"[a-z]++(?:[A-Z][a-z]++)++")
_CAPITAL: Final = re.compile(rb"[A-Z]")


def query_names(handler: HTTPRouteHandler) -> list[str]:
    """Return the names of the parameters that a route takes in its query, those of the filter vocabulary last."""
    signatures = [
        handler.parsed_fn_signature,
        *(one.parsed_fn_signature for one in handler.resolve_dependencies().values()),
    ]
    fields = [field for signature in signatures for field in signature.parameters.items()]
    described = [(name, field.kwarg_definition) for name, field in fields]
    names = [one.query or one.name or name for name, one in described if isinstance(one, ParameterKwarg)]
    operation = handler.operation_class
    return [*names, *operation.query_names()] if issubclass(operation, FilteredOperation) else names


def in_one_spelling(query: bytes, known: Container[str]) -> bytes:
    """Return a query string whose names are spelt as they are known, those that are unknown as they are."""
    if not _CAPITAL.search(query):
        return query
    return b"&".join(_respelt(part, known) for part in query.split(b"&"))


def _respelt(part: bytes, known: Container[str]) -> bytes:
    name, mark, value = part.partition(b"=")
    if not _CAMEL.fullmatch(name):
        return part
    snake = _CAPITAL.sub(lambda match: b"_" + match[0].lower(), name)
    return snake + mark + value if snake.decode("ascii") in known else part
