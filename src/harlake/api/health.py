"""/api/health: whether the service is up, and whether it can work.

Checks have threads of their own: they wait for nobody.
"""

from __future__ import annotations

import anyio
from anyio import to_thread
from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.status_codes import HTTP_503_SERVICE_UNAVAILABLE

import harlake
from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION, Admission
from harlake.api.errors import error_responses
from harlake.api.models import Health, LimiterUsage, Readiness
from harlake.api.reading import get
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE
from harlake.observability.limiters import LimiterRegistry
from harlake.store.data_dir import DataDir
from harlake.store.readiness import readiness_problems

#: Seconds that the data folder may take to be looked at. A disk that is as slow can take no captures.
_PATIENCE = 2

_NOT_READY = "`Not ready`, with `problems`"


@get(
    "/api/health",
    opt={ADMISSION: "health", SCOPE: TokenScope.READ, COVER: Cover.NOTHING_CAPTURED},
    tags=["service"],
    summary="Check the service",
)
async def check_health(data_dir: DataDir, admission: Admission) -> Health:
    """Answer when the service is up and its data folder can be read."""
    await admission.health.call(data_dir.catalog.check)
    return Health(status="ok", version=harlake.__version__)


@get(
    "/api/health/live",
    opt={ADMISSION: "health", SCOPE: None, COVER: Cover.NOTHING_CAPTURED},
    tags=["service"],
    summary="Check that the process answers",
    sync_to_thread=False,
)
def check_liveness() -> Health:
    """Answer at once, whatever else is or is not in order."""
    return Health(status="ok", version=harlake.__version__)


@get(
    "/api/health/ready",
    tags=["service"],
    summary="Check that the service can work",
    opt={ADMISSION: "health", SCOPE: None, COVER: Cover.NOTHING_CAPTURED},
    responses=error_responses() | {503: ResponseSpec(Readiness, description=_NOT_READY, generate_examples=False)},
)
async def check_readiness(data_dir: DataDir, admission: Admission, limiters: LimiterRegistry) -> Response[Readiness]:
    """Answer whether captures can be taken in and given back, and which limiters are full.

    A service that is full is ready: whoever comes now has to wait.
    """
    problems = ["the data folder does not answer"]
    with anyio.move_on_after(_PATIENCE):
        problems = await to_thread.run_sync(
            readiness_problems, data_dir, limiter=admission.health.threads, abandon_on_cancel=True
        )
    usages = {name: LimiterUsage(*usage) for name, usage in limiters.usages()}
    full = [name for name, usage in usages.items() if usage.borrowed >= usage.total]
    answer = Readiness(not problems, problems, full, usages, "Not ready" if problems else None)
    return Response(answer, status_code=HTTP_503_SERVICE_UNAVAILABLE if problems else 200)
