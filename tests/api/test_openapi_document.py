"""The OpenAPI document as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from harlake.access.policy import access_policy
from harlake.app import NoDataDir, create_app
from harlake.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document of an application without a data folder."""
    settings = Settings()
    return create_app(settings, NoDataDir(), access=access_policy(settings)).openapi_schema.to_schema()


def test_head_is_not_said_twice(document: dict[str, Any]) -> None:
    """Generated clients would have each operation twice."""
    assert [path for path, item in document["paths"].items() if "head" in item] == []


def test_errors_may_be_problem_details(document: dict[str, Any]) -> None:
    """Wherever there is an error."""
    count = 0
    for item in document["paths"].values():
        for operation in item.values():
            for response in operation["responses"].values():
                content = response.get("content", {})
                if content.get("application/json") == {"schema": {"$ref": "#/components/schemas/ErrorAnswer"}}:
                    problem = {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
                    assert content["application/problem+json"] == problem
                    count += 1
    assert count > 30
    error, more = document["components"]["schemas"]["ProblemDetails"]["allOf"]
    assert error == {"$ref": "#/components/schemas/ErrorAnswer"}
    assert more["required"] == ["type", "title", "status"]
