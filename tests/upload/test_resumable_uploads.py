"""Uploads that go on: their imports read what arrives, and begin again where that is needed."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from harlake.errors import BadRequestError, SessionNotFoundError, UploadLockedError, UploadNotFoundError
from harlake.store.ids import new_id
from harlake.upload import resumable_uploads
from harlake.upload.resumable_uploads import ResumableUpload, ResumableUploads
from harlake.upload.running_imports import RunningImports
from tests.support.hars import UNKNOWN_ID, numbered, until
from tests.support.resumable import described, opened, uploads_of


def _arrive(uploads: ResumableUploads, upload: ResumableUpload, data: bytes) -> None:
    upload.file.write(data, upload.file.offset)
    upload.arrive(upload.file.offset + len(data))
    upload.file.sync()
    uploads.begin(upload)


async def _ended(upload: ResumableUpload) -> None:
    await until(lambda: upload.importing is None)


def test_what_has_arrived_is_imported_meanwhile(tmp_path: Path) -> None:
    """Its entries are counted before the rest is there, and visible when it is."""

    async def main() -> None:
        running = RunningImports()
        uploads = uploads_of(data_dir, running)
        text = numbered(10_000)
        upload = await uploads.create(described(len(text), sessionName="S"))
        _arrive(uploads, upload, text[:-1])
        await until(lambda: [one.entries for one in running.all()] > [0])
        assert (list(data_dir.catalog.sessions()), upload.outcome, upload.offset) == ([], None, len(text) - 1)
        _arrive(uploads, upload, text[-1:])
        await _ended(upload)
        assert upload.outcome is not None
        assert upload.outcome.body["imported"] == 10_000
        assert [session.name for session in data_dir.catalog.sessions()] == ["S"]
        assert (await uploads.find(upload.file.id)) is upload

    with opened(tmp_path / "data") as data_dir:
        anyio.run(main)


def test_an_import_that_waits_for_long_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds nothing then, and begins again with the next bytes."""
    monkeypatch.setattr(resumable_uploads, "_PATIENCE", 0.01)

    async def main() -> None:
        uploads = uploads_of(data_dir)
        text = numbered(3)
        upload = await uploads.create(described(len(text)))
        _arrive(uploads, upload, text[:100])
        await _ended(upload)
        assert (upload.outcome, upload.failure, data_dir.catalog.unfinished()) == (None, None, [])
        _arrive(uploads, upload, text[100:])
        await _ended(upload)
        assert upload.outcome is not None
        assert not upload.outcome.is_refusal

    with opened(tmp_path / "data") as data_dir:
        anyio.run(main)


def test_another_process_goes_on(tmp_path: Path) -> None:
    """With what had arrived as a whole at once, with the rest when its client does."""
    text = numbered(3)

    async def leave() -> list[ResumableUpload]:
        uploads = uploads_of(data_dir)
        whole, part = [await uploads.create(described(len(text))) for _ in range(2)]
        for upload, data in ((whole, text), (part, text[:100])):
            upload.file.write(data, 0)
            upload.arrive(len(data))
            upload.file.sync()
        _arrive(uploads, part, b"")
        await uploads.close()
        return [whole, part]

    async def resume() -> None:
        uploads = uploads_of(data_dir)
        await uploads.resume()
        whole, part = [await uploads.find(upload.file.id) for upload in left]
        await _ended(whole)
        assert whole.outcome is not None
        assert (part.importing, part.outcome, part.offset) == (None, None, 100)
        await uploads.expire()
        await uploads.remove(part)
        with pytest.raises(UploadNotFoundError):
            await uploads.find(part.file.id)

    with opened(tmp_path / "data") as data_dir:
        left = anyio.run(leave)
    with opened(tmp_path / "data") as data_dir:
        anyio.run(resume)
        assert [session.entry_count for session in data_dir.catalog.sessions()] == [3]
        assert data_dir.catalog.unfinished() == []


def test_what_is_cancelled_or_removed_leaves_nothing(tmp_path: Path) -> None:
    """A cancelled one says so; a removed one is unknown."""

    async def main() -> None:
        running = RunningImports()
        uploads = uploads_of(data_dir, running)
        text = numbered(3)
        cancelled, removed = [await uploads.create(described(len(text))) for _ in range(2)]
        _arrive(uploads, cancelled, text[:50])
        await until(running.all)
        running.all()[0].cancel()
        await _ended(cancelled)
        assert cancelled.outcome is not None
        assert (cancelled.outcome.status, cancelled.offset) == (409, 0)
        _arrive(uploads, removed, text[:50])
        await uploads.remove(removed)
        assert removed.importing is None
        assert data_dir.catalog.unfinished() == []
        for field, error in (("sessionId", SessionNotFoundError), ("salvage", BadRequestError)):
            with pytest.raises(error):
                await uploads.create(described(3, **{field: UNKNOWN_ID}))
        with pytest.raises(UploadNotFoundError):
            await uploads.find(new_id())

    with opened(tmp_path / "data") as data_dir:
        anyio.run(main)
        assert [path.suffix for path in (data_dir.path / "uploads").iterdir()] == [".json"]


def test_the_last_who_writes_goes_on(tmp_path: Path) -> None:
    """Whoever wrote before is told, and has ended before the other begins."""

    async def main() -> None:
        uploads = uploads_of(data_dir)
        upload = await uploads.create(described(3))
        said: list[str] = []

        async def write(name: str) -> None:
            said.append(f"{name} begins")
            try:
                await anyio.sleep_forever()
            finally:
                said.append(f"{name} ends")

        async def first() -> None:
            with pytest.raises(UploadLockedError):
                await upload.write(partial(write, "first"))

        async with anyio.create_task_group() as group:
            group.start_soon(first)
            await until(lambda: said)
            await upload.write(anyio.lowlevel.checkpoint)
        assert said == ["first begins", "first ends"]

    with opened(tmp_path / "data") as data_dir:
        anyio.run(main)
