"""Operations: parameters by place, with types and whether they were always there; responses by status."""

from __future__ import annotations

from harlake.export.writers.names_budget import NamesBudget
from harlake.export.writers.openapi_operation import Operation
from harlake.har.replay.recorded_request import recorded_request
from tests.support.exported import exchange


def test_parameters_and_responses() -> None:
    """Those of the query and of headers of the application."""
    operation = Operation(NamesBudget())
    headers = [{"name": "X-Tenant", "value": "true"}, {"name": "Accept", "value": "*/*"}]
    for query, status in (("page=1&q=a", 200), ("page=2", 404), ("page=3", 0)):
        entry = exchange(f"http://a.test/?{query}", request={"headers": headers}, response={"status": status})
        operation.add(recorded_request(entry), query, entry, status)
    described = operation.described(["id"])
    assert [(one["name"], one["in"], one["required"], one["schema"]["type"]) for one in described["parameters"]] == [
        ("id", "path", True, "string"),
        ("page", "query", True, "integer"),
        ("q", "query", False, "string"),
        ("x-tenant", "header", True, "boolean"),
    ]
    assert list(described["responses"]) == ["200", "404", "default"]
    assert "requestBody" not in described
