"""Filters out of query strings: what is no parameter of a route's own belongs to the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.openapi.spec import Operation, Parameter, Schema
from litestar.openapi.spec.enums import OpenAPIType

from harlake.query.filters import Filter, filter_names, parse_filter


def request_filter(request: Request[Any, Any, Any], *own: str) -> Filter:
    """Return the filter that a query string asks for, less the parameters of the route's own.

    Raises BadRequestError, which names the parameter, and what is allowed.
    """
    return parse_filter((name, value) for name, value in request.query_params.multi_items() if name not in own)


@dataclass
class FilteredOperation(Operation):
    """An operation that takes the filter vocabulary."""

    def __post_init__(self) -> None:
        """Add the vocabulary to what the schema says of the operation."""
        self.parameters = [*(self.parameters or ()), *query_parameters(filter_names())]


def query_parameters(parameters: Mapping[str, str]) -> list[Parameter]:
    """Describe parameters for the OpenAPI schema, given what each allows, in words."""
    return [
        Parameter(name, "query", description=allowed, schema=Schema(type=OpenAPIType.STRING))
        for name, allowed in parameters.items()
    ]
