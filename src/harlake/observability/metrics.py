"""Metrics for Prometheus, of one application: numbers, names of routes and texts of errors, and no paths.

Counted in the observer around the application, and not by Litestar's plugin: that is a middleware of routes, so it sees
nothing that is refused before them, and it takes 28 µs of each request for what takes 7 here.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from harlake.observability.limiters import LimiterRegistry
from harlake.observability.request_record import RequestRecord

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

#: Seconds. Listings take milliseconds, imports and exports as long as their files are large.
_BUCKETS: Final = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300)

#: Files of DuckDB beside the database itself, by what is appended to its name.
_CATALOG_FILES: Final = ("", ".wal")


class Metrics:
    """The metrics of one application; ``catalog`` is the file that its catalog is in."""

    def __init__(self, catalog: Path, limiters: LimiterRegistry) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # they would tell of each series when it began, which nobody asks
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._requests = Counter(
            "harlake_requests", "Requests that have ended.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "harlake_request_seconds",
            "Time from a request's head to its last byte.",
            ["route"],
            buckets=_BUCKETS,
            registry=registry,
        )
        self._refusals = Counter(
            "harlake_refusals", "Requests without the answer that was asked for.", ["reason"], registry=registry
        )
        self._imports = Counter("harlake_imports", "Imports that have ended.", ["result"], registry=registry)
        self._entries = Counter("harlake_imported_entries", "Entries that were imported.", registry=registry)
        self._received = Counter("harlake_received_bytes", "Bytes of requests' bodies.", registry=registry)
        self._sent = Counter("harlake_sent_bytes", "Bytes of answers' bodies.", registry=registry)
        #: Requests that are being answered.
        self.running = 0
        registry.register(_StateCollector(self, catalog, limiters))

    def count(self, method: str, route: str, seconds: float, record: RequestRecord) -> None:
        """Count a request that has ended."""
        self._requests.labels(method, route, record.status).inc()
        self._seconds.labels(route).observe(seconds)
        self._received.inc(record.received)
        self._sent.inc(record.sent)
        if record.reason is not None:
            self.refuse(record.reason)

    def count_import(self, record: RequestRecord) -> None:
        """Count an import that has ended, and its entries."""
        self._imports.labels(record.outcome).inc()
        self._entries.inc(record.entries or 0)

    def refuse(self, reason: str) -> None:
        """Count something that was refused; the reason is a constant, never a client's text."""
        self._refusals.labels(reason).inc()

    def text(self) -> bytes:
        """Return all metrics as Prometheus reads them. It looks at the disk: call it in a thread."""
        return generate_latest(self._registry)


class _StateCollector(Collector):
    """What is measured when somebody asks."""

    def __init__(self, metrics: Metrics, catalog: Path, limiters: LimiterRegistry) -> None:
        self._metrics = metrics
        self._catalog = catalog
        self._limiters = limiters

    def collect(self) -> Iterable[Metric]:
        """Measure now."""
        yield GaugeMetricFamily(
            "harlake_running_requests", "Requests that are being answered.", value=self._metrics.running
        )
        yield from self._limiter_metrics()
        with suppress(OSError):
            disk = shutil.disk_usage(self._catalog.parent)
            yield GaugeMetricFamily("harlake_disk_free_bytes", "Free on the disk of the data folder.", value=disk.free)
            yield GaugeMetricFamily("harlake_disk_used_bytes", "Used on the disk of the data folder.", value=disk.used)
            yield GaugeMetricFamily("harlake_catalog_bytes", "Size of the catalog.", value=self._catalog_bytes())

    def _limiter_metrics(self) -> Iterable[Metric]:
        gauges = {
            name: GaugeMetricFamily(f"harlake_limiter_{name}", text, labels=["limiter"])
            for name, text in (
                ("borrowed", "Of a limiter, what is taken."),
                ("total", "Of a limiter, what there is."),
                ("waiting", "Requests that wait for a limiter."),
            )
        }
        for limiter, usage in self._limiters.usages():
            for name, value in usage._asdict().items():
                gauges[name].add_metric([limiter], value)
        return gauges.values()

    def _catalog_bytes(self) -> int:
        files = (self._catalog.with_name(self._catalog.name + ending) for ending in _CATALOG_FILES)
        return sum(file.stat().st_size for file in files if file.exists())
