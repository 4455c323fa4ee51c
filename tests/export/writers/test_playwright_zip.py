"""HARs for Playwright: bodies are files, each once, and named; or all in the HAR."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile

from tests.support.exported import exchange, exported

_IMAGE = bytes(range(256))
_PNG = {"mimeType": "image/png", "encoding": "base64", "text": base64.b64encode(_IMAGE).decode()}
_ENTRIES = (
    exchange("http://a.test/1"),
    exchange("http://a.test/2"),
    exchange(
        "http://a.test/3",
        response={
            "content": {"mimeType": "image/png", "encoding": "base64", "text": base64.b64encode(_IMAGE).decode()}
        },
    ),
    exchange("http://a.test/4", "POST", request={"postData": {"mimeType": "application/json", "text": "{}"}}),
    exchange("http://a.test/5", response={"status": 204, "content": {"mimeType": "x-unknown"}}),
)


def _named(data: bytes, ending: str) -> str:
    return f"{hashlib.sha1(data, usedforsecurity=False).hexdigest()}.{ending}"


def test_bodies_are_files_that_are_called_by_their_digests() -> None:
    """Equal bodies are one file; the rest of a content stays, and what has no body has no file."""
    with zipfile.ZipFile(io.BytesIO(exported("playwright", *_ENTRIES))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    log = json.loads(files.pop("har.har"))["log"]
    ok, image, posted = _named(b"ok", "txt"), _named(_IMAGE, "png"), _named(b"{}", "json")
    assert files == {ok: b"ok", image: _IMAGE, posted: b"{}"}
    contents = [entry["response"]["content"] for entry in log["entries"]]
    assert [content.get("_file") for content in contents] == [ok, ok, image, ok, None]
    assert not any("text" in content or "encoding" in content for content in contents)
    assert log["entries"][3]["request"]["postData"] == {"mimeType": "application/json", "_file": posted}


def test_embedded_bodies_are_in_the_har() -> None:
    """It is one HAR, with what readers demand."""
    entries = json.loads(exported("playwright", *_ENTRIES, content="embed"))["log"]["entries"]
    assert [entry["response"]["content"].get("text") for entry in entries[:2]] == ["ok", "ok"]
    assert all("cookies" in entry["request"] for entry in entries)


def test_no_file_is_named_that_is_not_there() -> None:
    """Where bodies were beside the HAR that was imported, and did not come along."""
    missing = exchange(response={"content": {"mimeType": "text/plain", "_file": "away.txt"}})
    with zipfile.ZipFile(io.BytesIO(exported("playwright", missing))) as archive:
        assert archive.namelist() == ["har.har"]
        assert b"away.txt" not in archive.read("har.har")
    assert b"away.txt" not in exported("playwright", missing, content="embed")
