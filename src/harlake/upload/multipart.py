"""The upload form: one ``file`` part of any size, and a few short text fields, in any order (RFC 7578).

The ``multipart`` package's push parser does the splitting. Its own form handling would hold a part without a file
name in memory, and that is what ``curl -F 'file=<big.har'`` sends.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from harlake.errors import BadRequestError, NoFileError
from harlake.limits import DEFAULT_LIMITS, Limits

FILE: Final = "file"


@dataclass(frozen=True, slots=True)
class FileStart:
    """The file part begins; ``name`` is its file name, None where the client sent none."""

    name: str | None


@dataclass(frozen=True, slots=True)
class FileChunk:
    """Bytes of the file."""

    data: bytes


@dataclass(frozen=True, slots=True)
class TextField:
    """A text field, complete."""

    name: str
    value: str


UploadEvent = FileStart | FileChunk | TextField


class UploadForm:
    """Splits the body of an upload into events: :meth:`feed` it, then :meth:`close` it.

    ``fields`` names the text fields to report; other parts are skipped.
    Raises NoFileError where there is no file, BadRequestError where the body is no such form.
    """

    def __init__(self, content_type: str, fields: frozenset[str], limits: Limits = DEFAULT_LIMITS) -> None:
        media_type, options = parse_options_header(content_type)
        if media_type != "multipart/form-data":
            raise NoFileError(f"expected multipart/form-data with a part named file, got {media_type or 'nothing'}")
        if not options.get("boundary"):
            raise BadRequestError("the Content-Type has no multipart boundary")
        self._fields = fields
        self._limits = limits
        self._part: MultipartSegment | None = None
        # The parser holds back what may become a boundary: some of these bytes, from a CR on.
        self._tail = b""
        self._tail_length = len("\r\n--") + len(options["boundary"]) + len("\r\n")
        self._value = bytearray()
        self._file_seen = False
        self._parser = PushMultipartParser(options["boundary"], max_segment_count=limits.max_parts)

    def feed(self, data: bytes) -> Iterator[UploadEvent]:
        """Yield what the next bytes of the body complete; exhaust it before feeding more."""
        if not data:
            return  # to the parser, it would be the end
        if self._in_file and b"\r" not in self._tail and b"\r" not in data:
            yield FileChunk(data)  # a boundary begins with CR: without one, there is nothing to be parsed
            return
        try:
            for event in self._parser.parse(data):
                if isinstance(event, MultipartSegment):
                    yield from self._begin_part(event)
                elif event is None:
                    yield from self._end_part()
                elif self._in_file:
                    yield FileChunk(bytes(event))
                elif self._part is not None:
                    self._grow_field(event)
        except MultipartError as error:
            raise _malformed(error) from error
        self._tail = (self._tail + data[-self._tail_length :])[-self._tail_length :]

    def close(self) -> None:
        """End the body; raises when it is cut off or had no file."""
        try:
            self._parser.close()
        except MultipartError as error:
            raise _malformed(error) from error
        if not self._file_seen:
            raise NoFileError("no part is named file")

    @property
    def _in_file(self) -> bool:
        return self._part is not None and self._part.name == FILE

    def _begin_part(self, part: MultipartSegment) -> Iterator[UploadEvent]:
        self._part = part if part.name == FILE or part.name in self._fields else None
        self._value.clear()
        if part.name == FILE:
            if self._file_seen:
                raise BadRequestError("more than one part is named file")
            self._file_seen = True
            if len((part.filename or "").encode()) > self._limits.max_field_bytes:
                raise BadRequestError(f"the name of the file exceeds {self._limits.max_field_bytes} bytes")
            yield FileStart(part.filename or None)

    def _grow_field(self, data: bytes | bytearray) -> None:
        assert self._part is not None
        if len(self._value) + len(data) > self._limits.max_field_bytes:
            raise BadRequestError(f"field {self._part.name} exceeds {self._limits.max_field_bytes} bytes")
        self._value += data

    def _end_part(self) -> Iterator[UploadEvent]:
        if self._part is not None and self._part.name != FILE:
            try:
                yield TextField(self._part.name, self._value.decode())
            except UnicodeDecodeError as error:
                raise BadRequestError(f"field {self._part.name} is not UTF-8") from error
        self._part = None


def _malformed(error: MultipartError) -> BadRequestError:
    """Return the parser's error in its words, without the Python errors that it may carry."""
    return BadRequestError(f"malformed multipart body: {error.args[0]}")
