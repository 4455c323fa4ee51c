"""Bytes as requests bring them: kept as far as they have come, with a checksum all or none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harlake.errors import ChecksumMismatchError, ClientLeftError, HarlakeError, UploadTooLargeError
from harlake.store.data_dir import DataDir
from harlake.upload.upload_writer import UploadWriter
from tests.support.hars import numbered, until
from tests.support.resumable import described, opened, uploads_of

_TEXT = numbered(5)


class _Checksum:
    def __init__(self, expected: bytes) -> None:
        self._expected, self._got = expected, b""

    def update(self, data: bytes) -> None:
        self._got += data

    def matches(self) -> bool:
        return self._got == self._expected


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[DataDir]:
    """An empty data folder."""
    with opened(tmp_path / "data") as found:
        yield found


@given(st.lists(st.integers(0, len(_TEXT)), max_size=5), st.booleans())
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_is_imported_however_it_comes(data_dir: DataDir, cuts: list[int], is_checked: bool) -> None:
    """In any pieces, in any number of requests, some of which break off."""

    async def main() -> None:
        uploads = uploads_of(data_dir)
        upload = await uploads.create(described(len(_TEXT)))
        for end in sorted({*cuts, len(_TEXT)}):
            part = _TEXT[upload.file.offset : end]
            checksum = _Checksum(part) if is_checked else None

            async def pieces(part: bytes = part, breaks: bool = end % 2 == 1) -> AsyncIterator[bytes]:
                for start in range(0, len(part), 1_000):
                    yield part[start : start + 1_000]
                if breaks and len(part) > 1 and part[-1:] != _TEXT[-1:]:
                    raise ClientLeftError

            try:
                await UploadWriter(uploads, upload, checksum).run(pieces())
            except ClientLeftError:
                assert is_checked or upload.file.offset == end
        await until(lambda: upload.importing is None)
        assert upload.outcome is not None
        assert upload.outcome.body["imported"] == 5

    anyio.run(main)


@pytest.mark.parametrize(
    ("parts", "checksum", "error", "offset"),
    [
        ([b"ab", b"cd"], None, UploadTooLargeError, 2),
        ([b"ab"], _Checksum(b"xy"), ChecksumMismatchError, 0),
        ([b"abcd"], _Checksum(b"abcd"), UploadTooLargeError, 0),
    ],
)
def test_what_may_not_come_does_not_count(
    data_dir: DataDir, parts: list[bytes], checksum: _Checksum | None, error: type[HarlakeError], offset: int
) -> None:
    """More than was announced, and other bytes than were sent."""

    async def pieces() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    async def main() -> None:
        uploads = uploads_of(data_dir)
        upload = await uploads.create(described(3))
        with pytest.raises(error):
            await UploadWriter(uploads, upload, checksum).run(pieces())
        assert upload.file.offset == offset
        await uploads.close()

    anyio.run(main)
