"""Capture objects: each imported HAR as one ordinary ``.har.zst``, in frames that can be read one by one.

``{"log":{"entries":[`` · block · ``,`` · block · … · ``],"version":…}}``, each part a zstd frame of its own with a
checksum (RFC 8878), so that ``zstd -dc`` gives a valid HAR, and reading one entry costs one range and one frame.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import zstandard

from harlake.errors import DamagedCaptureError, HarlakeError, StorageUnavailableError, TooBusyError
from harlake.har.envelope import BEFORE_ENTRIES
from harlake.limits import KIB, MIB
from harlake.pipeline.background import BackgroundWorker
from harlake.store.objects import ObjectSink, ObjectSource

#: zstd's own default is 3; 1 is 1.8 times as fast on HARs, for the same size within 2 %.
_LEVEL: Final = 1

_WRITE_BYTES: Final = MIB
#: A longer text, of an entry with a very large body, is compressed in pieces.
_WHOLE_BYTES: Final = 8 * MIB
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

    All methods raise DamagedCaptureError where the object is not as it was written, StorageUnavailableError where it
    cannot be read now, and what ``missing`` returns where there is none.
    """

    def __init__(
        self,
        name: str,
        open_source: Callable[[], ObjectSource],
        missing: Callable[[], HarlakeError | None] = lambda: None,
    ) -> None:
        self._name = name
        self._missing = missing
        self._decompressor = zstandard.ZstdDecompressor()
        try:
            self._source = open_source()
        except OSError as error:
            raise self._unreadable(error) from error

    def __enter__(self) -> ObjectReader:
        """Return the reader itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the object."""
        self._source.close()

    def stored(self, start: int, length: int) -> bytes:
        """Return a range of the object, compressed as it is stored."""
        data = self._read(start, length)
        if len(data) < length:
            raise self.damaged(f"it is cut off at byte {start + len(data)}")
        return data

    def text(self, frame: Frame) -> bytes:
        """Return the text of a frame."""
        if frame.text_length > _WHOLE_BYTES:
            return b"".join(self.pieces(frame))
        try:
            text = self._decompressor.decompress(self.stored(frame.start, frame.length), allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise self.damaged(f"the frame at byte {frame.start} cannot be decompressed: {error}") from error
        if len(text) != frame.text_length:
            raise self.damaged(f"the frame at byte {frame.start} is cut off")
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
            raise self.damaged(f"the frame at byte {frame.start} cannot be decompressed: {error}") from error
        if rest:
            raise self.damaged(f"the frame at byte {frame.start} is cut off")

    def frames(self) -> Iterator[tuple[Frame, bytes]]:
        """Yield each frame and its text, by reading the object from its beginning."""
        start = position = 0
        data = b""
        frame = self._decompressor.decompressobj()
        text: list[bytes] = []
        while data := data or self._read(position, _READ_BYTES):
            try:
                text.append(frame.decompress(data))
            except zstandard.ZstdError as error:
                raise self.damaged(f"the frame at byte {start} cannot be decompressed: {error}") from error
            rest = frame.unused_data if frame.eof else b""
            position += len(data) - len(rest)
            if frame.eof:
                joined = b"".join(text)
                yield Frame(start, position - start, len(joined)), joined
                start, text = position, []
                frame = self._decompressor.decompressobj()
            data = rest
        if position > start:
            raise self.damaged(f"the frame at byte {start} is cut off")

    def _read(self, start: int, length: int) -> bytes:
        try:
            return self._source.read(start, length)
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> HarlakeError:
        """Return what an object that cannot be read means: only what the object itself is to blame for is damage."""
        if isinstance(error, FileNotFoundError):
            return self._missing() or self.damaged("there is no such object")
        if error.errno in (errno.EMFILE, errno.ENFILE):
            return TooBusyError("too many files are open")
        if isinstance(error, PermissionError):
            return StorageUnavailableError(f"{self._name}: {error.strerror}")
        return self.damaged(str(error.strerror))

    def damaged(self, reason: str) -> DamagedCaptureError:
        """Return the error for something that is not as it was written."""
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

    def __init__(self, sink: ObjectSink, threads: ThreadPoolExecutor, buffer_bytes: int = _WRITE_BYTES) -> None:
        self._buffer_bytes = min(_WRITE_BYTES, buffer_bytes)
        self._sink = sink
        self._buffer: list[bytes] = []
        self._buffered = 0
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
        """Complete the object, and return when it will outlive a crash."""
        self._flush()
        self._writer.wait()
        self._sink.close()

    def discard(self) -> None:
        """Stop writing, and leave nothing behind. A complete object stays: its capture is hidden before it goes."""
        self._writer.close()
        self._sink.discard()

    def _flush(self) -> None:
        """Hand the buffer over to be written, once the one before it is."""
        buffer, self._buffer, self._buffered = self._buffer, [], 0
        self._writer.submit(self._write, buffer)

    def _write(self, buffer: list[bytes]) -> None:
        for data in buffer:
            self._sink.write(data)


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


#: The separators, compressed once and for all.
COMMA: Final = compressor().compress(b",")
OPENING: Final = compressor().compress(BEFORE_ENTRIES)
