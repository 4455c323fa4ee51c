"""Uploads that go on, without HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter

from harlake.limits import Limits
from harlake.store.data_dir import DataDir
from harlake.store.upload_files import UploadDescription, UploadFiles
from harlake.upload.importer import ImportResult
from harlake.upload.resources import UploadResources
from harlake.upload.resumable_uploads import ResumableUploads
from harlake.upload.running_imports import RunningImports


@asynccontextmanager
async def _place() -> AsyncIterator[None]:
    yield


def _answer(result: ImportResult) -> dict[str, Any]:
    return {"captureId": str(result.capture), "imported": result.report.imported}


@contextmanager
def opened(folder: Path) -> Iterator[DataDir]:
    """Open a data folder."""
    data_dir = DataDir(folder, keep_free=0)
    try:
        yield data_dir
    finally:
        data_dir.close()


def uploads_of(data_dir: DataDir, running: RunningImports | None = None) -> ResumableUploads:
    """Return the uploads of a data folder, which begin on an event loop."""
    resources = UploadResources(CapacityLimiter(1), CapacityLimiter(2))
    files = UploadFiles(data_dir.path / "uploads", 3_600)
    return ResumableUploads(data_dir, files, resources, Limits(), running or RunningImports(), _place, _answer)


def described(length: int, **fields: str) -> UploadDescription:
    """Return what a client says of a file."""
    return UploadDescription(length, "a.har", fields)
