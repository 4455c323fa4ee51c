"""Writing to S3: a request for what is small, parts for what is not, and nothing is left of what is discarded."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from harlake.errors import InsufficientStorageError, StorageUnavailableError
from harlake.limits import KIB, MIB
from harlake.store import s3_sink
from harlake.store.s3_objects import S3Objects
from tests.support.faulty_proxy import Fault, FaultyProxy, ProxiedRequest

_PART_BYTES = 5 * MIB


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_sink, "_PART_BYTES", _PART_BYTES)


def _nothing() -> None:
    """Let there be room."""


def _name() -> str:
    return f"{uuid.uuid4()}.parquet"


def _kinds(proxy: FaultyProxy) -> list[str]:
    return [_kind(request) for request in proxy.requests]


def _kind(request: ProxiedRequest) -> str:
    for name in ("uploads", "partNumber", "uploadId"):
        if name in request.query:
            return f"{request.method} {name}"
    return request.method


def test_a_small_object_is_one_request(proxied: S3Objects, proxy: FaultyProxy) -> None:
    """It is sent when it is complete."""
    sink = proxied.sink(_name(), _nothing)
    sink.write(bytes(_PART_BYTES - 1))
    assert proxy.requests == []
    sink.close()
    assert _kinds(proxy) == ["PUT"]


def test_a_large_object_is_sent_while_it_is_written(proxied: S3Objects, proxy: FaultyProxy) -> None:
    """A part at a time; the last one and the end of the upload are all that is left when it is complete."""
    sink = proxied.sink(_name(), _nothing)
    sink.write(bytes(2 * _PART_BYTES))
    sink._sending.wait()
    assert _kinds(proxy) == ["POST uploads", "PUT partNumber", "PUT partNumber"]
    sink.write(b"x")
    sink.close()
    assert _kinds(proxy)[3:] == ["PUT partNumber", "POST uploadId"]


def test_an_upload_that_is_discarded_is_aborted(proxied: S3Objects, proxy: FaultyProxy) -> None:
    """So that nobody pays for parts that nobody sees."""
    sink = proxied.sink(_name(), _nothing)
    sink.write(bytes(_PART_BYTES))
    sink.discard()
    assert _kinds(proxy)[-1] == "DELETE uploadId"
    assert list(proxied.stored()) == []


def test_an_object_that_may_be_there_is_removed(proxied: S3Objects, proxy: FaultyProxy) -> None:
    """Where the answer to its last request is lost, and it cannot be asked for, nobody knows whether it is complete."""
    name = _name()
    sink = proxied.sink(name, _nothing)
    sink.write(b"x")
    proxy.faults = lambda request: Fault(403, is_late=True) if request.method != "DELETE" else None
    with pytest.raises(StorageUnavailableError):
        sink.close()
    proxy.faults = lambda _: None
    assert [stored.name for stored in proxied.stored()] == [name]
    sink.discard()
    assert list(proxied.stored()) == []


def test_a_completion_whose_answer_is_lost_is_one(proxied: S3Objects, proxy: FaultyProxy) -> None:
    """Asked again, S3 knows nothing of the upload: the object is there."""
    name = _name()
    sink = proxied.sink(name, _nothing)
    sink.write(bytes(_PART_BYTES + 1))
    proxy.faults = lambda request: Fault(404, is_late=True) if _kind(request) == "POST uploadId" else None
    sink.close()
    sink.discard()
    assert [(stored.name, stored.length) for stored in proxied.stored()] == [(name, _PART_BYTES + 1)]


def test_what_waits_is_in_a_private_file_without_a_name(s3_objects: S3Objects, tmp_path: Path) -> None:
    """Little of it is in memory, however many are stalled; the folder seems empty."""
    sinks = [s3_objects.sink(_name(), _nothing) for _ in range(3)]
    for sink in sinks:
        sink.write(os.urandom(256 * KIB + 1))
        assert sink._part is not None
        assert sink._part._rolled  # type: ignore[attr-defined]
        assert os.fstat(sink._part.fileno()).st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == []
    for sink in sinks:
        sink.discard()


def test_more_parts_than_s3_has_are_refused(s3_objects: S3Objects, monkeypatch: pytest.MonkeyPatch) -> None:
    """With how much there may be."""
    monkeypatch.setattr(s3_sink, "_MOST_PARTS", 2)
    sink = s3_objects.sink(_name(), _nothing)
    with pytest.raises(InsufficientStorageError, match=f"{2 * _PART_BYTES} bytes at most"):
        sink.write(bytes(2 * _PART_BYTES + 1))
    sink.discard()
