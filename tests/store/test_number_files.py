"""Files of numbers: made once, kept as long as there is room, readable while they are open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from harlake.store.number_files import NumberFiles, Numbers


def _numbers(*values: int) -> Iterator[Numbers]:
    for value in values:
        yield np.arange(value, dtype=np.uint64)


def test_a_file_is_made_once(tmp_path: Path) -> None:
    """And read from any number on."""
    files = NumberFiles(tmp_path / "x", 1_000)
    with files.opened("a", lambda: _numbers(3, 2)) as file:
        assert file.numbers(0, 9).tolist() == [0, 1, 2, 0, 1]
    with files.opened("a", lambda: pytest.fail("made twice")) as file:
        assert file.numbers(2, 2).tolist() == [2, 0]
        assert file.numbers(5, 2).tolist() == []


def test_what_was_used_least_recently_goes(tmp_path: Path) -> None:
    """Whoever has it open can read on."""
    files = NumberFiles(tmp_path / "x", 8 * 25)
    with files.opened("a", lambda: _numbers(10)) as first, files.opened("b", lambda: _numbers(10)):
        with files.opened("a", lambda: _numbers()), files.opened("c", lambda: _numbers(10)):
            assert sorted(path.name for path in (tmp_path / "x").iterdir()) == ["a", "c"]
        with files.opened("d", lambda: _numbers(100)):
            assert [path.name for path in (tmp_path / "x").iterdir()] == ["d"]
        assert first.numbers(9, 1).tolist() == [9]


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    """The next one who asks makes it."""

    def fail() -> Iterator[Numbers]:
        yield from _numbers(3)
        raise ValueError("x")

    files = NumberFiles(tmp_path / "x", 1_000)
    with pytest.raises(ValueError, match="x"), files.opened("a", fail):
        pytest.fail("opened")
    assert list((tmp_path / "x").iterdir()) == []
    with files.opened("a", lambda: _numbers(1)) as file:
        assert file.numbers(0, 5).tolist() == [0]


def test_what_was_there_is_gone(tmp_path: Path) -> None:
    """After a crash, nobody knows what it is of."""
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a").write_bytes(b"1")
    NumberFiles(tmp_path / "x", 1_000)
    assert not (tmp_path / "x").exists()
