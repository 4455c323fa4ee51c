"""JSON bodies: what is no such body is refused, and what a route does not take is not made an object."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest
from litestar import Litestar, post
from litestar.exceptions import LitestarDeprecationWarning
from litestar.testing import TestClient

from harlake.api.errors import HANDLERS
from harlake.api.export_request import ExportRequest
from harlake.api.json_body import JsonRequest

pytestmark = pytest.mark.filterwarnings(f"ignore::{LitestarDeprecationWarning.__module__}.LitestarDeprecationWarning")

_JSON = {"content-type": "application/json"}


@post("/", request_max_body_size=16 << 20)
async def _ids(data: ExportRequest | None = None) -> list[str] | None:
    return data.entry_ids if data else None


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient[Litestar]]:
    """A service that tells the ids in a body."""
    with TestClient(Litestar([_ids], exception_handlers=HANDLERS, request_class=JsonRequest)) as client:
        yield client


@pytest.mark.parametrize(
    ("body", "ids"),
    [(b'{"entryIds": ["a"]}', ["a"]), (b"{}", None), (b"null", None), (b"", None)],
)
def test_what_is_taken(client: TestClient[Litestar], body: bytes, ids: list[str] | None) -> None:
    """A body that may be left out may be null."""
    answer = client.post("/", content=body, headers=_JSON)
    assert (answer.status_code, answer.json()) == (201, ids)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"entryIds": ' + b"[" * 10_000,
        b'{"other": ' + b'{"a":' * 10_000,
        b'{"entryIds": ["a"], "other": [[]]}',
        b'{"sessionName": "\xff"}',
        b'{"sessionName": "\\ud800"}',
        b"{",
        b"{} {}",
    ],
)
def test_what_is_no_such_body(client: TestClient[Litestar], body: bytes) -> None:
    """Too deep, not UTF-8, no JSON: each is refused, and said why."""
    answer = client.post("/", content=body, headers=_JSON)
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")
    assert answer.json()["detail"]


def test_the_wrong_type_is_told_with_its_place(client: TestClient[Litestar]) -> None:
    """A member or an element."""
    (extra,) = client.post("/", content=b'{"entryIds": ["a", 1]}', headers=_JSON).json()["extra"]
    assert extra == {"message": "Expected `str`, got `int`", "key": "entryIds[1]", "source": "body"}
    (extra,) = client.post("/", content=b"[]", headers=_JSON).json()["extra"]
    assert extra == {"message": "Expected `object | null`, got `array`", "key": "data", "source": "body"}


def test_what_is_not_taken_takes_no_memory(client: TestClient[Litestar]) -> None:
    """A million lists that nobody asked for are refused, and never made; nor are more values than any body has."""
    content = b'{"other": [' + b"[[]]," * 400_000 + b"1]}"
    tracemalloc.start()
    try:
        assert client.post("/", content=content, headers=_JSON).status_code == 400
        assert tracemalloc.get_traced_memory()[1] < 8 * len(content)
    finally:
        tracemalloc.stop()
    assert client.post("/", content=b"[" + b"1," * 500_000 + b"1]", headers=_JSON).status_code == 413
