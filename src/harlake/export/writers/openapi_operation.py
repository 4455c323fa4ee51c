"""One operation of an OpenAPI description: what all requests of a method to a path have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import parse_qsl

from harlake.errors import NoBodyError
from harlake.export.writers.described_body import DescribedBody
from harlake.export.writers.names_budget import NamesBudget
from harlake.har.bodies import request_body, response_body
from harlake.har.replay.recorded_request import RecordedRequest

#: Of ``x-`` headers, those that browsers send by themselves.
_OF_BROWSERS: Final = frozenset({"x-requested-with", "x-client-data", "x-forwarded-for", "x-forwarded-proto"})


class Operation:
    """A method of a path: :meth:`add` its entries, then ask for what it is :meth:`described` as."""

    def __init__(self, budget: NamesBudget) -> None:
        self._budget = budget
        self._requests = self._bodies = 0
        self._parameters: dict[tuple[str, str], _Parameter] = {}
        self._body = DescribedBody(budget)
        self._responses: dict[str, DescribedBody] = {}

    def add(self, request: RecordedRequest, query: str, entry: bytes, status: int) -> None:
        """Take in an entry: its request as it was sent, the query of its URL, and the status of its response."""
        self._requests += 1
        self._add_parameters("query", parse_qsl(query, keep_blank_values=True))
        headers = ((name.lower(), value) for name, value in request.headers)
        self._add_parameters("header", ((n, v) for n, v in headers if n[:2] == "x-" and n not in _OF_BROWSERS))
        if request.body:
            self._bodies += 1
            self._body.add(request_body(entry))
        response = self._responses.get(key := str(status) if 100 <= status <= 599 else "default")
        if response is None:
            if not self._budget.take("responses"):
                return
            response = self._responses[key] = DescribedBody(self._budget)
        try:
            body = response_body(entry)
        except NoBodyError:
            return
        if body.data:
            response.add(body)

    def described(self, path_parameters: Iterable[str]) -> dict[str, Any]:
        """Return OpenAPI's operation object."""
        found: dict[str, Any] = {}
        parameters = [_path_parameter(name) for name in path_parameters]
        parameters += [one.described(*place, self._requests) for place, one in self._parameters.items()]
        if parameters:
            found["parameters"] = parameters
        if body := self._body.content():
            found["requestBody"] = {"content": body, "required": self._bodies == self._requests}
        found["responses"] = {key: _response(key, self._responses[key]) for key in sorted(self._responses)}
        if not found["responses"]:
            found["responses"] = {"default": {"description": "No response is described."}}
        return found

    def _add_parameters(self, place: str, given: Iterable[tuple[str, str]]) -> None:
        for name, value in dict(given).items():
            parameter = self._parameters.get((place, name))
            if parameter is None:
                if not name or not self._budget.take("parameters", name):
                    continue
                parameter = self._parameters[place, name] = _Parameter()
            parameter.add(value)


class _Parameter:
    """In how many requests there was a parameter, and whether all of its values were numbers, or truth values."""

    __slots__ = ("_count", "_is_integer", "_is_truth")

    def __init__(self) -> None:
        self._count, self._is_integer, self._is_truth = 0, True, True

    def add(self, value: str) -> None:
        self._count += 1
        self._is_integer &= value.isascii() and value.isdigit() and len(value) < 16
        self._is_truth &= value in ("true", "false")

    def described(self, place: str, name: str, requests: int) -> dict[str, Any]:
        kind = "integer" if self._is_integer else "boolean" if self._is_truth else "string"
        return {"name": name, "in": place, "required": self._count == requests, "schema": {"type": kind}}


def _path_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _response(key: str, bodies: DescribedBody) -> dict[str, Any]:
    described: dict[str, Any] = {
        "description": "No response was captured." if key == "default" else f"Answered with {key}."
    }
    if content := bodies.content():
        described["content"] = content
    return described
