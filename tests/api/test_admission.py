"""Admission: places of each class, who waits for them, who is refused, and that all are given back."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from litestar import Litestar, get
from litestar.di import Provide
from litestar.exceptions import LitestarDeprecationWarning
from litestar.middleware import DefineMiddleware
from litestar.testing import TestClient

from harlake.api.admission import ADMISSION, Admission, AdmissionMiddleware, RequestClass
from harlake.api.errors import HANDLERS
from harlake.app import NoDataDir, create_app
from harlake.errors import NoFileError, TooBusyError, TooManyQueriesError
from harlake.settings import Settings
from tests.support.hars import until

#: Litestar 3 will want dependencies and bodies to be marked; until then, each application warns of each handler.
pytestmark = pytest.mark.filterwarnings(f"ignore::{LitestarDeprecationWarning.__module__}.LitestarDeprecationWarning")


def test_places_are_taken_waited_for_and_refused() -> None:
    """As many as there are places are worked on, as many as may wait do, and then they are refused."""

    async def main() -> None:
        queries = RequestClass("queries", places=1, waiting=2, threads=1, refusal=TooManyQueriesError)
        may_end = [anyio.Event() for _ in range(3)]
        begun: list[int] = []

        async def ask(number: int) -> None:
            async with queries.place():
                begun.append(number)
                await may_end[number].wait()

        async with anyio.create_task_group() as group:
            for number in range(3):
                assert not queries.is_full
                group.start_soon(ask, number)
                await anyio.wait_all_tasks_blocked()
            assert (begun, queries.waiting, queries.is_full) == ([0], 2, True)
            with pytest.raises(TooManyQueriesError, match="1 queries are running, and 2 wait"):
                async with queries.place():
                    raise AssertionError("there was a place")
            may_end[0].set()
            await until(lambda: begun == [0, 1])
            assert (queries.waiting, queries.is_full) == (1, False)
            may_end[1].set()
            may_end[2].set()
        assert begun == [0, 1, 2]
        assert queries.places.borrowed_tokens == 0

    anyio.run(main)


def test_places_come_back_whatever_happens() -> None:
    """After an error, after a cancellation, and when whoever waited for one has given up."""

    async def main() -> None:
        one = RequestClass("things", places=1, waiting=1, threads=1)

        async def hold() -> None:
            async with one.place():
                await anyio.sleep_forever()

        with pytest.raises(NoFileError):
            async with one.place():
                raise NoFileError
        assert one.places.borrowed_tokens == 0
        async with anyio.create_task_group() as holders:
            holders.start_soon(hold)
            await anyio.wait_all_tasks_blocked()
            async with anyio.create_task_group() as waiting:
                waiting.start_soon(hold)
                await anyio.wait_all_tasks_blocked()
                assert one.is_full
                waiting.cancel_scope.cancel()
            assert (one.waiting, one.places.borrowed_tokens) == (0, 1)
            holders.cancel_scope.cancel()
        assert one.places.borrowed_tokens == 0
        async with one.place():
            assert one.places.borrowed_tokens == 1

    anyio.run(main)


def test_without_waiting_there_is_no_queue() -> None:
    """A class in which nobody waits refuses at once."""

    async def main() -> None:
        imports = RequestClass("imports", places=2, waiting=0, threads=1)
        async with imports.place(), imports.place():
            with pytest.raises(TooBusyError, match="2 imports are running, and 0 wait"):
                async with imports.place():
                    raise AssertionError("there was a place")

    anyio.run(main)


def _app(admission: Admission) -> Litestar:
    @get("/held", opt={ADMISSION: "sql"}, sync_to_thread=False)
    def held() -> dict[str, float]:
        return {"free": admission.sql.places.available_tokens}

    @get("/failing", opt={ADMISSION: "sql"}, sync_to_thread=False)
    def failing() -> None:
        raise NoFileError("why")

    @get("/others", sync_to_thread=False)
    def others() -> dict[str, float]:
        return {"free": admission.sql.places.available_tokens}

    return Litestar(
        [held, failing, others],
        middleware=[DefineMiddleware(AdmissionMiddleware, admission=admission)],
        exception_handlers=HANDLERS,
        openapi_config=None,
    )


def test_a_request_holds_a_place_of_its_route() -> None:
    """Until it has been answered, also with an error; other routes hold none."""
    with TestClient(_app(Admission())) as client:
        for _ in range(3):
            assert client.get("/held").json() == {"free": 0}
            assert client.get("/failing").json() == {"error": "No file provided", "detail": "why"}
            assert client.get("/others").json() == {"free": 1}
            assert client.get("/nowhere").status_code == 404


def test_a_refusal_says_when_to_come_again() -> None:
    """Its answer is that of any error, with a header."""
    admission = Admission()
    admission.sql.places.total_tokens = 0
    admission.sql.most_waiting = 0
    with TestClient(_app(admission)) as client:
        answer = client.get("/held")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert answer.json() == {"error": "Too many queries", "detail": "0 queries are running, and 0 wait"}


def test_a_client_that_leaves_waits_no_longer() -> None:
    """Its request goes, and whoever is behind it moves up."""

    async def main() -> None:
        admission = Admission()
        admission.sql.places.total_tokens = 0
        left = anyio.Event()
        coming = [{"type": "http.request", "body": b"", "more_body": False}]
        answered: list[Any] = []

        async def receive() -> Any:
            if coming:
                return coming.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            answered.append(message.get("status"))

        scope: Any = {"type": "http", "method": "GET", "path": "/held", "query_string": b"", "headers": []}
        async with anyio.create_task_group() as group:
            group.start_soon(_app(admission), scope, receive, send)
            await until(lambda: admission.sql.waiting == 1)
            left.set()
        assert (admission.sql.waiting, answered[0]) == (0, 499)

    anyio.run(main)


def _classes(app: Litestar) -> dict[str, set[Any]]:
    """Return the classes of the handlers of each route that is the API's; Litestar's own for OPTIONS do nothing."""
    return {
        route.path: {
            handler.opt.get(ADMISSION)
            for handler in route.route_handlers  # type: ignore[union-attr]
            if handler.http_methods != {"OPTIONS"}
        }
        for route in app.routes
        if route.path.startswith(("/api/", "/metrics")) and route.path != "/api/health/live"
    }


def test_every_route_has_a_class() -> None:
    """What it takes of the service is bounded, whichever it is; but the schema, the page, and what answers at once."""
    app = create_app(Settings(), NoDataDir())
    provide = app.dependencies["admission"]
    assert isinstance(provide, Provide)
    names = set(provide.dependency().classes())
    found = _classes(app)
    assert len(found) > 10
    for path, classes in found.items():
        assert classes <= names, path
    assert found["/api/health"] == {"health"}
    assert found["/api/har/import"] == found["/api/har/validate"] == {"imports"}
    assert {route.path.split("/")[1] for route in app.routes} == {
        "api",
        "metrics",
        "schema",
        "",
        "s",
        "compare",
        "page",
    }
