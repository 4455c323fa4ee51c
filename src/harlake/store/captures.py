"""The folder of capture objects."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harlake.errors import InsufficientStorageError
from harlake.store.capture_object import STAGED, ObjectReader, ObjectWriter, staged_path
from harlake.store.quota import Quota

_SUFFIX: Final = ".har.zst"
_NAME: Final = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.har\.zst")


class CaptureStore:
    """The folder of capture objects.

    ``keep_free`` is how many bytes of the disk an import leaves alone, so that a full disk is met while everything
    else, the catalog above all, can still be written. ``quota`` is told of each object, and bounds them.
    """

    def __init__(self, folder: Path, keep_free: int, quota: Quota | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._keep_free = keep_free
        self._quota = quota or Quota(None)
        for capture in self.ids():
            self._quota.add(self._path(capture).stat().st_size)

    def write(self, capture: uuid.UUID) -> ObjectWriter:
        """Begin the object of a capture."""

        def check() -> None:
            self.check_free()
            self._quota.write(capture, writer.length)

        writer = ObjectWriter(self._path(capture), check)
        return writer

    def open(self, capture: uuid.UUID) -> ObjectReader:
        """Open the object of a capture. Raises DamagedCaptureError."""
        return ObjectReader(self._path(capture))

    def check_free(self) -> None:
        """Raise InsufficientStorageError when the disk is as good as full."""
        free = shutil.disk_usage(self._folder).free
        if free < self._keep_free:
            raise InsufficientStorageError(f"{free} bytes are free, {self._keep_free} are kept free")

    def check_room(self) -> None:
        """Raise InsufficientStorageError when there is no room for one more capture."""
        self.check_free()
        self._quota.check()

    def settle(self, capture: uuid.UUID) -> None:
        """Count a capture that is complete among those that stay."""
        self._quota.complete(capture)

    def ids(self) -> Iterator[uuid.UUID]:
        """Yield the ids of all complete objects; files of other names are not harlake's."""
        for path in self._folder.iterdir():
            if match := _NAME.fullmatch(path.name):
                yield uuid.UUID(match[1])

    def delete(self, capture: uuid.UUID) -> None:
        """Remove a capture's object, complete or not; without one, do nothing."""
        path = self._path(capture)
        if not self._quota.discard(capture) and path.exists():
            self._quota.add(-path.stat().st_size)
        path.unlink(missing_ok=True)
        staged_path(path).unlink(missing_ok=True)

    def remove_staged(self) -> Iterator[str]:
        """Remove what was left of objects that were being written, and yield the names; files of others stay."""
        for path in sorted(self._folder.iterdir()):
            if path.suffix == STAGED and _NAME.fullmatch(path.stem):
                path.unlink()
                yield path.name

    def _path(self, capture: uuid.UUID) -> Path:
        return self._folder / f"{capture}{_SUFFIX}"
