"""What an observer sees of a request, whatever the application around which it is does."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import anyio
import pytest

from harlake.observability.audit import AuditLog
from harlake.observability.limiters import LimiterRegistry
from harlake.observability.metrics import Metrics
from harlake.observability.request_observer import RequestObserver
from harlake.observability.request_record import RequestRecord, current_record
from tests.observability.test_metrics import Samples, samples

_START = {"type": "http.response.start", "status": 200, "headers": []}
_SIZED = {"type": "http.response.start", "status": 200, "headers": [(b"Content-Length", b"3")]}


def _body(body: bytes, *, more: bool) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


class _Answers:
    """An application that sends given messages, and looks for more of the request before the last of them, or fails."""

    def __init__(self, *messages: dict[str, Any], error: BaseException | None = None) -> None:
        self._messages = messages
        self._error = error
        self.record: RequestRecord | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.record = current_record()
        scope["path_template"] = "/api/entries/{entry_id}"
        await receive()
        for message in self._messages:
            await send(dict(message))
        await receive()
        if self._error is not None:
            raise self._error


class _Observed:
    """A request that was observed: its record, the messages that were sent, and what was counted and written."""

    def __init__(self, app: _Answers, folder: Path, **scope: Any) -> None:
        file = folder / "audit"
        audit = AuditLog(file)
        metrics = Metrics(folder / "catalog", LimiterRegistry())
        observer = RequestObserver(app, metrics, audit)
        self.sent: list[dict[str, Any]] = []
        asked: list[dict[str, Any]] = [{"type": "http.request", "body": b"12345"}, {"type": "http.disconnect"}]

        async def receive() -> dict[str, Any]:
            return asked.pop(0)

        async def send(message: dict[str, Any]) -> None:
            self.sent.append(message)

        request = {"type": "http", "method": "GET", "headers": [], "client": ("192.0.2.1", 7), "state": {}} | scope
        anyio.run(observer, request, receive, send)
        audit.close()
        assert app.record is not None
        self.record = app.record
        self.counted: Samples = samples(metrics.text().decode())
        self.audited: list[Any] = [json.loads(line) for line in file.read_text().splitlines()]


def test_an_answer_is_complete_with_its_last_byte(tmp_path: Path) -> None:
    """Its id is among its headers, bytes are counted both ways, and who it was is recorded."""
    entry = "00000000-0000-8000-8000-000000000007"
    app = _Answers(_START, _body(b"ab", more=True), _body(b"c", more=False))
    seen = _Observed(app, tmp_path, path_params={"entry_id": entry})
    assert (seen.record.outcome, seen.record.received, seen.record.sent) == ("done", 5, 3)
    assert seen.sent[0]["headers"] == [(b"x-request-id", seen.record.id.encode())]
    assert seen.counted["harlake_requests_total", "GET", "/api/entries/{entry_id}", "200"] == 1
    (line,) = seen.audited
    assert (line["action"], line["entries"]) == ("read entry", [entry])
    assert line["client"] == "192.0.2.1"


@pytest.mark.parametrize(
    ("method", "messages"),
    [("GET", [_SIZED, _body(b"abc", more=True)]), ("HEAD", [_SIZED]), ("HEAD", [_START, _body(b"abc", more=False)])],
)
def test_a_client_that_has_all_may_leave(tmp_path: Path, method: str, messages: list[dict[str, Any]]) -> None:
    """Curl closes the connection as soon as it has what was announced."""
    seen = _Observed(_Answers(*messages), tmp_path, method=method)
    assert (seen.record.outcome, seen.record.sent) == ("done", 3 if method == "GET" else 0)


def test_a_client_that_leaves_early_is_seen(tmp_path: Path) -> None:
    """Its request has the status that proxies give it."""
    seen = _Observed(_Answers(_SIZED, _body(b"ab", more=True)), tmp_path)
    assert (seen.record.outcome, seen.record.status) == ("client left", 499)
    assert seen.counted["harlake_refusals_total", "Client left"] == 1


def test_a_failure_is_counted_and_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An answer that fails after its first byte is cut off; the server learns of the error."""
    app = _Answers(_START, _body(b"ab", more=True), error=ValueError("secret"))
    caplog.set_level(logging.INFO)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: dict[str, Any]) -> None:
        pass

    metrics = Metrics(tmp_path / "catalog", LimiterRegistry())
    request = {"type": "http", "method": "GET", "headers": [], "state": {}}
    with pytest.raises(ValueError, match="secret"):
        anyio.run(RequestObserver(app, metrics, None), request, receive, send)
    found = samples(metrics.text().decode())
    assert found["harlake_refusals_total", "Cut off"] == 1
    assert found["harlake_running_requests",] == 0
    assert [record.message for record in caplog.records] == ["request", "refusal"]
    assert "secret" not in caplog.text


@pytest.mark.parametrize("client", [None, ("secret", 7)])
def test_only_addresses_are_told(tmp_path: Path, client: tuple[str, int] | None) -> None:
    """A proxy that is trusted says whatever it was told; a Unix socket has no address."""
    app = _Answers(_START, _body(b"", more=False))
    (line,) = _Observed(app, tmp_path, client=client, path_params={"entry_id": "secret"}).audited
    assert "client" not in line
    assert "secret" not in json.dumps(line)


def test_methods_that_are_none_are_not_told(tmp_path: Path) -> None:
    """They would be labels that a client makes up."""
    seen = _Observed(_Answers(_START, _body(b"", more=False)), tmp_path, method="SECRET")
    assert seen.counted["harlake_requests_total", "-", "/api/entries/{entry_id}", "200"] == 1


def test_what_is_no_request_goes_through(tmp_path: Path) -> None:
    """The application's start and end are not observed."""
    app = _Answers()
    observer = RequestObserver(app, Metrics(tmp_path / "catalog", LimiterRegistry()), None)

    async def receive() -> dict[str, Any]:
        return {"type": "lifespan.startup"}

    anyio.run(observer, {"type": "lifespan"}, receive, None)
    assert app.record is not None
    assert app.record.id == ""
