"""/metrics: what Prometheus reads."""

from __future__ import annotations

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION, Admission
from harlake.api.reading import get
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE
from harlake.observability.metrics import CONTENT_TYPE, Metrics


def metrics_route(metrics: Metrics) -> HTTPRouteHandler:
    """Return the route that answers with an application's metrics."""

    @get(
        "/metrics",
        opt={ADMISSION: "health", SCOPE: TokenScope.ADMIN, COVER: Cover.NOTHING_CAPTURED},
        tags=["service"],
        summary="Get the metrics",
        media_type="text/plain",
    )
    async def show_metrics(admission: Admission) -> Response[bytes]:
        """Return counters and gauges in Prometheus' text format. None of them tells a path, or what was captured."""
        text = await admission.health.call(metrics.text)
        return Response(text, media_type=CONTENT_TYPE)

    return show_metrics
