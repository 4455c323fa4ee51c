"""What an uploaded file is wrapped in: gzip or zstd, told by its first bytes, then a byte order mark.

What is in another format than HAR goes through one more step, which makes a HAR of it.

Each piece of decoded text is yielded as soon as it is there, so that no input, however well it is compressed, is ever
expanded as a whole.
"""

import codecs
import zlib
from collections.abc import Iterator
from typing import Final, Protocol

import zstandard

from harlake.errors import InvalidJsonError
from harlake.har.parse.file_kinds import FIRST_BYTES, kind_of
from harlake.limits import DEFAULT_LIMITS, Limits
from harlake.upload.conversion_stage import ConversionStage, Converter, converter

_GZIP: Final = b"\x1f\x8b"
ZSTD: Final = b"\x28\xb5\x2f\xfd"
_UTF_32_LE: Final = codecs.BOM_UTF32_LE
_PIECE: Final = 1 << 20
_COMPRESSED_PIECE: Final = 1 << 9
_DENSE_PIECE: Final = 1 << 5


#: The most that a zstd frame may refer back to; its header says how far it does.
_MAX_WINDOW: Final = 1 << 27


class DecodingStage(Protocol):
    """A step of unwrapping: takes bytes in pieces, yields bytes."""

    @property
    def held(self) -> int:
        """How many bytes it has."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take the next bytes, and yield what they stand for."""

    def close(self) -> Iterator[bytes]:
        """End the input, and yield the rest."""


class UploadDecoder:
    """Unwraps one upload: :meth:`feed` it bytes, and then :meth:`close` it; both yield UTF-8 text.

    ``encoding`` names what the upload was found to be wrapped in, outermost first, as ``gzip+utf-16``.
    Raises InvalidJsonError for data that is damaged, truncated, or expands beyond ``limits.max_expansion``.
    """

    def __init__(self, limits: Limits = DEFAULT_LIMITS, convert: Converter | None = None) -> None:
        """``convert`` returns what makes a HAR of another format, told by its first bytes."""
        self._limits = limits
        self._convert = convert or converter(None, limits)
        #: What makes a HAR of the upload, where it is none.
        self.conversion: ConversionStage | None = None
        self._first = b""
        self._outer: DecodingStage | None = None
        self._inner: DecodingStage | None = None
        self._inner_first = b""
        self._names: list[str] = []
        self.received = 0
        self.decoded = 0

    @property
    def encoding(self) -> str:
        """The name of what the upload is wrapped in, ``identity`` if in nothing."""
        return "+".join(self._names) or "identity"

    @property
    def held(self) -> int:
        """Bytes of text that are held to be handed out, or for what comes to refer back to."""
        return (self._outer.held if self._outer else 0) + (self.conversion.held if self.conversion else 0)

    @property
    def text_bytes(self) -> int:
        """Bytes of the HAR, so far."""
        return self.decoded if self.conversion is None else self.conversion.yielded

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the text of the next bytes of the upload; exhaust it before feeding more."""
        if self._outer is None:
            self._first += data
            if len(self._first) >= FIRST_BYTES:
                yield from self._begin()
        else:
            yield from self._unwrap(data)

    def close(self) -> Iterator[bytes]:
        """End the upload, and yield the rest of its text; raises when it is cut off."""
        if self._outer is None:
            yield from self._begin()
        assert self._outer is not None
        for text in self._outer.close():
            yield from self._as_text(text)
        if self._inner is None:
            yield from self._begin_text()
        assert self._inner is not None
        yield from self._inner.close()

    def _begin(self) -> Iterator[bytes]:
        """Find out what the upload is wrapped in, and unwrap its first bytes."""
        first, self._first = self._first, b""
        if first.startswith(_GZIP):
            self._names.append("gzip")
            self._outer = self._gunzip()
        elif first.startswith(ZSTD):
            self._names.append("zstd")
            self._outer = self._unzstd()
        else:
            self._outer = _Pass()
        yield from self._unwrap(first)

    def _unwrap(self, data: bytes) -> Iterator[bytes]:
        """Feed the outer stage; compressed data in small pieces, smaller ones where they expand to a lot."""
        assert self._outer is not None
        if isinstance(self._outer, _Pass):
            self.received += len(data)
            yield from self._as_text(data)
            return
        start, step = 0, _COMPRESSED_PIECE
        while start < len(data):
            piece = data[start : start + step]
            start += len(piece)
            self.received += len(piece)
            before = self.decoded
            for text in self._outer.feed(piece):
                yield from self._as_text(text)
            step = _DENSE_PIECE if self.decoded - before > _PIECE else _COMPRESSED_PIECE

    def _as_text(self, data: bytes) -> Iterator[bytes]:
        """Take decompressed bytes: watch their number, find the byte order mark."""
        self.decoded += len(data)
        if self.decoded > self._limits.expansion_floor and self.decoded > self.received * self._limits.max_expansion:
            raise InvalidJsonError(f"expands to more than {self._limits.max_expansion} times its size")
        if self._inner is not None:
            yield from self._inner.feed(data)
            return
        self._inner_first += data
        if len(self._inner_first) >= FIRST_BYTES:
            yield from self._begin_text()

    def _begin_text(self) -> Iterator[bytes]:
        """Find out in what encoding the text is, and begin with it, unless it is none."""
        first, self._inner_first = self._inner_first, b""
        self.conversion = self._convert(first)
        if self.conversion is not None:
            self._names.append(self.conversion.name)
            self._inner = self.conversion
            yield from self.conversion.feed(first)
            return
        for mark, name in ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")):
            if first.startswith(mark) and not first.startswith(_UTF_32_LE):
                self._refuse_others(first[len(mark) :].decode(name, "replace").encode(errors="replace"))
                self._names.append("utf-16")
                self._inner = self._transcode(name)
                first = first[len(mark) :]
                break
        else:
            encoding = self._encoding_without_mark(first)
            self._names += ["utf-16"] if encoding else []
            self._inner = self._transcode(encoding) if encoding else _Pass()
            marked = first.startswith(codecs.BOM_UTF8)
            self._refuse_others(first.removeprefix(codecs.BOM_UTF8))
            if marked:
                self._names.append("bom")
                first = first[len(codecs.BOM_UTF8) :]
        if first:
            yield from self._inner.feed(first)

    def _gunzip(self) -> DecodingStage:
        return Gunzip()

    def _unzstd(self) -> DecodingStage:
        return Unzstd()

    def _transcode(self, encoding: str) -> DecodingStage:
        return Transcode(encoding)

    def _encoding_without_mark(self, _first: bytes) -> str | None:
        """Return the encoding of a text that does not begin with a byte order mark, None where it is UTF-8."""
        return None

    def _refuse_others(self, first: bytes) -> None:
        """Refuse what is no HAR, but something else that its first bytes tell."""
        kind = kind_of(first)
        if kind is not None:
            inside = "".join(f", inside of {name} data" for name in self._names)
            what, separator, advice = kind.partition(":")
            raise InvalidJsonError(f"the file is {what}{inside}{separator}{advice}").at(0, 1, 1)


class _Pass:
    held = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def close(self) -> Iterator[bytes]:
        yield from ()


class Gunzip:
    """gzip, with any number of members (RFC 1952 §2.2)."""

    held = 0  # its window has 32 KiB

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what the next bytes stand for."""
        while data:
            if self._member.eof:
                data = data.lstrip(b"\0")  # padding, as tar and some servers append
                if not data:
                    return
                self._member = zlib.decompressobj(wbits=31)
            try:
                text = self._member.decompress(data, _PIECE)
            except zlib.error as error:
                raise InvalidJsonError(f"damaged gzip data: {error}") from error
            if text:
                yield text
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail

    def close(self) -> Iterator[bytes]:
        """End the input; raises when it is cut off."""
        if not self._member.eof:
            raise InvalidJsonError("the gzip data is cut off")
        yield from ()


