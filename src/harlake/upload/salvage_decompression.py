"""Unwraps an upload that may be damaged: all that can be decompressed and decoded of it.

A stream that is damaged goes on where its next member or frame begins. UTF-16 that has lost a byte is decoded from the
other byte on.
"""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Generator, Iterator
from typing import Final

import numpy as np

from harlake.errors import InvalidJsonError
from harlake.har.parse.file_kinds import kind_of
from harlake.limits import DEFAULT_LIMITS, MIB, Limits
from harlake.upload.conversion_stage import Converter
from harlake.upload.decompression import ZSTD, DecodingStage, Gunzip, Transcode, Unzstd, UploadDecoder

_GZIP_MEMBER: Final = b"\x1f\x8b\x08"
#: Text of a frame that is held until the frame's checksum shows that it is right.
_CHECKED_BYTES: Final = 8 * MIB
#: Characters in a row that have their bytes the wrong way round, so that it is no accident.
_SWAPPED: Final = 8
_ASCII: Final = (9, 126)


class SalvageDecoder(UploadDecoder):
    """Unwraps one upload as far as that is possible; what is missing interrupts the text.

    Each time that text was yielded, :meth:`take_interruption` says what is missing behind it. ``kind`` says what the
    file is, if it is something else than a HAR. Raises InvalidJsonError only where there is too much text.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, convert: Converter | None = None) -> None:
        """``convert`` is as :class:`UploadDecoder` has it."""
        super().__init__(limits, convert)
        self.kind: str | None = None
        #: What was missing or wrong so far, each once.
        self.interruptions: list[str] = []
        self._interruption = ""

    def take_interruption(self) -> str:
        """Return what is missing just behind the text that was yielded last, once; nothing if nothing is."""
        interruption, self._interruption = self._interruption, ""
        return interruption

    def interrupt(self, reason: str) -> bytes:
        """Note that something is missing, and return what is yielded for it."""
        self._interruption = reason
        if reason not in self.interruptions:
            self.interruptions.append(reason)
        return b""

    def _gunzip(self) -> DecodingStage:
        return _Gunzip(self)

    def _unzstd(self) -> DecodingStage:
        return _Unzstd(self)

    def _transcode(self, name: str) -> DecodingStage:
        return _Transcode(name, self)

    def _encoding_without_mark(self, first: bytes) -> str | None:
        for name, zeros in (("utf-16-le", first[1::2]), ("utf-16-be", first[::2])):
            if len(first) > _SWAPPED and zeros.count(0) * 10 > len(zeros) * 9 and first.count(0) * 10 < len(first) * 6:
                return name
        return None

    def _refuse_others(self, first: bytes) -> None:
        self.kind = kind_of(first)


class _Search:
    """Looks for the next beginning of compressed data, after some that is damaged."""

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        self._last: bytes | None = None

    def begin(self) -> None:
        """Begin to look in what comes next."""
        self._last = b""

    def pass_to_mark(self, data: bytes) -> bytes:
        """Return the data from the mark on, which is nothing as long as it is not there; all of it after that."""
        if self._last is None:
            return data
        data = self._last + data
        at = data.find(self._mark)
        self._last = data[1 - len(self._mark) :] if at < 0 else None
        return b"" if at < 0 else data[at:]

    def __bool__(self) -> bool:
        return self._last is not None


class _Gunzip(Gunzip):
    """gzip that goes on behind what is damaged."""

    def __init__(self, decoder: SalvageDecoder) -> None:
        super().__init__()
        self._decoder = decoder
        self._search = _Search(_GZIP_MEMBER)

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._search:
                data = self._search.pass_to_mark(data)
                self._member = zlib.decompressobj(wbits=31)
            before = self._member.copy()
            try:
                texts = list(super().feed(data))  # a piece is short
            except InvalidJsonError:
                self._member = before
                data = yield from self._feed_bytes(data)
            else:
                yield from texts
                return

    def _feed_bytes(self, data: bytes) -> Generator[bytes, None, bytes]:
        """Yield what comes before damage in a piece, which zlib would not tell, and return what follows it."""
        for at in range(len(data)):
            try:
                yield from super().feed(data[at : at + 1])
            except InvalidJsonError as error:
                self._search.begin()
                yield self._decoder.interrupt(str(error))
                return data[at + 1 :]
        return b""

    def close(self) -> Iterator[bytes]:
        if not self._search and not self._member.eof:
            yield self._member.flush()
            yield self._decoder.interrupt("the gzip data is cut off")


class _Unzstd(Unzstd):
    """zstd that goes on behind what is damaged. The text of a short frame is held until its checksum has been seen."""

    def __init__(self, decoder: SalvageDecoder) -> None:
        self._decoder = decoder
        self._search = _Search(ZSTD)
        self._checked: list[bytes] = []
        self._unchecked: list[bytes] = []
        super().__init__()

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._search:
                data = self._search.pass_to_mark(data)
                self._begin()
            try:
                for text in super().feed(data):
                    self._unchecked.append(text)
                    if self._frame.eof or self._decoded > _CHECKED_BYTES:
                        self._check()
                    yield from self._take()
                    self.held += sum(map(len, self._unchecked))
            except InvalidJsonError as error:
                yield from self._take()
                self._unchecked = []
                data = data[1:]
                self._search.begin()
                yield self._decoder.interrupt(str(error))
            else:
                return

    def close(self) -> Iterator[bytes]:
        self._check()
        yield from self._take()
        if not self._search and not self._frame.eof:
            yield self._decoder.interrupt("the zstd data is cut off")

    def _begin(self) -> None:
        self._check()
        super()._begin()

    def _check(self) -> None:
        self._checked += self._unchecked
        self._unchecked = []

    def _take(self) -> Iterator[bytes]:
        texts, self._checked = self._checked, []
        yield from texts


class _Transcode(Transcode):
    """UTF-16 that goes on behind what is damaged."""

    def __init__(self, encoding: str, decoder: SalvageDecoder) -> None:
        super().__init__(encoding)
        self._decoder = decoder
        self._codec = codecs.utf_16_le_decode if encoding == "utf-16-le" else codecs.utf_16_be_decode
        self._type = "<u2" if encoding == "utf-16-le" else ">u2"
        self._rest = b""

    def feed(self, data: bytes, final: bool = False) -> Iterator[bytes]:
        data = self._rest + data
        self._rest = b""
        while (at := self._swapped_at(data)) >= 0:
            yield from self._decoded(data[:at], final=True)
            data = data[at + 1 :]
            yield self._decoder.interrupt("a byte of the UTF-16 is missing")
        yield from self._decoded(data, final=final)

    def close(self) -> Iterator[bytes]:
        yield from self.feed(b"", final=True)

    def _decoded(self, data: bytes, *, final: bool) -> Iterator[bytes]:
        while True:
            try:
                text, used = self._codec(data, "strict", final)
            except UnicodeDecodeError as error:
                yield data[: error.start].decode(error.encoding).encode()
                yield self._decoder.interrupt("invalid UTF-16")
                data = data[error.start + 2 :]
            else:
                self._rest = data[used:]
                yield text.encode()
                return

    def _swapped_at(self, data: bytes) -> int:
        """Return from where on ASCII characters have their bytes the wrong way round, or -1."""
        units = np.frombuffer(data, self._type, len(data) // 2)
        high = units >> 8
        swapped = ((units & 255) == 0) & (high >= _ASCII[0]) & (high <= _ASCII[1])
        if np.count_nonzero(swapped) < _SWAPPED:
            return -1
        runs = np.convolve(swapped, np.ones(_SWAPPED, np.int8), "valid")
        first = np.flatnonzero(runs == _SWAPPED)
        return -1 if not len(first) else 2 * int(first[0])
