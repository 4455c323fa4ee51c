"""Engines of questions: several at once, and each holds little, however many files it has read."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harlake.store.engines import _ENGINES, _MOST_FILES, EnginePool
from tests.support.server import PATIENCE


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[EnginePool]:
    """A pool."""
    with closing(EnginePool(tmp_path / "scratch")) as pool:
        yield pool


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """More files than an engine remembers, of a row each."""
    paths = [tmp_path / f"{number}.parquet" for number in range(_MOST_FILES + 2)]
    for number, path in enumerate(paths):
        pq.write_table(pa.table({"number": [number]}), path)
    return paths


def _remembered(engine: duckdb.DuckDBPyConnection) -> int:
    """Return how many bytes an engine holds of what files say of themselves, and of what is in them."""
    tags = "SELECT sum(memory_usage_bytes) FROM duckdb_memory() WHERE tag IN ('OBJECT_CACHE', 'EXTERNAL_FILE_CACHE')"
    (size,) = engine.execute(tags).fetchall()[0]
    return int(size)


def _read(engine: duckdb.DuckDBPyConnection, files: list[Path]) -> list[int]:
    names = [str(path) for path in files]
    return [number for (number,) in engine.execute("SELECT number FROM read_parquet(?)", [names]).fetchall()]


def test_engines_are_used_again(pool: EnginePool) -> None:
    """By one question after the other."""
    with pool.engine() as first:
        first.execute("SET VARIABLE x = 7")
    with pool.engine() as second:
        assert second.execute("SELECT getvariable('x')").fetchall() == [(7,)]


def test_no_more_questions_than_engines(pool: EnginePool) -> None:
    """One more waits until one of them has ended."""
    with ThreadPoolExecutor(1) as thread, ExitStack() as open_:
        begun = threading.Event()

        def ask() -> None:
            with pool.engine():
                begun.set()

        for _ in range(_ENGINES - 1):
            open_.enter_context(pool.engine())
        with pool.engine():
            waiting = thread.submit(ask)
            assert not begun.wait(0.05)
        waiting.result(PATIENCE)


def test_a_broken_engine_is_not_used_again(pool: EnginePool) -> None:
    """It answers nothing any more."""
    with pytest.raises(duckdb.FatalException), pool.engine() as first:
        raise duckdb.FatalException("invalidated")
    with pytest.raises(duckdb.ConnectionException):
        first.execute("SELECT 1")
    with pool.engine() as second:
        assert second.execute("SELECT 1").fetchall() == [(1,)]


def test_a_few_files_are_remembered(pool: EnginePool, files: list[Path]) -> None:
    """Of many together, nothing is."""
    with pool.engine(files) as engine:
        assert _read(engine, files) == list(range(len(files)))
        assert _remembered(engine) == 0
    with pool.engine(files[:2]) as engine:
        assert _read(engine, files[:2]) == [0, 1]
        assert _remembered(engine) > 0


def test_an_engine_that_remembers_too_much_goes(pool: EnginePool, files: list[Path]) -> None:
    """Another takes its place."""
    most = 0
    used = set()
    for path in files * 3:
        with pool.engine([path]) as engine:
            used.add(engine)
            _read(engine, [path])
            most = max(most, _remembered(engine))
    assert len(used) == -(-3 * len(files) // (_MOST_FILES + 1))
    with pool.engine(files[:_MOST_FILES]) as engine:
        _read(engine, files[:_MOST_FILES])
        assert most <= _remembered(engine) * (_MOST_FILES + 1) / _MOST_FILES
