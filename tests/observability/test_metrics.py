"""Metrics of one application."""

from __future__ import annotations

from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from harlake.observability.limiters import LimiterRegistry, Usage
from harlake.observability.metrics import Metrics
from harlake.observability.request_record import RequestRecord

Samples = dict[tuple[str, ...], float]


def samples(text: str) -> Samples:
    """Return what Prometheus reads: values by name and the values of labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _metrics(folder: Path) -> tuple[Metrics, LimiterRegistry]:
    limiters = LimiterRegistry()
    return Metrics(folder / "catalog.duckdb", limiters), limiters


def test_requests_are_counted(tmp_path: Path) -> None:
    """By route, method and status; bytes in all, refusals by reason."""
    metrics, _ = _metrics(tmp_path)
    metrics.count("GET", "/api/x", 0.5, RequestRecord("r", status=200, sent=7, complete=True))
    metrics.count("GET", "/api/x", 0.5, RequestRecord("r", status=404, received=2, reason="Session not found"))
    found = samples(metrics.text().decode())
    assert found["harlake_requests_total", "GET", "/api/x", "200"] == 1
    assert found["harlake_requests_total", "GET", "/api/x", "404"] == 1
    assert found["harlake_refusals_total", "Session not found"] == 1
    assert (found["harlake_sent_bytes_total",], found["harlake_received_bytes_total",]) == (7, 2)
    assert (found["harlake_request_seconds_count", "/api/x"], found["harlake_request_seconds_sum", "/api/x"]) == (2, 1)


def test_imports_are_counted(tmp_path: Path) -> None:
    """By what became of them, with their entries."""
    metrics, _ = _metrics(tmp_path)
    metrics.count_import(RequestRecord("r", status=200, complete=True, entries=5))
    metrics.count_import(RequestRecord("r", status=400, complete=True))
    found = samples(metrics.text().decode())
    assert (found["harlake_imports_total", "done"], found["harlake_imports_total", "refused"]) == (1, 1)
    assert found["harlake_imported_entries_total",] == 5


def test_state_is_measured_when_it_is_asked_for(tmp_path: Path) -> None:
    """Limiters, the catalog with its log, the disk, and the process."""
    metrics, limiters = _metrics(tmp_path)
    limiters.register("imports", lambda: Usage(2, 4, 1))
    (tmp_path / "catalog.duckdb").write_bytes(b"12345")
    (tmp_path / "catalog.duckdb.wal").write_bytes(b"123")
    found = samples(metrics.text().decode())
    assert [found[f"harlake_limiter_{name}", "imports"] for name in ("borrowed", "total", "waiting")] == [2, 4, 1]
    assert found["harlake_catalog_bytes",] == 8
    assert found["harlake_disk_free_bytes",] > 0
    assert found["process_resident_memory_bytes",] > 1e6
    assert found["process_open_fds",] > 0


def test_applications_count_for_themselves(tmp_path: Path) -> None:
    """There is no registry of the process."""
    (one, _), (other, _) = _metrics(tmp_path), _metrics(tmp_path)
    one.refuse("x")
    assert ("harlake_refusals_total", "x") in samples(one.text().decode())
    assert ("harlake_refusals_total", "x") not in samples(other.text().decode())


def test_no_path_is_told(tmp_path: Path) -> None:
    """Not even of the data folder, nor where that is gone."""
    metrics, _ = _metrics(tmp_path / "gone")
    text = metrics.text().decode()
    assert str(tmp_path) not in text
    assert "harlake_disk_free_bytes" not in text
