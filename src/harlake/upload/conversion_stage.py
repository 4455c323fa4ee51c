"""The step of unwrapping an upload that makes a HAR of another format.

The file waits on the disk until it is there as a whole. Formats are read at any place, as archives must be. The
file has no name, so that nothing is left of it.
"""

from __future__ import annotations

import codecs
import weakref
from collections.abc import Callable, Iterator
from tempfile import TemporaryFile
from typing import IO, Final, TypeAlias

from harlake.errors import InvalidHarError
from harlake.formats.attached_bodies import AttachedBodies
from harlake.formats.capture_format import CaptureFormat, Conversion
from harlake.formats.registry import format_of
from harlake.formats.source import Source
from harlake.har.parse.gaps import Part
from harlake.limits import MIB, Limits
from harlake.store.data_dir import DataDir
from harlake.store.disk import disk_errors

#: Bytes after which it is looked again whether the disk has room.
_INTERVAL: Final = 16 * MIB


class Scratch:
    """Where uploads wait that have to be there as a whole: unnamed files in the data folder."""

    def __init__(self, folder: str | None, check_room: Callable[[], None] = lambda: None) -> None:
        """``check_room`` raises InsufficientStorageError; without a ``folder``, files are where the system has them."""
        self._folder = folder
        self.check_room = check_room

    @classmethod
    def of(cls, data_dir: DataDir) -> Scratch:
        """Return that of a data folder, which leaves as much of the disk free as captures do."""
        return cls(str(data_dir.scratch), data_dir.captures.check_free)

    def file(self) -> IO[bytes]:
        """Return an empty file. Raises InsufficientStorageError."""
        self.check_room()
        with disk_errors():
            return TemporaryFile(dir=self._folder, buffering=0)


class ConversionStage:
    """Takes a file of another format in pieces, and yields the text of a HAR when it is closed.

    Bodies of that HAR's entries may be in other files: blocks that are read of it get them from :meth:`with_bodies`.
    """

    def __init__(self, capture_format: CaptureFormat, scratch: Scratch, limits: Limits) -> None:
        self.name = capture_format.name
        self._format = capture_format
        self._scratch = scratch
        self._limits = limits
        self._file = scratch.file()
        weakref.finalize(self, self._file.close)
        self._unchecked = 0
        self._conversion: Conversion | None = None
        self._bodies: AttachedBodies | None = None
        self._error: InvalidHarError | None = None
        #: Bytes of text that were yielded.
        self.yielded = 0

    @property
    def held(self) -> int:
        """Bytes of bodies that are being put into entries."""
        return 0 if self._bodies is None else self._bodies.held

    @property
    def warnings(self) -> list[str]:
        """What the HAR lacks."""
        return [] if self._conversion is None else self._conversion.notes.lines()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Put bytes to the others. Raises InsufficientStorageError."""
        self._unchecked += len(data)
        if self._unchecked >= _INTERVAL:
            self._unchecked = 0
            self._scratch.check_room()
        view = memoryview(data)
        with disk_errors():
            while view:
                view = view[self._file.write(view) :]
        yield from ()

    def close(self) -> Iterator[bytes]:
        """Yield the text of the HAR; nothing now and then, where that takes long. Raises InvalidHarError."""
        try:
            for text in self._texts():
                self.yielded += len(text)
                yield text
        except InvalidHarError as error:
            self._error = error
            raise

    def with_bodies(self, parts: list[Part]) -> Iterator[list[Part]]:
        """Yield what was read of the HAR, with bodies."""
        if self._bodies is None:
            yield parts
        else:
            yield from self._bodies.inline(parts)

    def refusal(self, error: InvalidHarError) -> InvalidHarError:
        """Return the error for which the HAR was refused, with where it is."""
        if error is not self._error:
            member = None if self._conversion is None else self._conversion.member
            where = f"in {member!r}" if member else f"in the HAR that is made of {self._format.title}"
            error.put(f"{error.detail or error.error}, {where}")
        return error

    def is_located(self, error: InvalidHarError) -> bool:
        """Return whether an error is about the file, and has its own place."""
        return error is self._error

    def _texts(self) -> Iterator[bytes]:
        making = self._format.convert(Source(self._file), self._limits)
        while True:
            try:
                next(making)
            except StopIteration as ended:
                conversion: Conversion = ended.value
                break
            yield b""
        self._conversion = conversion
        if conversion.files is not None:
            self._bodies = AttachedBodies(conversion.files, conversion.notes, self._limits)
        yield next(conversion.texts, b"").removeprefix(codecs.BOM_UTF8)
        yield from conversion.texts


#: Returns a step of unwrapping by the first bytes of a file, where it has another format than HAR.
Converter: TypeAlias = Callable[[bytes], ConversionStage | None]


def converter(scratch: Scratch | None, limits: Limits) -> Converter:
    """Return what tells formats and makes HARs of them; without a ``scratch``, it knows none."""
    if scratch is None:
        return lambda _: None

    def convert(first: bytes) -> ConversionStage | None:
        found = format_of(first)
        return None if found is None else ConversionStage(found, scratch, limits)

    return convert
