"""Reads zip archives (APPNOTE 6.3.10) of any number of members: nothing is unpacked to the disk, or held as a whole.

Strategy: the directory is read as it is, in pieces. Of each member, 16 bytes are held, a hash of its name and where the
directory has it, so that it is found again. What a member expands to is counted, over all members together.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from harlake.errors import InvalidJsonError
from harlake.formats.source import PIECE, Source
from harlake.limits import DEFAULT_LIMITS, Limits

_END: Final = struct.Struct("<4s4H2LH")
_END_MARK: Final = b"PK\x05\x06"
_LOCATOR: Final = struct.Struct("<4sLQL")
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_MOST_COMMENT: Final = (1 << 16) - 1

_STORED: Final = 0
_DEFLATED: Final = 8
_ENCRYPTED: Final = 1
_UTF_8: Final = 1 << 11
_IN_EXTRA: Final = (1 << 32) - 1
_ZIP_64: Final = 1

#: Members of an archive: 32 MB are held of so many. A capture of a hundred thousand requests has as many.
MAX_ZIP_MEMBERS: Final = 2_000_000

#: Members of the directory that are read in one go.
_PAUSE: Final = 4_096


@dataclass(frozen=True, slots=True)
class ZipMember:
    """A file in an archive; ``at`` is the offset of its own header."""

    name: str
    size: int
    packed: int
    method: int
    flags: int
    crc: int
    at: int


class Expansion:
    """Counts what is unpacked of a file of some size. Raises InvalidJsonError where that is too much."""

    def __init__(self, packed: int, limits: Limits) -> None:
        self._limits = limits
        self._most = max(limits.expansion_floor, packed * limits.max_expansion)
        self._unpacked = 0

    def count(self, size: int, name: str, at: int) -> None:
        """Count so many bytes of a member, whose header is at an offset."""
        self._unpacked += size
        if self._unpacked > self._most:
            many = f"more than {self._limits.max_expansion} times its size"
            raise InvalidJsonError(f"{name!r}, with what was read before it, expands to {many}", byte=at)


class ZipArchive:
    """An archive: what is in it, found by name, and read in pieces. All raise InvalidJsonError with the byte."""

    def __init__(self, source: Source, limits: Limits = DEFAULT_LIMITS) -> None:
        self._source = source
        self._expansion = Expansion(source.size, limits)
        self._start, self._end = self._directory()
        self._hashes = self._offsets = np.empty(0, np.uint64)

    def index(self) -> Iterator[None]:
        """Read the directory, so that members are found; pause now and then. Exhaust it before anything else."""
        hashes, offsets = array("Q"), array("Q")
        for offset, member in self._entries():
            hashes.append(_hash(member.name))
            offsets.append(offset)
            if len(offsets) > MAX_ZIP_MEMBERS:
                raise InvalidJsonError(f"the zip archive has more than {MAX_ZIP_MEMBERS:,} members", byte=offset)
            if not len(offsets) % _PAUSE:
                yield
        if offsets:
            found = np.frombuffer(hashes, np.uint64)
            order = np.argsort(found, kind="stable")
            self._hashes, self._offsets = found[order], np.frombuffer(offsets, np.uint64)[order]

    def members(self) -> Iterator[ZipMember]:
        """Yield all members, in the order of the directory."""
        return (member for _, member in self._entries())

    def find(self, name: str) -> ZipMember | None:
        """Return the member of a name, None where there is none; of several the last."""
        digest = np.uint64(_hash(name))
        first = int(np.searchsorted(self._hashes, digest, "left"))
        last = int(np.searchsorted(self._hashes, digest, "right"))
        for place in range(last - 1, first - 1, -1):
            _, member = self._entry_at(int(self._offsets[place]))
            if member.name == name:
                return member
        return None

    def read(self, member: ZipMember, *, expansion: Expansion | None = None) -> Iterator[bytes]:
        """Yield what a member has, in pieces; ``expansion`` counts it elsewhere than among all others."""
        counted = expansion or self._expansion
        start = self._data(member)
        packed = self._source.pieces(start, start + member.packed)
        if member.method == _STORED:
            unpacked = packed
        elif member.method == _DEFLATED:
            unpacked = _inflated(packed, member)
        else:
            raise _wrong(member, f"is compressed by method {member.method}; stored and deflated members are read")
        crc = size = 0
        for piece in unpacked:
            size += len(piece)
            counted.count(len(piece), member.name, member.at)
            if size > member.size:
                raise _wrong(member, f"is longer than the {member.size} bytes that the directory says")
            crc = zlib.crc32(piece, crc)
            yield piece
        if size < member.size:
            raise _wrong(member, f"ends after {size} of {member.size} bytes")
        if crc != member.crc:
            raise _wrong(member, "is damaged: its checksum is another one")

    def _data(self, member: ZipMember) -> int:
        """Return the offset of a member's data."""
        if member.flags & _ENCRYPTED:
            raise _wrong(member, "is encrypted: decrypt it")
        header = self._source.read(member.at, _LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
            raise _wrong(member, "is not where the directory says")
        *_, name, extra = _LOCAL.unpack(header)
        return member.at + _LOCAL.size + int(name) + int(extra)

    def _directory(self) -> tuple[int, int]:
        """Return where the directory begins and ends."""
        size = self._source.size
        begin = max(0, size - _END.size - _MOST_COMMENT)
        tail = self._source.read(begin, size - begin)
        found = len(tail)
        while (found := tail.rfind(_END_MARK, 0, found)) >= 0:
            comment = tail[found + _END.size - 2 : found + _END.size]
            if found + _END.size + int.from_bytes(comment, "little") == len(tail):
                break
        else:
            raise InvalidJsonError(
                "the zip archive is cut off, or something follows it: its directory is missing", byte=size
            )
        _, disk, _, _, count, length, start, _ = _END.unpack_from(tail, found)
        at = begin + found
        if max(count, length, start) >= _MOST_COMMENT:
            locator = self._source.read(max(0, at - _LOCATOR.size), _LOCATOR.size)
            if len(locator) == _LOCATOR.size and locator.startswith(b"PK\x06\x07"):
                at = _LOCATOR.unpack(locator)[2]
                end = self._source.read(at, _END_64.size)
                if len(end) < _END_64.size or not end.startswith(b"PK\x06\x06"):
                    raise InvalidJsonError("the zip archive's directory is not where its end says", byte=at)
                *_, length, start = _END_64.unpack(end)
        if disk not in (0, (1 << 16) - 1) or start + length > at:
            raise InvalidJsonError("the zip archive is incomplete, or one of several parts", byte=at)
        return start, start + length

    def _entries(self) -> Iterator[tuple[int, ZipMember]]:
        offset = self._start
        while offset < self._end:
            length, member = self._entry_at(offset)
            yield offset, member
            offset += length

    def _entry_at(self, offset: int) -> tuple[int, ZipMember]:
        """Return how long an entry of the directory is, and what it says."""
        header = self._source.read(offset, _ENTRY.size)
        if len(header) < _ENTRY.size or not header.startswith(b"PK\x01\x02"):
            raise InvalidJsonError("the zip archive's directory is damaged", byte=offset)
        _, _, _, flags, method, _, _, crc, packed, size, *lengths, _, _, _, at = _ENTRY.unpack(header)
        name_length, extra_length, comment_length = lengths
        more = self._source.read(offset + _ENTRY.size, name_length + extra_length)
        name = more[:name_length].decode("utf-8" if flags & _UTF_8 else "cp437", "replace").replace("\\", "/")
        size, packed, at = _wide(more[name_length:], size, packed, at)
        length = _ENTRY.size + name_length + extra_length + comment_length
        return length, ZipMember(name, size, packed, method, flags, crc, at)


def _wide(extra: bytes, *values: int) -> tuple[int, ...]:
    """Return values of which those that are too large for their places are in the extra field, in this order."""
    wide = b""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<2H", extra)
        if kind == _ZIP_64:
            wide = extra[4 : 4 + length]
        extra = extra[4 + length :]
    found = []
    for value in values:
        if value == _IN_EXTRA and len(wide) >= 8:
            value, wide = int.from_bytes(wide[:8], "little"), wide[8:]
        found.append(value)
    return tuple(found)


def _inflated(packed: Iterator[bytes], member: ZipMember) -> Iterator[bytes]:
    stream = zlib.decompressobj(wbits=-15)
    try:
        for data in packed:
            while data and not stream.eof:
                piece = stream.decompress(data, PIECE)
                if piece:
                    yield piece
                data = stream.unconsumed_tail
        while piece := stream.decompress(b"", PIECE):
            yield piece
    except zlib.error as error:
        raise _wrong(member, f"is damaged: {error}") from error


def _wrong(member: ZipMember, what: str) -> InvalidJsonError:
    return InvalidJsonError(f"{member.name!r} in the zip archive {what}", byte=member.at)


def _hash(name: str) -> int:
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")
