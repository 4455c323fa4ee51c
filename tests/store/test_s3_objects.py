"""Objects in a bucket, through a service that fails for a moment, for long, and is slow."""

from __future__ import annotations

import os
import uuid
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from harlake.errors import DataDirError, StorageUnavailableError
from harlake.limits import MIB
from harlake.store import s3_bucket, s3_sink
from harlake.store.objects import ObjectStore
from harlake.store.s3_objects import S3Objects
from tests.support.faulty_proxy import Fault, FaultyProxy, each
from tests.support.s3 import CREDENTIALS, S3Server, weed

_PART_BYTES = 5 * MIB
_DATA = os.urandom(2 * _PART_BYTES + 1)
_DOWN = Fault(0)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make uploads of several parts out of little, and give up soon."""
    monkeypatch.setattr(s3_sink, "_PART_BYTES", _PART_BYTES)
    backoff = {"init_backoff": timedelta(milliseconds=10), "max_backoff": timedelta(milliseconds=20), "base": 2}
    monkeypatch.setattr(s3_bucket, "_RETRIES", {"max_retries": 3, "backoff": backoff})


def _nothing() -> None:
    """Let there be room."""


def _name() -> str:
    return f"{uuid.uuid4()}.har.zst"


def _write(objects: ObjectStore, name: str, data: bytes = _DATA) -> None:
    sink = objects.sink(name, _nothing)
    try:
        for start in range(0, len(data), MIB):
            sink.write(data[start : start + MIB])
        sink.close()
    finally:
        sink.discard()


def _read(objects: ObjectStore, name: str, ahead: int = 0, piece: int = MIB) -> bytes:
    with closing(objects.open(name, ahead)) as source:
        return b"".join(source.read(start, piece) for start in range(0, len(_DATA), piece))


@pytest.mark.parametrize("url", ["", "s3:", "s3://", "s3://A", "http://bucket/x", "s3://bucket/a b", "s3://bucket?x=1"])
def test_a_url_names_a_bucket(url: str, tmp_path: Path) -> None:
    """And may have a prefix; what is no such URL is refused."""
    with pytest.raises(DataDirError, match="is no URL such as s3://bucket/prefix"):
        S3Objects(url, "captures", tmp_path)


def test_folders_of_a_bucket_are_apart(s3_environment: str, tmp_path: Path) -> None:
    """So are prefixes; slashes that mean nothing are left out."""
    name = _name()
    _write(S3Objects(s3_environment, "captures", tmp_path), name, b"x")
    assert [stored.name for stored in S3Objects(f"{s3_environment}//", "captures", tmp_path).stored()] == [name]
    assert list(S3Objects(s3_environment, "index", tmp_path).stored()) == []
    assert list(S3Objects(f"{s3_environment}/more", "captures", tmp_path).stored()) == []


def test_wrong_credentials_are_told(
    s3_environment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The error says what is wrong, and neither key nor address."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another one")
    with pytest.raises(StorageUnavailableError, match=r"^the object store refuses its credentials$"):
        S3Objects(s3_environment, "captures", tmp_path).check()
    assert "another one" not in caplog.text


def test_a_bucket_that_is_not_there_is_told(s3_environment: str, tmp_path: Path) -> None:
    """When it is first asked."""
    assert s3_environment
    with pytest.raises(StorageUnavailableError, match="does not answer as it should"):
        S3Objects("s3://no-such-bucket", "captures", tmp_path).check()


@pytest.mark.slow
@pytest.mark.parametrize("every", [2, 3, 10])
def test_what_fails_for_a_moment_is_tried_again(proxied: S3Objects, proxy: FaultyProxy, every: int) -> None:
    """Errors, a connection that breaks before or after the work was done: whatever it is, nobody notices."""
    proxy.faults = each(every, Fault(500), Fault(503), _DOWN, Fault(0, is_late=True), Fault(500, is_late=True))
    name = _name()
    for _ in range(3):
        _write(proxied, name)
        assert [stored.name for stored in proxied.stored()] == [name]
        assert _read(proxied, name, 2 * MIB) == _DATA
        proxied.delete(name)
        assert list(proxied.stored()) == []
    assert len(proxy.requests) > 20


def test_a_quick_look_tries_nothing_again(proxied: S3Objects, proxy: FaultyProxy) -> None:
    """Whoever asks is asked himself."""
    proxied.check_now()
    proxy.faults, before = (lambda _: Fault(503)), len(proxy.requests)
    with pytest.raises(StorageUnavailableError):
        proxied.check_now()
    assert len(proxy.requests) - before == 1


@pytest.mark.parametrize("status", [0, 500, 503])
def test_what_fails_for_long_is_an_error(proxied: S3Objects, proxy: FaultyProxy, status: int) -> None:
    """Of all operations the same; a bounded number of requests was made."""
    name = _name()
    _write(proxied, name)
    proxy.faults = lambda _: Fault(status)
    operations = (
        lambda: _write(proxied, _name()),
        lambda: _write(proxied, _name(), b"small"),
        lambda: _read(proxied, name),
        lambda: _read(proxied, name, 2 * MIB),
        lambda: proxied.delete(name),
        lambda: list(proxied.stored()),
        lambda: proxied.check(),
    )
    for operation in operations:
        before = len(proxy.requests)
        with pytest.raises(StorageUnavailableError, match="does not answer as it should"):
            operation()
        assert len(proxy.requests) - before <= 16
    proxy.faults = lambda _: None
    assert [stored.name for stored in proxied.stored()] == [name]
    assert _read(proxied, name) == _DATA


@pytest.mark.parametrize("number", range(1, 6))
def test_an_upload_that_breaks_off_is_not_seen(proxied: S3Objects, proxy: FaultyProxy, number: int) -> None:
    """Wherever it does: its beginning, a part or its end; nothing of it is left when the service is back."""
    proxy.faults = lambda request: _DOWN if number <= request.number < number + 8 else None
    name = _name()
    failed = False
    try:
        _write(proxied, name)
    except StorageUnavailableError:
        failed = True
    proxy.faults = lambda _: None
    assert [stored.name for stored in proxied.stored()] == [] if failed else [name]


def test_a_slow_service_is_waited_for(proxied: S3Objects, proxy: FaultyProxy) -> None:
    """Each answer takes its time, and comes."""
    proxy.faults = lambda _: Fault(delay=0.05)
    name = _name()
    _write(proxied, name)
    assert _read(proxied, name, 2 * MIB) == _DATA


@pytest.mark.slow
def test_a_service_that_is_killed_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was complete is there, what was not is not, and what is asked then is answered."""
    program = weed()
    if program is None:
        pytest.skip("SeaweedFS is not installed")
    server = S3Server(program, tmp_path / "s3")
    server.start()
    try:
        for variable, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": server.endpoint}.items():
            monkeypatch.setenv(variable, value)
        objects = S3Objects("s3://harlake-tests", "captures", tmp_path)
        complete, broken = _name(), _name()
        _write(objects, complete)
        sink = objects.sink(broken, _nothing)
        sink.write(_DATA)
        server.kill()
        with pytest.raises(StorageUnavailableError):
            sink.close()
        sink.discard()
        with pytest.raises(StorageUnavailableError):
            _read(objects, complete)
        server.start()
        assert [stored.name for stored in objects.stored()] == [complete]
        assert _read(objects, complete) == _DATA
    finally:
        server.kill()