class Unzstd:
    """zstd, with any number of frames (RFC 8878 §3)."""

    def __init__(self) -> None:
        self.held = 0
        self._begin()

    def _begin(self) -> None:
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._window: int | None = None
        self._decoded = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what the next bytes stand for."""
        # zstandard returns all that its input expands to at once: up to 32,768 times as much.
        while data:
            if self._frame.eof:
                self._begin()
            if self._window is None:
                self._window = _window(data)
            try:
                text = self._frame.decompress(data)
            except zstandard.ZstdError as error:
                raise InvalidJsonError(f"damaged zstd data: {error}") from error
            self._decoded += len(text)
            # The window is as large as the header says from the beginning, but takes memory as it is filled.
            window = min(self._window, self._decoded)
            self.held = window + len(text)
            for start in range(0, len(text), _PIECE):
                yield text[start : start + _PIECE]
            self.held = window
            data = self._frame.unused_data if self._frame.eof else b""

    def close(self) -> Iterator[bytes]:
        """End the input; raises when it is cut off."""
        if not self._frame.eof:
            raise InvalidJsonError("the zstd data is cut off")
        yield from ()


def _window(frame: bytes) -> int:
    """Return the window of a zstd frame, the largest where its header is not there as a whole."""
    try:
        return int(zstandard.get_frame_parameters(frame).window_size)
    except zstandard.ZstdError:
        return _MAX_WINDOW


class Transcode:
    """UTF-16 to UTF-8."""

    held = 0

    def __init__(self, encoding: str) -> None:
        self._decode = codecs.getincrementaldecoder(encoding)().decode

    def feed(self, data: bytes, final: bool = False) -> Iterator[bytes]:
        """Yield what the next bytes stand for."""
        try:
            text = self._decode(data, final).encode()
        except UnicodeError as error:
            raise InvalidJsonError(f"invalid UTF-16: {error}") from error
        if text:
            yield text

    def close(self) -> Iterator[bytes]:
        """End the input; raises when it is cut off."""
        yield from self.feed(b"", final=True)
