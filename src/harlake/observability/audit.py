"""The audit log: who has imported, read, exported, changed and removed what, as JSON lines in a file of its own.

A line is written when its request has ended, with one call to the system, so that the death of the process loses none
and no other line comes between. It is not forced onto the disk: that would make the event loop wait for the disk, for
each entry that is read. A file that has been moved away is left, and begun again.
"""

from __future__ import annotations

import json
import logging
import os
from contextlib import nullcontext
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any, Final

from harlake.observability.request_record import RequestRecord

_log = logging.getLogger(__name__)

#: What each route does. Routes that tell nothing of what was captured are not listed, nor is HEAD.
ACTIONS: Final = {
    ("POST", "/api/har/import"): "import",
    ("PUT", "/api/har/import"): "import",
    ("POST", "/api/uploads"): "upload",
    ("GET", "/api/uploads/{upload_id}"): "list",
    ("PATCH", "/api/uploads/{upload_id}"): "upload",
    ("POST", "/api/uploads/{upload_id}"): "upload",
    ("DELETE", "/api/uploads/{upload_id}"): "cancel",
    ("POST", "/api/har/export"): "export",
    ("GET", "/api/har/export/{session_id}"): "export",
    ("POST", "/api/sessions"): "create",
    ("GET", "/api/sessions"): "list",
    ("GET", "/api/sessions/{session_id}"): "list",
    ("PATCH", "/api/sessions/{session_id}"): "rename",
    ("DELETE", "/api/sessions/{session_id}"): "remove",
    ("GET", "/api/sessions/{session_id}/captures"): "list",
    ("GET", "/api/sessions/{session_id}/entries"): "list",
    ("GET", "/api/sessions/{session_id}/rows"): "list",
    ("GET", "/api/sessions/{session_id}/search"): "search",
    ("GET", "/api/sessions/{session_id}/stats"): "summarize",
    ("GET", "/api/sessions/{session_id}/timeline"): "summarize",
    ("GET", "/api/sessions/{session_id}/facets"): "summarize",
    ("GET", "/api/sessions/{session_id}/failures"): "summarize",
    ("GET", "/api/sessions/{a}/diff/{b}"): "compare",
    ("GET", "/api/diff"): "compare",
    ("POST", "/api/check"): "check",
    ("GET", "/api/captures"): "list",
    ("GET", "/api/captures/{capture_id}"): "list",
    ("GET", "/api/captures/{capture_id}/object"): "export",
    ("GET", "/api/captures/{capture_id}/problems"): "list",
    ("GET", "/api/captures/{capture_id}/gaps"): "list",
    ("GET", "/api/captures/{capture_id}/gaps/{number}"): "read gap",
    ("DELETE", "/api/captures/{capture_id}"): "remove",
    ("GET", "/api/entries/{entry_id}"): "read entry",
    ("GET", "/api/entries/{entry_id}/curl"): "read entry",
    ("GET", "/api/entries/{entry_id}/messages"): "read entry",
    ("GET", "/api/entries/{entry_id}/response-body"): "read body",
    ("GET", "/api/entries/{entry_id}/request-body"): "read body",
    ("GET", "/api/entries/{entry_id}/preview"): "read body",
    ("GET", "/api/imports"): "list",
    ("GET", "/api/imports/events"): "list",
    ("DELETE", "/api/imports/{import_id}"): "cancel",
    ("POST", "/api/login"): "sign in",
    ("DELETE", "/api/login"): "sign out",
    ("POST", "/api/sql"): "sql",
    ("GET", "/api/catalog"): "back up",
}

#: Statuses of requests that were not allowed, whatever they were for.
_DENIED: Final = frozenset({401, 403})


class AuditLog:
    """A file that lines are appended to; only its owner may read it, if it is new. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._file = _AuditFile(path, encoding="ascii")

    def write(self, line: dict[str, object]) -> None:
        """Append a line; where that fails, the log says so, and the request is answered all the same."""
        record = logging.LogRecord(__name__, logging.INFO, "", 0, json.dumps(line), None, None)
        self._file.handle(record)

    def reopen(self) -> None:
        """Look whether the file has been moved away, when no line is being written."""
        with self._file.lock or nullcontext():
            self._file.reopenIfNeeded()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class _AuditFile(WatchedFileHandler):
    """Opens a new file for its owner only, and keeps nothing back: logging would open it for everybody."""

    def _open(self) -> TextIOWrapper:
        file = open(self.baseFilename, "ab", buffering=0, opener=_open_private)  # noqa: SIM115
        return TextIOWrapper(file, encoding=self.encoding, write_through=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's name
        """Say that a line is lost."""
        _log.exception("the audit log cannot be written")


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def audit_line(action: str, record: RequestRecord, client: str | None, ids: dict[str, Any]) -> dict[str, object]:
    """Return the line of a request. ``ids`` are those in its path, by the names that its route gives them."""
    sessions = [ids[name] for name in ("session_id", "a", "b") if name in ids]
    entry = [ids["entry_id"]] if "entry_id" in ids else None
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "action": action,
        "result": record.outcome,
        "reason": record.reason,
        "token": record.token_id,
        "client": client,
        "sessions": [record.session] if record.session else sessions or None,
        "capture": record.capture,
        "entries": record.entry_ids or entry,
        "entryCount": record.entries,
        "status": record.status,
        "receivedBytes": record.received,
        "sentBytes": record.sent,
        "requestId": record.id,
    }
    return {name: value for name, value in line.items() if value is not None}


def action_of(method: str, route: str | None, record: RequestRecord) -> str | None:
    """Return what a request did, in the words of the audit log; None for what is not recorded."""
    if record.status in _DENIED:
        return "denied"
    return record.action or ACTIONS.get((method, route or ""))
