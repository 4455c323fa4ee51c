"""/api/health: whether the service is up."""

from __future__ import annotations

from anyio import to_thread
from litestar import get

import harlake
from harlake.api.models import Health
from harlake.store.data_dir import DataDir


@get("/api/health", tags=["service"], summary="Check the service")
async def health(data_dir: DataDir) -> Health:
    """Answer when the service is up and its data folder can be read."""
    await to_thread.run_sync(data_dir.catalog.check)
    return Health(status="ok", version=harlake.__version__)
