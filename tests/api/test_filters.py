"""Filters of query strings, and how the schema of the API describes them."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Request

from harlake.api.exports import ExportOperation
from harlake.api.filters import FilteredOperation, query_parameters, request_filter
from harlake.errors import BadRequestError
from harlake.export.options import PARAMETERS
from harlake.query.filters import REGEX_NAME, filter_names, parse_filter


def _request(query: str) -> Request[Any, Any, Any]:
    scope: Any = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": query.encode()}
    return Request(scope)


def test_a_query_string_is_a_filter() -> None:
    """All parameters that are not the route's own; one may be there several times."""
    asked = request_filter(_request("host=a&limit=5&host=%21b&url~=x.%2A"), "limit")
    same = parse_filter([("host", "a"), ("host", "!b"), ("url~", "x.*")])
    # Litestar tells different names in any order.
    assert (set(asked.conditions), asked.reads_urls, asked.patterns) == (set(same.conditions), True, ("x.*",))


def test_an_unknown_parameter_is_refused() -> None:
    """Its name is said."""
    with pytest.raises(BadRequestError, match="limit"):
        request_filter(_request("limit=5"))


def test_parameters_are_described() -> None:
    """Each with the words in which it is explained elsewhere."""
    described = query_parameters({"a": "one", "b~": "two"})
    assert [(one.name, one.param_in, one.description) for one in described] == [
        ("a", "query", "one"),
        ("b~", "query", "two"),
    ]


def test_operations_take_the_whole_vocabulary() -> None:
    """Those of exports have the options of exports before it."""
    vocabulary = [REGEX_NAME if name == "url~" else name for name in filter_names()]
    assert _names(FilteredOperation()) == vocabulary
    assert _names(ExportOperation()) == [*PARAMETERS, *vocabulary]


def _names(operation: FilteredOperation) -> list[str]:
    return [parameter.name for parameter in operation.parameters or () if hasattr(parameter, "name")]
