"""Where the files of captures' indexes are: Parquet, one for the entries of a capture, and one for its pages."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from harlake.store import private_files
from harlake.store.catalog import Capture
from harlake.store.local_objects import STAGED, LocalSink, staged_path
from harlake.store.objects import ObjectSink

_NAMES: Final = {"entries": "{}.parquet", "pages": "{}.pages.parquet"}
_STAGED: Final = re.compile(rf"[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}(\.pages)?\.parquet{re.escape(STAGED)}")


class IndexFiles:
    """The folder of index files."""

    def __init__(self, folder: Path) -> None:
        private_files.make_folder(folder)
        self._folder = folder

    def sink(self, capture: uuid.UUID, table: str, check_room: Callable[[], None]) -> ObjectSink:
        """Return where the rows of a capture's table are written to."""
        return LocalSink(self._path(capture, table), check_room)

    def paths(self, captures: Sequence[Capture], table: str) -> list[Path]:
        """Return the files of those captures that have any rows of a table, which the catalog does not keep."""
        return [self._path(capture.id, table) for capture in captures if capture.rows_of(table)]

    def remove_staged(self) -> Iterator[str]:
        """Remove what was left of files that were being written, and yield the names; files of others stay."""
        for path in sorted(self._folder.iterdir()):
            if _STAGED.fullmatch(path.name):
                path.unlink()
                yield path.name

    def delete(self, capture: uuid.UUID) -> None:
        """Remove the files of a capture, complete or not."""
        for table in _NAMES:
            path = self._path(capture, table)
            path.unlink(missing_ok=True)
            staged_path(path).unlink(missing_ok=True)

    def _path(self, capture: uuid.UUID, table: str) -> Path:
        return self._folder / _NAMES[table].format(capture)
