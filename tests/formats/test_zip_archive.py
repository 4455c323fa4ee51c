"""Zip archives: read as Python's zipfile writes them, and refused where they are damaged, or expand too far."""

from __future__ import annotations

import io
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import InvalidJsonError
from harlake.formats.source import Source
from harlake.formats.zip_archive import ZipArchive
from harlake.limits import Limits
from tests.support.conversions import zipped

_FILES = {"a.txt": b"one", "b/ü.txt": b"two" * 1000, "empty": b""}


@contextmanager
def _opened(data: bytes, limits: Limits | None = None) -> Iterator[ZipArchive]:
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(data)
        archive = ZipArchive(Source(file), limits or Limits())
        list(archive.index())
        yield archive


def _content(archive: ZipArchive, name: str) -> bytes:
    member = archive.find(name)
    assert member is not None
    return b"".join(archive.read(member))


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8", exclude_characters="\\\0"), min_size=1), st.binary()),
    st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)),
)
def test_what_zipfile_writes_is_read(files: dict[str, bytes], method: int) -> None:
    """All members are listed in their order, found by their names, and read."""
    with _opened(zipped(files, method)) as archive:
        assert [member.name for member in archive.members()] == list(files)
        assert {name: _content(archive, name) for name in files} == files
        assert archive.find("\0") is None


def test_sizes_that_need_zip64() -> None:
    """Members that were written with 64-bit sizes, behind a comment."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        with archive.open("large", "w", force_zip64=True) as file:
            file.write(b"x" * 70_000)
        archive.comment = b"PK\x05\x06 is in the comment"
    with _opened(data.getvalue()) as opened:
        assert _content(opened, "large") == b"x" * 70_000


@given(st.data())
def test_damage_is_an_error(drawn: st.DataObject) -> None:
    """Whatever bytes are changed or cut off, all that comes is what was in it, or an error that says where."""
    data = bytearray(zipped(_FILES))
    at = drawn.draw(st.integers(0, len(data) - 1))
    if drawn.draw(st.booleans()):
        data[at] = drawn.draw(st.integers(0, 255))
    else:
        del data[at:]
    try:
        with _opened(bytes(data)) as archive:
            for member in archive.members():
                b"".join(archive.read(member))
    except InvalidJsonError as error:
        if error.byte is None:
            raise


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda data: data[:-30], "cut off"),
        (lambda data: data.replace(b"PK\x01\x02", b"PK\x09\x02", 1), "directory is damaged"),
        (lambda data: data.replace(b"PK\x03\x04", b"PK\x09\x04", 1), "'a.txt' in the zip archive is not where"),
        (lambda data: data.replace(struct.pack("<L", zlib.crc32(b"one")), b"\0\0\0\0"), "checksum"),
    ],
)
def test_refusals_name_the_member(change: Callable[[bytes], bytes], complaint: str) -> None:
    """What is wrong is said, with the member, and the byte."""
    with (
        pytest.raises(InvalidJsonError, match=complaint) as raised,
        _opened(change(zipped(_FILES))) as archive,
    ):
        _content(archive, "a.txt")
    assert raised.value.byte is not None


def test_encrypted_and_unknown_members_are_refused() -> None:
    """A member that is encrypted, or compressed in another way, is named."""
    data = bytearray(zipped({"a": b"text"}))
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    with _opened(bytes(data)) as archive, pytest.raises(InvalidJsonError, match="'a' in the zip archive is encrypted"):
        _content(archive, "a")
    other = zipped({"a": b"text"}, zipfile.ZIP_LZMA)
    with _opened(other) as archive, pytest.raises(InvalidJsonError, match="compressed by method 14"):
        _content(archive, "a")


def test_expansion_is_bounded() -> None:
    """All members together expand no further than limits say."""
    data = zipped({name: bytes(1_000_000) for name in "abc"})
    complaint = "'c', with what was read before it, expands to more than 2 times"
    with _opened(data, Limits(expansion_floor=2_500_000, max_expansion=2)) as archive:
        assert len(_content(archive, "a")) == len(_content(archive, "b")) == 1_000_000
        with pytest.raises(InvalidJsonError, match=complaint):
            _content(archive, "c")
