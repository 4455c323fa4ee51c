"""Filters out of query strings: what is no parameter of a route's own belongs to the vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from litestar import Request
from litestar.openapi.spec import Parameter, Schema
from litestar.openapi.spec.enums import OpenAPIType

from harlake.api.operations import ApiOperation
from harlake.query.filters import REGEX_NAME, Filter, filter_names, parse_filter


def request_filter(request: Request[Any, Any, Any], *own: str) -> Filter:
    """Return the filter that a query string asks for, less the parameters of the route's own.

    Raises BadRequestError, which names the parameter, and what is allowed.
    """
    return parse_filter((name, value) for name, value in request.query_params.multi_items() if name not in own)


@dataclass
class FilteredOperation(ApiOperation):
    """An operation that takes the filter vocabulary, after ``options``, given what each allows, in words."""

    options: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def query_names(cls) -> list[str]:
        """Return the names of all that it takes."""
        return [*cls.options, *filter_names(), REGEX_NAME]

    def __post_init__(self) -> None:
        """Add both to what the document says of the operation."""
        super().__post_init__()
        self.parameters = [*(self.parameters or ()), *query_parameters(self.options)]
        own = {one.name for one in self.parameters or () if isinstance(one, Parameter)}
        names = {"url~": REGEX_NAME}  # generated clients make variables of names
        vocabulary = {names.get(name, name): allowed for name, allowed in filter_names().items() if name not in own}
        self.parameters = [*(self.parameters or ()), *query_parameters(vocabulary)]


def query_parameters(parameters: Mapping[str, str]) -> list[Parameter]:
    """Describe parameters for the OpenAPI schema, given what each allows, in words."""
    return [
        Parameter(name, "query", description=allowed, schema=Schema(type=OpenAPIType.STRING))
        for name, allowed in parameters.items()
    ]
