"""Health is told at once, whatever the service is doing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio import to_thread
from litestar import Litestar

from harlake.app import create_app
from harlake.settings import Settings
from harlake.store.data_dir import DataDir

#: Litestar 3 will want dependencies and bodies to be marked; until then, each application warns of each handler.
pytestmark = pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")

_ROUTES = ("/api/health", "/api/health/live", "/api/health/ready", "/metrics")


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[DataDir]:
    """An open data folder."""
    folder = DataDir(tmp_path / "data")
    yield folder
    folder.close()


async def _get(app: Litestar, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:  # type: ignore[arg-type]
        return await client.get(path)


def test_health_waits_for_no_thread(data_dir: DataDir) -> None:
    """All of anyio's common threads are taken, and the catalog is: health and metrics are answered."""
    app = create_app(Settings(), data_dir)

    async def main() -> None:
        common = to_thread.current_default_thread_limiter()
        for number in range(int(common.total_tokens)):
            common.acquire_on_behalf_of_nowait(number)
        with data_dir.catalog._database.reading():
            answers = [await _get(app, route) for route in _ROUTES]
        assert [answer.status_code for answer in answers] == [200] * len(_ROUTES)

    anyio.run(main)


def test_a_service_that_is_full_is_ready_and_says_so(data_dir: DataDir) -> None:
    """Limiters are listed with who holds them, and those of which nothing is left are named."""
    app = create_app(Settings(), data_dir)
    limiter: Any = app.dependencies["admission"].dependency().diffs.places  # type: ignore[union-attr]

    async def main() -> None:
        before = (await _get(app, "/api/health/ready")).json()
        assert (before["ready"], before["problems"], before["full"]) == (True, [], [])
        async with limiter:
            answer = await _get(app, "/api/health/ready")
        assert answer.status_code == 200
        assert answer.json()["full"] == ["diffs"]
        assert answer.json()["limiters"]["diffs"] == {"borrowed": 1, "total": 1, "waiting": 0}

    anyio.run(main)


def test_what_is_wrong_is_told(tmp_path: Path) -> None:
    """A service whose disk is down to its reserve is alive, and not ready: 503, and why."""
    data_dir = DataDir(tmp_path / "data", keep_free=1 << 60)
    app = create_app(Settings(), data_dir)

    async def main() -> None:
        assert (await _get(app, "/api/health/live")).status_code == 200
        answer = await _get(app, "/api/health/ready")
        assert answer.status_code == 503
        found = answer.json()
        assert (found["ready"], found["error"]) == (False, "Not ready")
        assert found["problems"] == ["the disk has no more than its reserve left"]

    anyio.run(main)
    data_dir.close()


@pytest.mark.slow
def test_a_folder_that_does_not_answer_is_not_waited_for(data_dir: DataDir) -> None:
    """A disk that hangs holds the threads of health checks; the next one says so instead of hanging as well."""
    app = create_app(Settings(), data_dir)
    limiter: Any = app.dependencies["admission"].dependency().health.threads  # type: ignore[union-attr]

    async def main() -> None:
        for number in range(int(limiter.total_tokens)):
            limiter.acquire_on_behalf_of_nowait(number)
        answer = await _get(app, "/api/health/ready")
        assert (answer.status_code, answer.json()["problems"]) == (503, ["the data folder does not answer"])

    anyio.run(main)
