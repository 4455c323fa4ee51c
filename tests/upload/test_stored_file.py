"""A stored capture as an upload: the bytes of its object, and what is wrong with it."""

from __future__ import annotations

import anyio
import pytest
from anyio import CapacityLimiter

from harlake.errors import DamagedCaptureError
from harlake.store.capture_descriptions import CaptureQuery
from harlake.upload.multipart import FileChunk, FileStart, UploadEvent
from harlake.upload.stored_file import stored_file
from tests.support.folders import Folder, folder_of
from tests.support.hars import numbered


def _events(folder: Folder) -> list[UploadEvent]:
    (capture,) = folder.data_dir.catalog.described_captures(CaptureQuery(), 0, 1)

    async def main() -> list[UploadEvent]:
        return [event async for event in stored_file(folder.data_dir.captures, capture, CapacityLimiter(1))]

    return anyio.run(main)


@pytest.mark.slow
def test_the_object_is_the_file() -> None:
    """Byte for byte, in pieces; its name is that of the upload."""
    with folder_of(numbered(20_000)) as folder:
        first, *chunks = _events(folder)
        assert first == FileStart("x.har")
        assert len(chunks) > 1
        data = b"".join(chunk.data for chunk in chunks if isinstance(chunk, FileChunk))
        (stored,) = (folder.data_dir.path / "captures").iterdir()
        assert data == stored.read_bytes()


def test_what_is_cut_off_is_damaged() -> None:
    """It is not taken for a shorter capture."""
    with folder_of(numbered(3)) as folder:
        (stored,) = (folder.data_dir.path / "captures").iterdir()
        stored.chmod(0o600)
        stored.write_bytes(stored.read_bytes()[:-1])
        with pytest.raises(DamagedCaptureError):
            _events(folder)
