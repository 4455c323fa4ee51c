"""The observer around the application: it names each request, and logs, counts and audits it when it has ended.

Of a request's path it tells the route, never the values in it, nor anything of its query, its headers or its bodies.
"""

from __future__ import annotations

import ipaddress
import logging
import random
import re
import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from http import HTTPMethod, HTTPStatus
from typing import Any, Final

from harlake.observability.audit import AuditLog, action_of, audit_line
from harlake.observability.logs import log_event
from harlake.observability.metrics import Metrics
from harlake.observability.request_record import RequestRecord, observing

_log = logging.getLogger("harlake.requests")

#: What a client may call its request. Another name is replaced.
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_HEADER: Final = b"x-request-id"

#: Names, and no secrets: asking the system for each took as long as all the rest of the observer.
_ids_of_requests: Final = random.Random()  # noqa: S311

_METHODS: Final = frozenset(method.value for method in HTTPMethod)

#: The route of what has none: the path itself is a client's text.
_NO_ROUTE: Final = "-"

#: What a proxy calls the status of an answer that its client did not wait for.
_CLIENT_LEFT: Final = 499

#: Actions that have a line of their own in the log.
_LOGGED: Final = frozenset({"import", "export", "remove"})


class RequestObserver:
    """An ASGI application around another one. ``audit`` is where the audit log goes, None for nowhere."""

    def __init__(self, app: Any, metrics: Metrics, audit: AuditLog | None) -> None:
        self._app = app
        self._metrics = metrics
        self._audit = audit

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request by the application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        record = RequestRecord(_request_id(scope["headers"]))
        own_header = (_HEADER, record.id.encode("ascii"))
        has_body = scope["method"] != "HEAD"
        length: int | None = None

        async def observed_receive() -> Any:
            message = await receive()
            if message["type"] == "http.request":
                record.received += len(message.get("body", b""))
            elif not record.complete:
                record.client_left = True
            return message

        async def observed_send(message: Any) -> None:
            nonlocal length
            if message["type"] == "http.response.start":
                record.status = message["status"]
                headers = message.get("headers", ())
                length = _length(headers) if has_body else 0
                message["headers"] = [*headers, own_header]
            elif message["type"] == "http.response.body":
                record.sent += len(message.get("body", b"")) if has_body else 0
            # Clients that have all that was announced to them may leave before it is said that nothing follows.
            ends = message["type"] == "http.response.body" and not message.get("more_body", False)
            record.complete = ends or record.sent == length
            await send(message)

        began = time.perf_counter()
        self._metrics.running += 1
        try:
            with observing(record):
                await self._app(scope, observed_receive, observed_send)
        finally:
            self._metrics.running -= 1
            self._report(scope, record, time.perf_counter() - began)

    def _report(self, scope: Any, record: RequestRecord, seconds: float) -> None:
        """Log, count and audit a request that has ended."""
        method = scope["method"] if scope["method"] in _METHODS else "-"
        route = scope.get("path_template") or _NO_ROUTE
        client = _address((scope.get("client") or [None])[0])
        _conclude(record)
        log_event(
            _log,
            logging.INFO,
            "request",
            method=method,
            path=route,
            status=record.status,
            bytes=record.sent,
            ms=round(seconds * 1000, 1),
            client=client,
            request_id=record.id,
        )
        self._metrics.count(method, route, seconds, record)
        action = action_of(method, route, record)
        if action == "import":
            self._metrics.count_import(record)
        if action is None and record.reason is None:
            return
        ids = _ids(scope.get("path_params", {}))
        _log_outcome(action, record, seconds, ids)
        if self._audit is not None and action is not None:
            self._audit.write(audit_line(action, record, client, ids))


def _conclude(record: RequestRecord) -> None:
    """Give a request that did not come to its end the status and the reason that say so."""
    if record.client_left:
        record.status, record.reason = _CLIENT_LEFT, "Client left"
    elif not record.complete:
        record.reason = "Cut off"
    elif record.status >= HTTPStatus.BAD_REQUEST and record.reason is None:
        with suppress(ValueError):
            record.reason = HTTPStatus(record.status).phrase


def _log_outcome(action: str | None, record: RequestRecord, seconds: float, ids: dict[str, str]) -> None:
    """Log an import, an export or a removal, and a refusal of anything."""
    if action in _LOGGED:
        log_event(
            _log,
            logging.INFO,
            action,
            result=record.outcome,
            entries=record.entries,
            bytes=record.received if action == "import" else record.sent,
            seconds=round(seconds, 3),
            session=record.session or ids.get("session_id"),
            capture=record.capture,
            request_id=record.id,
        )
    if record.reason is not None:
        level = logging.INFO if record.outcome in ("refused", "client left") else logging.WARNING
        log_event(_log, level, "refusal", reason=record.reason, status=record.status, request_id=record.id)


def _length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    return next((int(value) for name, value in headers if name.lower() == b"content-length"), None)


def _request_id(headers: list[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == _HEADER and _REQUEST_ID.fullmatch(value):
            return value.decode("ascii")
    return f"{_ids_of_requests.getrandbits(64):016x}"


@lru_cache(256)
def _address(host: str | None) -> str | None:
    """Return a client's IP address. A proxy may be trusted to say it, and says whatever it was told."""
    try:
        return None if host is None else str(ipaddress.ip_address(host))
    except ValueError:
        return None


def _ids(path_params: dict[str, Any]) -> dict[str, str]:
    """Return those values of a path that are ids: anything else is a client's text."""
    ids = {}
    for name, value in path_params.items():
        with suppress(ValueError):
            ids[name] = str(uuid.UUID(str(value)))
    return ids
