"""The import, without HTTP: form events in, a capture or nothing at all out."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from pathlib import Path

import anyio
import pytest
from anyio import CapacityLimiter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harlake.errors import NoFileError, SessionNotFoundError
from harlake.store.data_dir import DataDir
from harlake.store.local_objects import LocalSink
from harlake.upload.importer import ImportResult, import_upload
from harlake.upload.multipart import FileChunk, FileStart, TextField, UploadEvent
from harlake.upload.resources import UploadResources
from harlake.upload.validator import validate_upload
from tests.support.hars import UNKNOWN_ID, numbered, stays, until


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[DataDir]:
    """An empty data folder."""
    opened = DataDir(tmp_path / "data", keep_free=0)
    yield opened
    opened.close()


async def _events(*events: UploadEvent, error: Exception | None = None) -> AsyncIterator[UploadEvent]:
    for event in events:
        yield event
    if error is not None:
        raise error


def _resources() -> UploadResources:
    return UploadResources(CapacityLimiter(1), CapacityLimiter(2))


def _import(data_dir: DataDir, *events: UploadEvent, error: Exception | None = None) -> ImportResult:
    async def main() -> ImportResult:
        return await import_upload(data_dir, _events(*events, error=error), _resources())

    return anyio.run(main)


def _file(text: bytes, *cuts: int) -> list[UploadEvent]:
    bounds = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return [FileStart("x.har"), *(FileChunk(text[a:b]) for a, b in pairwise(bounds) if a < b)]


def _nothing_left(data_dir: DataDir) -> bool:
    catalog = data_dir.catalog
    return not [*(data_dir.path / "captures").iterdir(), *catalog.unfinished(), *catalog.sessions()]


@given(st.integers(0, 5), st.lists(st.integers(0, 10_000), max_size=5))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_is_imported_however_it_is_cut(data_dir: DataDir, count: int, cuts: list[int]) -> None:
    """All entries are in a new session that is named after the file; the report has the sizes."""
    text = numbered(count)
    result = _import(data_dir, *_file(text, *cuts))
    session = data_dir.session(str(result.session))
    assert (session.name, session.entry_count, session.capture_count) == ("Imported: x", count, 1)
    assert result.session_name == session.name
    report = result.report
    assert (report.imported, report.total, report.upload_bytes, report.har_bytes) == (count, count, *[len(text)] * 2)
    assert [capture.id for capture in data_dir.catalog.captures(result.session)] == [result.capture]


def test_fields_say_where_it_goes(data_dir: DataDir) -> None:
    """A name for a new session, or the id of one, before the file or after it."""
    first = _import(data_dir, *_file(numbered(1)), TextField("sessionName", " Mine "))
    assert first.session_name == "Mine"
    second = _import(data_dir, TextField("sessionId", str(first.session)), *_file(numbered(2)))
    assert second.session == first.session
    assert data_dir.session(str(first.session)).entry_count == 3


@pytest.mark.parametrize("before", [True, False])
def test_an_unknown_session_is_refused(data_dir: DataDir, before: bool) -> None:
    """Before the file as soon as it is read, after it at the end."""
    field = TextField("sessionId", UNKNOWN_ID)
    events = [field, *_file(b"no HAR")] if before else [*_file(numbered(1)), field]
    with pytest.raises(SessionNotFoundError):
        _import(data_dir, *events)
    assert _nothing_left(data_dir)


@pytest.mark.parametrize("text", [b"", b"[]", numbered(50)[:-3], numbered(50) + b"x", b'{"log":{"entries":[{},,]}}'])
def test_a_file_that_is_refused_leaves_nothing(data_dir: DataDir, text: bytes) -> None:
    """What was stored of it before the error was found is removed; the error of the file comes before others."""
    with pytest.raises(Exception, match=r".") as raised:
        _import(data_dir, *_file(text), TextField("sessionId", UNKNOWN_ID))
    assert getattr(raised.value, "status", None) == 400
    assert _nothing_left(data_dir)


def test_an_upload_that_breaks_off_leaves_nothing(data_dir: DataDir) -> None:
    """Its own error is the answer, not that the HAR is cut off."""
    with pytest.raises(NoFileError, match="gone"):
        _import(data_dir, *_file(numbered(20)[:500]), error=NoFileError("gone"))
    assert _nothing_left(data_dir)


def test_a_client_that_leaves_leaves_nothing(data_dir: DataDir) -> None:
    """A cancelled import is discarded, and its threads are free again; it has held none while it waited."""
    is_received = threading.Event()

    async def events() -> AsyncIterator[UploadEvent]:
        for event in _file(numbered(20)[:500]):
            yield event
        is_received.set()
        await anyio.sleep_forever()

    async def main() -> None:
        resources = _resources()
        async with anyio.create_task_group() as group:
            group.start_soon(import_upload, data_dir, events(), resources)
            await until(is_received.is_set)
            await until(stays(lambda: not resources.reading.borrowed_tokens and not resources.writing.borrowed_tokens))
            group.cancel_scope.cancel()
        assert (resources.reading.borrowed_tokens, resources.writing.borrowed_tokens) == (0, 0)

    anyio.run(main)
    assert _nothing_left(data_dir)


def test_many_uploads_share_one_thread(data_dir: DataDir) -> None:
    """Imports and validations at the same time, read one at a time, all end well."""
    totals: list[int] = []

    async def one(count: int, resources: UploadResources) -> None:
        events = _file(numbered(count), 100, 2_000)
        if count % 2:
            totals.append((await import_upload(data_dir, _events(*events), resources)).report.imported)
        else:
            totals.append((await validate_upload(_events(*events), resources)).imported)

    async def main() -> None:
        resources = _resources()
        async with anyio.create_task_group() as group:
            for count in range(8):
                group.start_soon(one, count, resources)

    anyio.run(main)
    assert sorted(totals) == list(range(8))
    assert len(data_dir.catalog.sessions()) == 4


def test_a_failing_disk_is_the_answer(data_dir: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error while storing ends the import, though the file goes on."""

    def fail(*_: object) -> None:
        raise OSError("broken disk")

    monkeypatch.setattr(LocalSink, "write", fail)
    with pytest.raises(OSError, match="broken disk"):
        _import(data_dir, *_file(numbered(5)))
    assert _nothing_left(data_dir)
