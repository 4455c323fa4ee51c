"""/api/uploads: imports that go on where they ended, whatever ended them."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harlake.limits import UPLOAD_SECONDS
from tests.support.hars import UNKNOWN_ID, export, generated, numbered, saved, wait_for
from tests.support.server import Server, start_server
from tests.support.tus import TUS, begin, metadata, request, send, sending

_DIGEST = "Upload-Checksum: sha1 "


def _sha1(data: bytes) -> str:
    return base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()


def _part(folder: Path, data: bytes) -> Path:
    return saved(folder / f"{len(data)}.part", data)


def _left(server: Server) -> list[str]:
    """Return what is in the folder of uploads, but for descriptions of those that are over."""
    return [path.name for path in (server.data_dir / "uploads").glob("*") if path.suffix != ".json"]


def test_what_there_is_of_tus(api: Server) -> None:
    """Without a token as well, as clients ask first."""
    offered = request(api, "OPTIONS", "/api/uploads")
    assert offered.status == 204
    assert offered.headers["tus-version"] == "1.0.0"
    assert set(offered.headers["tus-extension"].split(",")) == {
        *("creation", "creation-with-upload", "expiration", "checksum", "termination")
    }
    assert "sha1" in offered.headers["tus-checksum-algorithm"].split(",")


@pytest.mark.slow
@given(st.lists(st.integers(0, 100_000), max_size=6), st.booleans(), st.booleans())
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_arrives_in_parts(
    api: Server, tmp_path: Path, cuts: list[int], is_checked: bool, with_first: bool
) -> None:
    """However it is cut, it is imported as one, and every byte of it is there."""
    text = numbered(150)
    bounds = sorted({0, len(text), *(cut % len(text) for cut in cuts)})
    path = None
    if with_first:
        part = _part(tmp_path, text[: bounds[1]])
        path = begin(api, len(text), "-H", "Content-Type: application/offset+octet-stream", "--data-binary", f"@{part}")
        bounds = bounds[1:]
    path = path or begin(api, len(text), filename="cut.har")
    for start, end in pairwise(bounds):
        piece = text[start:end]
        checked = ("-H", _DIGEST + _sha1(piece)) if is_checked else ()
        sent = send(api, path, start, _part(tmp_path, piece), *checked)
        assert (sent.status, sent.headers["upload-offset"]) == (204, str(end))
    shown = request(api, "GET", path).json
    assert (shown["state"], shown["offset"], shown["length"]) == ("done", len(text), len(text))
    result = shown["result"]
    assert (result["imported"], result["sha256"]) == (150, hashlib.sha256(text).hexdigest())
    assert json.loads(export(api, result["sessionId"]))["log"]["entries"] == json.loads(text)["log"]["entries"]
    assert _left(api) == []


@pytest.mark.slow
def test_it_goes_on_after_the_service_was_killed(own_server: Server, tmp_path: Path) -> None:
    """From where it had come to; nothing half imported was ever seen, and nothing is left behind."""
    text = numbered(20_000)
    path = begin(own_server, len(text), filename="killed.har", sessionName="Mine")
    half = len(text) // 2
    with sending(own_server, path, 0, len(text)) as connection:
        connection.sendall(text[:half])
        wait_for(lambda: [one["entries"] for one in own_server.json("/api/imports")["imports"]] > [0])
        own_server.kill()
    server = start_server(own_server.data_dir)
    assert server.json("/api/sessions") == {"sessions": []}
    offset = int(request(server, "HEAD", path).headers["upload-offset"])
    assert 0 <= offset <= half
    sent = send(server, path, offset, _part(tmp_path, text[offset:]))
    assert (sent.status, sent.headers["upload-offset"]) == (204, str(len(text)))
    result = request(server, "GET", path).json["result"]
    assert (result["imported"], result["sessionName"]) == (20_000, "Mine")
    assert _left(server) == []
    assert len(list((server.data_dir / "captures").iterdir())) == 1
    assert server.stop() == 0


@pytest.mark.slow
def test_what_had_arrived_is_imported_without_its_client(own_server: Server, tmp_path: Path) -> None:
    """A service that died between the last byte and the end of the import does the rest when it starts."""
    text = numbered(100)
    path = begin(own_server, len(text))
    send(own_server, path, 0, _part(tmp_path, text[:-1]))
    own_server.kill()
    # As if the last byte had come, and been written, just before.
    (bytes_file,) = (own_server.data_dir / "uploads").glob("*.part")
    bytes_file.write_bytes(text)
    bytes_file.with_suffix(".offset").write_bytes(b"%020d" % len(text))
    (own_server.data_dir / "uploads" / "x.json.new").write_bytes(b"{")
    server = start_server(own_server.data_dir)
    wait_for(lambda: request(server, "GET", path).json["state"] == "done")
    assert server.json("/api/sessions")["sessions"][0]["entryCount"] == 100
    assert _left(server) == []
    assert server.stop() == 0


@pytest.mark.slow
@pytest.mark.parametrize("is_complete", [False, True])
def test_an_answer_that_was_written_down_is_true_only_with_its_capture(
    own_server: Server, tmp_path: Path, is_complete: bool
) -> None:
    """A crash just before the end imports the file again, one just after it does not."""
    text = numbered(3)
    path = begin(own_server, len(text))
    send(own_server, path, 0, _part(tmp_path, text))
    result = request(own_server, "GET", path).json["result"]
    own_server.kill()
    (description,) = (own_server.data_dir / "uploads").glob("*.json")
    described = json.loads(description.read_bytes())
    described["outcome"]["capture"] = result["captureId"] if is_complete else UNKNOWN_ID
    description.write_text(json.dumps(described))
    description.with_suffix(".part").write_bytes(text)
    description.with_suffix(".offset").write_bytes(b"%020d" % len(text))
    server = start_server(own_server.data_dir)
    wait_for(lambda: request(server, "GET", path).json["state"] == "done")
    wait_for(lambda: _left(server) == [])
    assert len(server.json("/api/captures")["captures"]) == (1 if is_complete else 2)
    assert server.stop() == 0


def test_what_is_wrong_with_a_file_is_said_as_soon_as_it_is_known(api: Server, tmp_path: Path) -> None:
    """With its place, to whoever sends more of it; nothing is kept, and the upload is not taken for complete."""
    bad = numbered(100)[:-2] + b"x" * 2_000_000
    path = begin(api, len(bad) + 1_000_000_000)
    assert send(api, path, 0, _part(tmp_path, bad)).status in (204, 400)
    # For a moment, it counts what is whole in what else comes.
    wait_for(lambda: request(api, "GET", path).json["state"] == "refused")
    sent = send(api, path, len(bad), _part(tmp_path, b"x"))
    assert sent.status == 400
    assert sent.json["error"] == "Invalid HAR file format"
    assert sent.json["line"] == 1
    assert request(api, "HEAD", path).headers["upload-offset"] == "0"
    shown = request(api, "GET", path).json
    assert (shown["state"], shown["error"]) == ("refused", sent.json)
    assert send(api, path, 0, _part(tmp_path, b"y")).json == sent.json
    assert api.json("/api/sessions") == {"sessions": []}
    assert _left(api) == []


def test_bytes_that_are_not_those_that_were_sent_are_not_kept(api: Server, tmp_path: Path) -> None:
    """Nor are those that do not begin where the others end."""
    text = numbered(10)
    path = begin(api, len(text))
    part = _part(tmp_path, text[:1_000])
    wrong = send(api, path, 0, part, "-H", _DIGEST + _sha1(b"other"))
    assert (wrong.status, wrong.json["error"]) == (460, "Checksum mismatch")
    assert request(api, "HEAD", path).headers["upload-offset"] == "0"
    assert send(api, path, 0, part, "-H", _DIGEST + _sha1(text[:1_000])).status == 204
    for offset in (0, 999, 1_001):
        behind = send(api, path, offset, part)
        assert (behind.status, behind.json["error"]) == (409, "Upload offset conflict")
    longer = send(api, path, 1_000, _part(tmp_path, text))
    assert (longer.status, longer.json["error"]) == (413, "Upload too large")
    assert send(api, path, 1_000, _part(tmp_path, text[1_000:])).status == 204


def test_an_upload_is_ended(api: Server, tmp_path: Path) -> None:
    """And nothing of it is left, neither by DELETE nor by what stands for it where proxies let none through."""
    text = numbered(100)
    for method, override in (("DELETE", ()), ("POST", ("-H", "X-HTTP-Method-Override: DELETE"))):
        path = begin(api, len(text))
        half = _part(tmp_path, text[: len(text) // 2])
        said = ("-H", "X-HTTP-Method-Override: PATCH", "-H", "Upload-Offset: 0", "-X", "POST")
        kind = ("-H", "Content-Type: application/offset+octet-stream")
        assert request(api, "POST", path, *said, *kind, "--data-binary", f"@{half}").status == 204
        assert request(api, method, path, *override).status == 204
        assert request(api, "HEAD", path).status == 404
        assert request(api, "DELETE", path).json["error"] == "Upload not found"
    assert (_left(api), api.json("/api/imports")) == ([], {"imports": []})
    assert api.json("/api/captures") == {"captures": [], "next": None}


@pytest.mark.slow
def test_what_nobody_goes_on_with_expires(own_server: Server, tmp_path: Path) -> None:
    """A day after the last byte; when that will be is said."""
    text = numbered(10)
    old, new = (begin(own_server, len(text)) for _ in range(2))
    sent = send(own_server, old, 0, _part(tmp_path, text[:100]))
    assert "gmt" in sent.headers["upload-expires"]
    own_server.kill()
    then = time.time() - UPLOAD_SECONDS - 1
    for path in (own_server.data_dir / "uploads").glob(f"{old.rpartition('/')[2]}*"):
        os.utime(path, (then, then))
    server = start_server(own_server.data_dir)
    wait_for(lambda: request(server, "HEAD", old).status == 404)
    assert request(server, "HEAD", new).status == 200
    assert server.stop() == 0


@pytest.mark.parametrize(
    ("said", "status", "error"),
    [
        (("Upload-Length: x",), 400, "Invalid request"),
        ((), 400, "Invalid request"),
        (("Upload-Length: 5", "Upload-Metadata: filename ="), 400, "Invalid request"),
        (("Upload-Length: 5", f"Upload-Metadata: {metadata(sessionId=UNKNOWN_ID)}"), 404, "Session not found"),
        (("Upload-Length: 5", f"Upload-Metadata: {metadata(salvage='maybe')}"), 400, "Invalid request"),
        (("Upload-Length: 5", f"Upload-Metadata: {metadata(redact='secrets')}"), 400, "Invalid request"),
        (("Upload-Length: 5", "Tus-Resumable: 0.2"), 412, "Unsupported tus version"),
        (("Upload-Length: 5", "Content-Type: text/plain", "Upload-Checksum: x"), 415, "Unsupported media type"),
    ],
)
def test_an_upload_that_cannot_be_is_refused_at_once(
    api: Server, said: tuple[str, ...], status: int, error: str
) -> None:
    """Before any of it is sent."""
    options = [part for header in said for part in ("-H", header)]
    body = ("--data-binary", "xxxxx") if "Content-Type: text/plain" in said else ("-H", "Content-Length: 0")
    version = () if any(header.startswith("Tus-Resumable") for header in said) else TUS
    found = api.status("-X", "POST", "/api/uploads", *version, *options, *body)
    assert (found[0], found[1]["error"]) == (status, error)


@pytest.mark.slow
def test_a_request_that_hangs_gives_way(api: Server, tmp_path: Path) -> None:
    """A client that has lost its connection goes on by another, though the service does not know yet."""
    text = numbered(100)
    path = begin(api, len(text))
    with sending(api, path, 0, len(text)) as connection:
        connection.sendall(text[:1_000])
        wait_for(lambda: request(api, "HEAD", path).headers["upload-offset"] == "1000")
        assert connection.recv(1_000).split()[1] == b"423"
    assert send(api, path, 1_000, _part(tmp_path, text[1_000:])).status == 204


@pytest.mark.long
def test_five_gigabytes_go_on_after_kills(tmp_path: Path) -> None:
    """However often the service dies on the way."""
    file = generated(tmp_path / "large.har", "tiny", 5_000_000_000)
    size = file.stat().st_size
    server = start_server(tmp_path / "data")
    path = begin(server, size)
    for quarter in (1, 2, 3):
        offset = _offset(server, path)
        with sending(server, path, offset, size - offset) as connection, file.open("rb") as data:
            connection.sendfile(data, offset, size // 4 * quarter - offset)
        server.kill()
        server = start_server(tmp_path / "data")
    offset = _offset(server, path)
    assert offset > size // 2
    with sending(server, path, offset, size - offset) as connection, file.open("rb") as data:
        connection.sendfile(data, offset)
        assert connection.recv(1_000).split()[1] == b"204"
    result = request(server, "GET", path).json["result"]
    assert result["uploadBytes"] == size
    assert server.peak_resident() < 400_000_000
    assert server.stop() == 0


def _offset(server: Server, path: str) -> int:
    return int(request(server, "HEAD", path).headers["upload-offset"])
