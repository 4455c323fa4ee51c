"""Capture objects: each imported HAR as one ordinary ``.har.zst``, in frames that can be read one by one.

``{"log":{"entries":[`` · block · ``,`` · block · … · ``],"version":…}}``, each part a zstd frame of its own with a
checksum (RFC 8878), so that ``zstd -dc`` gives a valid HAR, and reading one entry costs one range and one frame.

An object is written under another name, is on the disk before :meth:`ObjectWriter.close` returns, and has its own name
only then.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import zstandard

from harlake.errors import DamagedCaptureError
from harlake.har.envelope import BEFORE_ENTRIES
from harlake.limits import KIB, MIB
from harlake.pipeline.background import BackgroundWorker
from harlake.store import private_files
from harlake.store.disk import disk_errors

#: What the name of an object that is being written ends with.
STAGED: Final = ".part"

#: zstd's own default is 3; 1 is 1.8 times as fast on HARs, for the same size within 2 %.
_LEVEL: Final = 1

_WRITE_BYTES: Final = MIB
#: A longer text, of an entry with a very large body, is compressed in pieces.
_WHOLE_BYTES: Final = 8 * MIB
#: Bytes that the operating system may hold back; more of them, and closing a large object takes as long as writing it.
_SYNC_BYTES: Final = 16 * MIB
_READ_BYTES: Final = MIB
PIECE_BYTES: Final = 256 * KIB


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a frame is in its capture's object, and how many bytes of text it holds."""

    start: int
    length: int
    text_length: int


