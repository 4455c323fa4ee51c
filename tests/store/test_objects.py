"""What all kinds of objects have in common: they appear when they are complete, and a failure leaves nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harlake.store.local_objects import LocalSink
from harlake.store.objects import ObjectSink


def _local(folder: Path) -> ObjectSink:
    return LocalSink(folder / "object", lambda: None)


#: Functions that begin an object in a folder: one for each kind.
_KINDS = [_local]


@pytest.mark.parametrize("begin", _KINDS)
def test_an_object_appears_when_it_is_complete(tmp_path: Path, begin: Callable[[Path], ObjectSink]) -> None:
    """With all that was written, in its order; after that, discarding it does nothing."""
    sink = begin(tmp_path)
    for data in (b"a", b"", b"bc"):
        sink.write(data)
        assert not (tmp_path / "object").exists()
    sink.close()
    assert (tmp_path / "object").read_bytes() == b"abc"
    sink.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["object"]


@pytest.mark.parametrize("begin", _KINDS)
def test_an_object_may_be_empty(tmp_path: Path, begin: Callable[[Path], ObjectSink]) -> None:
    """It is there all the same."""
    begin(tmp_path).close()
    assert (tmp_path / "object").read_bytes() == b""


@pytest.mark.parametrize("begin", _KINDS)
@pytest.mark.parametrize("pieces", [0, 2])
def test_a_discarded_object_leaves_nothing(tmp_path: Path, begin: Callable[[Path], ObjectSink], pieces: int) -> None:
    """However much of it was written, and however often it is discarded."""
    sink = begin(tmp_path)
    for _ in range(pieces):
        sink.write(b"abc")
    sink.discard()
    sink.discard()
    assert list(tmp_path.iterdir()) == []
