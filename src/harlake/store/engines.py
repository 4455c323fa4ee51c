"""The DuckDBs that answer questions: a few that are kept, each for one question at a time, and without data of its own.

What each of them holds does not depend on how much it has read:

* No contents of files: the operating system has these, and DuckDB would hold them up to its limit.
* What the ends of files say of row groups, a megabyte each, only of so many files: a page of a listing takes a third
  less time then. Of a question about more, it reads them as it goes.
"""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

from harlake.store.duckdb_instance import new_instance

#: Questions that are answered at a time; others wait.
_ENGINES: Final = 4

#: What DuckDB may use for a question.
MEMORY: Final = "64MB"

_THREADS: Final = min(2, os.cpu_count() or 1)

#: Files of which an engine may remember the ends.
_MOST_FILES: Final = 8


class EnginePool:
    """Engines, for any number of threads."""

    def __init__(self, scratch: Path) -> None:
        """What DuckDB cannot hold in memory goes to the ``scratch`` folder."""
        self._scratch = scratch
        self._engines: list[_Engine] = []
        self._free = threading.Semaphore(_ENGINES)

    def close(self) -> None:
        """Let go of memory."""
        while self._engines:
            self._engines.pop().connection.close()

    @contextmanager
    def engine(self, files: Sequence[Path] = ()) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give an engine for a question about some files, as soon as one is free."""
        with self._free:
            try:
                engine = self._engines.pop()  # in one step: others do so at the same time
            except IndexError:
                engine = _Engine(self._scratch)
            try:
                engine.prepare(files)
                yield engine.connection
            except (duckdb.FatalException, duckdb.InternalException):
                engine.connection.close()  # it answers nothing any more
                raise
            except BaseException:
                self._keep(engine)
                raise
            self._keep(engine)

    def _keep(self, engine: _Engine) -> None:
        if engine.is_full:  # a new one takes 20 ms
            engine.connection.close()
        else:
            self._engines.append(engine)


class _Engine:
    """A DuckDB, and the files that it remembers."""

    def __init__(self, scratch: Path) -> None:
        self._files: set[Path] = set()
        self.connection = new_instance(
            {
                "memory_limit": MEMORY,
                "threads": str(_THREADS),
                # Of its own: DuckDB gives files there the same names in each instance.
                "temp_directory": str(scratch / f"question-{uuid.uuid4()}"),
                # By default, nine tenths of what is free when DuckDB first looks.
                "max_temp_directory_size": "1TB",
                "enable_external_file_cache": "false",
                "python_enable_replacements": "false",
            }
        )
        self.connection.execute("SET TimeZone = 'UTC'")

    @property
    def is_full(self) -> bool:
        """Return whether it remembers more files than it may."""
        return len(self._files) > _MOST_FILES

    def prepare(self, files: Sequence[Path]) -> None:
        """Remember the files of the next question, unless these are too many."""
        remembers = len(files) <= _MOST_FILES
        self.connection.execute(f"SET parquet_metadata_cache = {str(remembers).lower()}")
        if remembers:
            self._files.update(files)
