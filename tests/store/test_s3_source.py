"""Reading from S3: few requests for what is read in order, one for what is not, and memory as was said."""

from __future__ import annotations

import random
import uuid
from contextlib import closing

import pytest

from harlake.limits import KIB, MIB
from harlake.store.s3_objects import S3Objects
from harlake.store.s3_source import S3Source
from tests.support.faulty_proxy import FaultyProxy

_SIZE = 4 * MIB
_DATA = random.Random(2).randbytes(_SIZE)


@pytest.fixture
def name(s3_objects: S3Objects, proxied: S3Objects) -> str:
    """An object, which the proxy has not seen yet."""
    assert proxied
    found = f"{uuid.uuid4()}.har.zst"
    sink = s3_objects.sink(found, lambda: None)
    sink.write(_DATA)
    sink.close()
    return found


def _ranges(proxy: FaultyProxy) -> list[tuple[int, int]]:
    texts = [(request.range or "").removeprefix("bytes=").split("-") for request in proxy.requests]
    return sorted((int(first), int(last) + 1) for first, last in texts)


def test_what_is_read_in_order_is_fetched_ahead(proxied: S3Objects, proxy: FaultyProxy, name: str) -> None:
    """After the first two ranges, in halves of what may be held; each byte once, and nothing beyond the end."""
    with closing(proxied.open(name, MIB)) as source:
        pieces = [source.read(start, 64 * KIB) for start in range(0, _SIZE, 64 * KIB)]
    assert b"".join(pieces) == _DATA
    ranges = _ranges(proxy)
    assert ranges[0] == (0, 64 * KIB)
    assert all(end - start <= MIB // 2 for start, end in ranges)
    assert [end for _, end in ranges[:-1]] == [start for start, _ in ranges[1:]]
    assert len(ranges) == 9
    assert ranges[-1][1] == _SIZE


def test_separators_between_frames_are_no_reason_to_fetch_them_alone(
    proxied: S3Objects, proxy: FaultyProxy, name: str
) -> None:
    """A few bytes that are left out do not end what is read in order."""
    with closing(proxied.open(name, MIB)) as source:
        for start in range(0, _SIZE - 64 * KIB, 64 * KIB + 20):
            assert source.read(start, 64 * KIB) == _DATA[start : start + 64 * KIB]
    assert len(proxy.requests) == 9


def test_what_is_read_here_and_there_is_fetched_alone(proxied: S3Objects, proxy: FaultyProxy, name: str) -> None:
    """One request for a range, and not a byte more."""
    wanted = [(MIB, 100), (0, 200), (3 * MIB, 300), (2 * MIB, 400)]
    with closing(proxied.open(name, MIB)) as source:
        for start, length in wanted:
            assert source.read(start, length) == _DATA[start : start + length]
    assert _ranges(proxy) == sorted((start, start + length) for start, length in wanted)


def test_what_is_large_is_fetched_as_a_whole(proxied: S3Objects, proxy: FaultyProxy, name: str) -> None:
    """Where half of the memory is less: a request for each."""
    with closing(proxied.open(name, MIB)) as source:
        for start in range(0, _SIZE, MIB):
            assert source.read(start, MIB) == _DATA[start : start + MIB]
    assert len(proxy.requests) == 4


def test_without_memory_nothing_is_fetched_ahead(proxied: S3Objects, proxy: FaultyProxy, name: str) -> None:
    """Each range is a request."""
    with closing(proxied.open(name)) as source:
        for start in range(0, MIB, 128 * KIB):
            source.read(start, 128 * KIB)
    assert len(proxy.requests) == 8


def test_what_is_held_has_a_bound(proxied: S3Objects, name: str) -> None:
    """While its client reads nothing, an export holds one range, and another that was fetched."""
    source = proxied.open(name, MIB)
    assert isinstance(source, S3Source)
    for start in range(0, _SIZE, 64 * KIB):
        source.read(start, 64 * KIB)
        held = len(source._held.data)
        if source._next is not None:
            held += len(source._next[1].result().data)
        assert held <= MIB
    source.close()
    assert source._held.data == b""
    assert source._next is None
