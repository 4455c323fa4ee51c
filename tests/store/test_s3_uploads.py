"""Uploads that a killed process has left are found, and ended."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from harlake.errors import StorageUnavailableError
from harlake.limits import MIB
from harlake.store import s3_sink
from harlake.store.s3_objects import S3Objects
from harlake.store.s3_sink import S3Sink
from harlake.store.s3_uploads import S3Uploads
from tests.support.s3 import BUCKET

_PART_BYTES = 5 * MIB


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_sink, "_PART_BYTES", _PART_BYTES)


def _begun(objects: S3Objects) -> S3Sink:
    """Return an upload that has a part."""
    sink = objects.sink(f"{uuid.uuid4()}.har.zst", lambda: None)
    sink.write(bytes(_PART_BYTES))
    sink._sending.wait()
    return sink


def _uploads(url: str) -> S3Uploads:
    return S3Uploads(BUCKET, url.removeprefix(f"s3://{BUCKET}/") + "/captures/")


def test_what_nobody_writes_any_more_is_removed(s3_environment: str, s3_objects: S3Objects) -> None:
    """Others may be being written, by whichever process."""
    sinks = [_begun(s3_objects) for _ in range(3)]
    found = list(_uploads(s3_environment).list())
    assert {upload.key.rpartition("/")[2] for upload in found} == {sink._name for sink in sinks}
    assert list(s3_objects.remove_unfinished(lambda _: False)) == []
    sinks[0].discard()
    assert set(s3_objects.remove_unfinished(lambda _: True)) == {sink._name for sink in sinks[1:]}
    for upload in found:
        _uploads(s3_environment).abort(upload)  # which others may have done
    assert list(_uploads(s3_environment).list()) == []
    with pytest.raises(StorageUnavailableError):
        sinks[1].close()
    assert list(s3_objects.stored()) == []


def test_other_prefixes_are_somebody_elses(s3_environment: str, s3_objects: S3Objects, tmp_path: Path) -> None:
    """Of the same bucket, and of the same prefix."""
    _begun(S3Objects(s3_environment, "index", tmp_path))
    _begun(S3Objects(f"{s3_environment}-other", "captures", tmp_path))
    assert list(s3_objects.remove_unfinished(lambda _: True)) == []


def test_without_a_key_nothing_is_asked(
    s3_environment: str, s3_objects: S3Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule of the bucket does it then."""
    _begun(s3_objects)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert list(_uploads(s3_environment).list()) == []


def test_a_service_that_cannot_be_reached_is_told(s3_environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is of all else, and so are credentials that are wrong."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another one")
    with pytest.raises(StorageUnavailableError):
        list(_uploads(s3_environment).list())
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(StorageUnavailableError):
        list(_uploads(s3_environment).list())
