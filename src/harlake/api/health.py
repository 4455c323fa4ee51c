"""/api/health: whether the service is up."""

from __future__ import annotations

from litestar import get

import harlake
from harlake.api.admission import ADMISSION, Admission
from harlake.api.models import Health
from harlake.store.data_dir import DataDir


@get("/api/health", opt={ADMISSION: "health"}, tags=["service"], summary="Check the service")
async def health(data_dir: DataDir, admission: Admission) -> Health:
    """Answer when the service is up and its data folder can be read."""
    await admission.health.call(data_dir.catalog.check)
    return Health(status="ok", version=harlake.__version__)
