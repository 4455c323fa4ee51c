"""Uploads without their secrets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import anyio
import pytest
from anyio import CapacityLimiter

from harlake.errors import BadRequestError, HarlakeError
from harlake.har.redact.config import Config
from harlake.limits import DEFAULT_LIMITS
from harlake.upload.multipart import FileChunk, FileStart, TextField, UploadEvent
from harlake.upload.redacted_upload import redacted_pieces, without_secrets

_TOKEN = "qZ7xW2mK9pL4vN8tR3yB6cD1"
_ENTRIES = [{"request": {"url": f"http://a/{_TOKEN}"}}, {"request": {"url": f"http://a/?token={_TOKEN}"}}]
_HAR = json.dumps({"log": {"version": "1.2", "comment": _TOKEN, "entries": _ENTRIES}, "x": _TOKEN}).encode()


def test_pieces() -> None:
    """Both passes: what is learned of a later entry goes from an earlier one, and from the envelope."""
    text = b"".join(redacted_pieces(BytesIO(_HAR), Config(), DEFAULT_LIMITS, BytesIO()))
    assert _TOKEN.encode() not in text
    har = json.loads(text)
    assert len(har["log"]["entries"]) == 2
    assert "redacted by harlake" in har["log"]["comment"]
    assert har["x"].startswith("REDACTED-token-")


def _after(fields: list[UploadEvent], folder: Path) -> list[UploadEvent]:
    async def events() -> AsyncIterator[UploadEvent]:
        for event in fields:
            yield event

    async def collect() -> list[UploadEvent]:
        return [event async for event in without_secrets(events(), folder, CapacityLimiter(1), DEFAULT_LIMITS)]

    return anyio.run(collect)


def test_events(tmp_path: Path) -> None:
    """The file is another one, and what came in is nowhere; without the field, all is as it was."""
    file: list[UploadEvent] = [FileStart("a.har"), FileChunk(_HAR[:50]), FileChunk(_HAR[50:])]
    events = _after([TextField("redact", "secrets"), *file, TextField("sessionName", "S")], tmp_path)
    assert [type(event) for event in events[:2]] == [FileStart, TextField]
    text = b"".join(event.data for event in events if isinstance(event, FileChunk))
    assert text
    assert _TOKEN.encode() not in text
    assert not list(tmp_path.iterdir())
    assert _after(file, tmp_path) == file


@pytest.mark.parametrize(
    "events",
    [
        [TextField("redact", "none"), FileStart("a")],
        [FileStart("a"), TextField("redact", "secrets"), TextField("redact", "x")],
        [TextField("redact", "secrets"), TextField("salvage", "true"), FileStart("a")],
        [TextField("salvage", "true"), TextField("redact", "secrets"), FileStart("a")],
    ],
)
def test_refused(events: list[UploadEvent], tmp_path: Path) -> None:
    """A level that is none, what comes too late, and what does not go together."""
    with pytest.raises(BadRequestError):
        _after(events, tmp_path)


def test_what_is_no_har(tmp_path: Path) -> None:
    """It is refused as any other, and leaves nothing."""
    with pytest.raises(HarlakeError):
        _after([TextField("redact", "secrets"), FileStart("a"), FileChunk(b"{]")], tmp_path)
    assert not list(tmp_path.iterdir())