class ObjectReader:
    """Reads one object, in a ``with`` statement. Not to be shared between threads.

    It can be read to its end also when it is removed meanwhile. All methods raise DamagedCaptureError where the object
    is not as it was written.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._decompressor = zstandard.ZstdDecompressor()
        try:
            self._file = private_files.open_to_read(path)
        except OSError as error:
            raise self._damaged(str(error.strerror)) from error

    def __enter__(self) -> ObjectReader:
        """Return the reader itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the object."""
        os.close(self._file)

    def stored(self, start: int, length: int) -> bytes:
        """Return a range of the object, compressed as it is stored."""
        try:
            data = os.pread(self._file, length, start)
        except OSError as error:
            raise self._damaged(str(error.strerror)) from error
        if len(data) < length:
            raise self._damaged(f"it is cut off at byte {start + len(data)}")
        return data

    def text(self, frame: Frame) -> bytes:
        """Return the text of a frame."""
        if frame.text_length > _WHOLE_BYTES:
            return b"".join(self.pieces(frame))
        try:
            text = self._decompressor.decompress(self.stored(frame.start, frame.length), allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise self._damaged(f"the frame at byte {frame.start} cannot be decompressed: {error}") from error
        if len(text) != frame.text_length:
            raise self._damaged(f"the frame at byte {frame.start} is cut off")
        return text

    def pieces(self, frame: Frame, memory: int = MIB) -> Iterator[bytes]:
        """Yield the text of a frame in pieces of 256 KiB, so that one is sent while the next is decompressed.

        ``memory`` is how many bytes of the object are read at a time; pieces have no more of them either.
        """
        stored = _StoredFrame(self, frame)
        reader = self._decompressor.stream_reader(stored, read_size=memory)  # type: ignore[arg-type]  # it reads only
        size = min(PIECE_BYTES, memory)
        rest = frame.text_length
        try:
            while piece := reader.read(size):
                rest -= len(piece)
                yield piece
        except zstandard.ZstdError as error:
            raise self._damaged(f"the frame at byte {frame.start} cannot be decompressed: {error}") from error
        if rest:
            raise self._damaged(f"the frame at byte {frame.start} is cut off")

    def frames(self) -> Iterator[tuple[Frame, bytes]]:
        """Yield each frame and its text, by reading the object from its beginning."""
        start = position = 0
        data = b""
        frame = self._decompressor.decompressobj()
        text: list[bytes] = []
        while data := data or os.pread(self._file, _READ_BYTES, position):
            try:
                text.append(frame.decompress(data))
            except zstandard.ZstdError as error:
                raise self._damaged(f"the frame at byte {start} cannot be decompressed: {error}") from error
            rest = frame.unused_data if frame.eof else b""
            position += len(data) - len(rest)
            if frame.eof:
                joined = b"".join(text)
                yield Frame(start, position - start, len(joined)), joined
                start, text = position, []
                frame = self._decompressor.decompressobj()
            data = rest
        if position > start:
            raise self._damaged(f"the frame at byte {start} is cut off")

    def _damaged(self, reason: str) -> DamagedCaptureError:
        return DamagedCaptureError(f"{self._name}: {reason}")


class _StoredFrame:
    """A frame as it is stored, as a file that is read piece by piece."""

    def __init__(self, reader: ObjectReader, frame: Frame) -> None:
        self._reader = reader
        self._start = frame.start
        self._end = frame.start + frame.length

    def read(self, size: int) -> bytes:
        """Return the next bytes, none at the end."""
        start, self._start = self._start, min(self._start + size, self._end)
        return self._reader.stored(start, self._start - start) if self._start > start else b""


class ObjectWriter:
    """Writes one capture object: frames, then :meth:`close`; or :meth:`discard`.

    Frames are compressed by the caller's thread, and written in the background, a buffer at a time. Raises
    InsufficientStorageError.
    """

    def __init__(
        self, path: Path, check_free: Callable[[], None], threads: ThreadPoolExecutor, buffer_bytes: int = _WRITE_BYTES
    ) -> None:
        """``check_free`` is called before each buffer is written. Raises InsufficientStorageError."""
        self._buffer_bytes = min(_WRITE_BYTES, buffer_bytes)
        self._check_free = check_free
        self._path = path
        self._file = private_files.create(staged_path(path))
        self._buffer: list[bytes] = []
        self._buffered = 0
        self._unsynced = 0
        self._writer = BackgroundWorker(threads)
        self.length = 0

    def frame(self, text: bytes | memoryview) -> Frame:
        """Append a frame, and return where it is."""
        start = self.length
        if len(text) <= _WHOLE_BYTES:
            # Copied: what zstandard returns keeps the room that the text might have needed.
            self.put(bytes(memoryview(compressor().compress(text))))
        else:
            for piece in _compressed_pieces(memoryview(text)):
                self.put(piece)
        return Frame(start, self.length - start, len(text))

    def put(self, frame: bytes) -> None:
        """Append a frame that is compressed already."""
        self._buffer.append(frame)
        self._buffered += len(frame)
        self.length += len(frame)
        if self._buffered >= self._buffer_bytes:
            self._flush()

    def close(self) -> None:
        """Complete the object, and return when it is on the disk."""
        with disk_errors():
            self._flush()
            self._writer.wait()
            os.fsync(self._file)
            staged_path(self._path).rename(self._path)
            _sync_folder(self._path.parent)
        self._release()

    def discard(self) -> None:
        """Stop writing, and leave nothing behind. A complete object stays: its capture is hidden before it goes."""
        self._release()
        staged_path(self._path).unlink(missing_ok=True)

    def _flush(self) -> None:
        """Hand the buffer over to be written, once the one before it is."""
        self._check_free()
        buffer, self._buffer, self._buffered = self._buffer, [], 0
        with disk_errors():
            self._writer.submit(self._write, buffer)

    def _write(self, buffer: list[bytes]) -> None:
        for data in buffer:
            view = memoryview(data)
            while view:
                view = view[os.write(self._file, view) :]
            self._unsynced += len(data)
        if self._unsynced >= _SYNC_BYTES:
            os.fdatasync(self._file)
            self._unsynced = 0

    def _release(self) -> None:
        self._writer.close()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class _Compressors(threading.local):
    """A compressor for each thread: it holds a MiB, and cannot be shared."""

    def __init__(self) -> None:
        self.one = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True, write_content_size=True)


_compressors = _Compressors()


def compressor() -> zstandard.ZstdCompressor:
    """Return the compressor for frames of this thread."""
    return _compressors.one


def _compressed_pieces(text: memoryview) -> Iterator[bytes]:
    """Yield one frame in pieces: as a whole, it would be held twice."""
    chunker = compressor().chunker(size=len(text), chunk_size=_WRITE_BYTES)
    for start in range(0, len(text), _WRITE_BYTES):
        yield from chunker.compress(text[start : start + _WRITE_BYTES])
    yield from chunker.finish()  # type: ignore[no-untyped-call]


def staged_path(path: Path) -> Path:
    """Return where an object is written until it is complete."""
    return path.with_name(path.name + STAGED)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


#: The separators, compressed once and for all.
COMMA: Final = compressor().compress(b",")
OPENING: Final = compressor().compress(BEFORE_ENTRIES)
