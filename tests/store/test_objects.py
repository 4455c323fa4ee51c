"""Objects: in a folder and in a bucket, they are written, read, listed and removed alike."""

from __future__ import annotations

import os
import random
import uuid
from contextlib import closing
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harlake.errors import InsufficientStorageError
from harlake.limits import KIB, MIB
from harlake.store import s3_sink
from harlake.store.objects import OBJECT_NAME, ObjectStore

#: As little as S3 lets a part be.
_PART_BYTES = 5 * MIB


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an upload of several parts out of little."""
    monkeypatch.setattr(s3_sink, "_PART_BYTES", _PART_BYTES)


def _name(suffix: str = ".har.zst") -> str:
    return f"{uuid.uuid4()}{suffix}"


def _nothing() -> None:
    """Let there be room."""


def _names(objects: ObjectStore) -> list[str]:
    return sorted(stored.name for stored in objects.stored())


def _write(objects: ObjectStore, name: str, data: bytes, piece: int = MIB) -> None:
    sink = objects.sink(name, _nothing)
    for start in range(0, len(data), piece):
        sink.write(data[start : start + piece])
    sink.close()


@pytest.mark.parametrize("size", [0, 1, _PART_BYTES - 1, _PART_BYTES, _PART_BYTES + 1, 3 * _PART_BYTES + 7])
def test_an_object_appears_when_it_is_complete(objects: ObjectStore, size: int) -> None:
    """Not before, and as it was written, however many parts it has."""
    name, data = _name(), os.urandom(size)
    sink = objects.sink(name, _nothing)
    for start in range(0, size, _PART_BYTES // 3):
        sink.write(data[start : start + _PART_BYTES // 3])
        assert _names(objects) == []
    sink.close()
    (stored,) = objects.stored()
    assert (stored.name, stored.length) == (name, size)
    sink.discard()  # too late
    with closing(objects.open(name)) as source:
        assert source.read(0, size) == data


@pytest.mark.parametrize("size", [1, _PART_BYTES, 2 * _PART_BYTES + 1])
def test_what_is_discarded_leaves_nothing(objects: ObjectStore, size: int) -> None:
    """Nor does what never was written to."""
    sink = objects.sink(_name(), _nothing)
    sink.discard()
    sink = objects.sink(_name(), _nothing)
    sink.write(os.urandom(size))
    sink.discard()
    assert _names(objects) == []
    assert list(objects.remove_unfinished(lambda _: True)) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(10_000, 200_000), st.lists(st.tuples(st.integers(0, 350_000), st.integers(0, 100_000)), max_size=6))
@pytest.mark.parametrize("ahead", [0, 64 * KIB, MIB])
def test_any_range_can_be_read(objects: ObjectStore, ahead: int, step: int, ranges: list[tuple[int, int]]) -> None:
    """In order and out of it, beyond the end too, with and without reading ahead."""
    name, data = f"{uuid.UUID(int=1)}.har.zst", random.Random(1).randbytes(300_000)
    if name not in _names(objects):
        _write(objects, name, data)
    in_order = list(pairwise(range(0, len(data) + 2 * step, step)))
    with closing(objects.open(name, ahead)) as source:
        for start, length in ranges:
            assert source.read(start, length) == data[start : start + length]
        for start, end in in_order:
            assert source.read(start, end - start) == data[start:end]


def test_what_is_missing_is_not_found(objects: ObjectStore) -> None:
    """When it is opened, or when it is read; removing it is no error."""
    with pytest.raises(FileNotFoundError), closing(objects.open(_name())) as source:
        source.read(0, 1)
    with pytest.raises(FileNotFoundError), closing(objects.open(_name(), 1024)) as source:
        source.read(5, 1)
    assert objects.delete(_name()) == 0


def test_objects_are_listed_and_removed(objects: ObjectStore) -> None:
    """Those of harlake's names only."""
    names = sorted(_name(suffix) for suffix in (".har.zst", ".parquet", ".12.parquet", ".pages.parquet"))
    for name in (*names, "notes.txt"):
        _write(objects, name, name.encode())
    assert _names(objects) == names
    assert {stored.length for stored in objects.stored()} == {len(name) for name in names}
    objects.delete(names[0])
    assert _names(objects) == names[1:]


def test_room_is_asked_for_before_anything_is_written(objects: ObjectStore) -> None:
    """Where there is none, nothing is."""

    def refuse() -> None:
        raise InsufficientStorageError("full")

    sink = objects.sink(_name(), refuse)
    with pytest.raises(InsufficientStorageError, match="full"):
        sink.write(b"x")
    sink.discard()
    assert _names(objects) == []


@pytest.mark.parametrize(
    "name", ["x.har.zst", "../x.har.zst", f"{uuid.UUID(int=1)}.har", f"{uuid.UUID(int=1)}.har.zst.part"]
)
def test_other_names_are_none_of_harlakes(name: str) -> None:
    """They are neither listed nor removed."""
    assert OBJECT_NAME.fullmatch(name) is None
