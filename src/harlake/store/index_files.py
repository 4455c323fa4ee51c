"""Where the files of captures' indexes are: Parquet, for the entries of a capture as many as needed, one for its pages.

Strategy: whoever reads a Parquet file reads what its end says of all row groups, and whoever writes one holds that. So
a file has a million rows of entries at most, however many a capture has, and a row is found without opening others:
which file it is in follows from its ordinal.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from harlake.store.catalog import Capture
from harlake.store.objects import ObjectFiles, ObjectSink, ObjectStore, StoredObject

#: Rows of a row group, which are held until it is written. Two thirds more take 4 MiB more for each
#: import; DuckDB looks at each group for each column, of the one file that a page is in.
ROWS_PER_GROUP: Final = 12_288

#: Rows of entries in each file of a capture but the last: 84 row groups. Files of another version may have others.
ROWS_PER_FILE: Final = 1_024_000


class IndexFiles:
    """The index files, which are objects, and local files where they are asked."""

    def __init__(self, objects: ObjectStore, files: ObjectFiles) -> None:
        #: The files as they are stored.
        self.objects = objects
        self._files = files

    def sink(self, capture: uuid.UUID, table: str, check_room: Callable[[], None], number: int = 0) -> ObjectSink:
        """Return where the rows of a capture's table are written to, or those that are in the file of a number."""
        return self.objects.sink(index_name(capture, table, number), check_room)

    @contextmanager
    def opened(
        self, captures: Sequence[Capture], tables: Sequence[str], file: int | None = None
    ) -> Iterator[dict[str, list[Path]]]:
        """Give the files of some tables, of those captures that have any; they stay as long as the context lasts.

        With ``file``, of each capture only the one of that number. Raises FileNotFoundError, StorageUnavailableError
        and InsufficientStorageError.
        """
        with ExitStack() as stack:
            paths = {}
            for table in tables:
                names = [
                    index_name(capture.id, table, number)
                    for capture in captures
                    for number in file_numbers(capture, table, file)
                ]
                paths[table] = stack.enter_context(self._files.files(names))
            yield paths

    def stored(self) -> Iterator[StoredObject]:
        """Yield all complete files."""
        return self.objects.stored()

    @contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """Give one file by its name. Raises as :meth:`opened`, or whoever opens it does."""
        with self._files.files([name]) as (path,):
            yield path

    def delete(self, capture: uuid.UUID) -> None:
        """Remove the files of a capture, complete or not."""
        for name in self._names(capture):
            self.objects.delete(name)
            self._files.forget(name)

    def remove_unfinished(self, is_abandoned: Callable[[str], bool]) -> Iterator[str]:
        """Remove what is left of files that nobody is writing any more, and yield their names; others' files stay."""
        return self.objects.remove_unfinished(is_abandoned)

    def close(self) -> None:
        """Let go of what serves the files."""
        self._files.close()
        self.objects.close()

    def _names(self, capture: uuid.UUID) -> Iterator[str]:
        """Yield the names of all files that a capture may have, the last ones first: so none is left after a gap."""
        last = 0
        while self._is_stored(index_name(capture, "entries", last + 1)):
            last += 1
        for number in range(last, -1, -1):
            yield index_name(capture, "entries", number)
        yield index_name(capture, "pages")

    def _is_stored(self, name: str) -> bool:
        try:
            with closing(self.objects.open(name)) as file:
                file.read(0, 1)
        except FileNotFoundError:
            return False
        return True


def has_file(capture: Capture, table: str) -> bool:
    """Return whether a capture has rows of a table that the catalog does not keep."""
    return not capture.keeps(table) and bool(capture.rows_of(table))


def file_numbers(capture: Capture, table: str, only: int | None = None) -> range:
    """Return the numbers of a capture's files for a table; or the one that is given, where there is such a file."""
    if not has_file(capture, table):
        return range(0)
    count = len(file_ranges(capture.imported)) if table == "entries" else 1
    return range(count) if only is None else range(only, min(only + 1, count))


def file_ranges(count: int) -> list[range]:
    """Return which of so many ordinals are in each file."""
    return [range(first, min(first + ROWS_PER_FILE, count)) for first in range(0, count, ROWS_PER_FILE)]


def by_file(ordinals: Iterable[int]) -> dict[int, list[int]]:
    """Return the numbers of files, and of the rows in each that have the ordinals, in order and each once."""
    rows: dict[int, list[int]] = {}
    for ordinal in sorted(set(ordinals)):
        file, row = divmod(ordinal, ROWS_PER_FILE)
        rows.setdefault(file, []).append(row)
    return rows


def index_names(capture: uuid.UUID, table: str, count: int) -> list[str]:
    """Return the names of the files of a capture for so many rows of a table."""
    numbers = range(len(file_ranges(count)) if table == "entries" else min(count, 1))
    return [index_name(capture, table, number) for number in numbers]


def index_name(capture: uuid.UUID, table: str, number: int = 0) -> str:
    """Return the name of a file, as ``OBJECT_NAME`` knows it."""
    if table == "pages":
        return f"{capture}.pages.parquet"
    return f"{capture}.{number}.parquet" if number else f"{capture}.parquet"
