"""Where the files of captures' indexes are: Parquet, one for the entries of a capture, and one for its pages."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from harlake.store.catalog import Capture
from harlake.store.objects import ObjectFiles, ObjectSink, ObjectStore

#: What files of each table are called.
INDEX_NAMES: Final = {"entries": "{}.parquet", "pages": "{}.pages.parquet"}


class IndexFiles:
    """The index files, which are objects, and local files where they are asked."""

    def __init__(self, objects: ObjectStore, files: ObjectFiles) -> None:
        #: The files as they are stored.
        self.objects = objects
        self._files = files

    def sink(self, capture: uuid.UUID, table: str, check_room: Callable[[], None]) -> ObjectSink:
        """Return where the rows of a capture's table are written to."""
        return self.objects.sink(index_name(capture, table), check_room)

    @contextmanager
    def opened(self, captures: Sequence[Capture], tables: Sequence[str]) -> Iterator[dict[str, list[Path]]]:
        """Give the files of some tables, of those captures that have any; they stay as long as the context lasts.

        Raises FileNotFoundError, StorageUnavailableError and InsufficientStorageError.
        """
        with ExitStack() as stack:
            paths = {}
            for table in tables:
                names = [index_name(capture.id, table) for capture in captures if has_file(capture, table)]
                paths[table] = stack.enter_context(self._files.files(names))
            yield paths

    @contextmanager
    def file(self, capture: uuid.UUID, table: str) -> Iterator[Path]:
        """Give the file of one table of a capture. Raises as :meth:`opened`, or whoever opens it does."""
        with self._files.files([index_name(capture, table)]) as (path,):
            yield path

    def delete(self, capture: uuid.UUID) -> None:
        """Remove the files of a capture, complete or not."""
        for table in INDEX_NAMES:
            self.objects.delete(index_name(capture, table))
            self._files.forget(index_name(capture, table))

    def remove_unfinished(self, is_abandoned: Callable[[str], bool]) -> Iterator[str]:
        """Remove what is left of files that nobody is writing any more, and yield their names; others' files stay."""
        return self.objects.remove_unfinished(is_abandoned)

    def close(self) -> None:
        """Let go of what serves the files."""
        self._files.close()
        self.objects.close()


def has_file(capture: Capture, table: str) -> bool:
    """Return whether a capture has rows of a table that the catalog does not keep."""
    return not capture.keeps(table) and bool(capture.rows_of(table))


def index_name(capture: uuid.UUID, table: str) -> str:
    """Return the name of the file of a capture's table."""
    return INDEX_NAMES[table].format(capture)
