"""Writing a capture: all of it is there when it is complete, and nothing of it when it is discarded."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.errors import CatalogUnavailableError, SessionNotFoundError
from harlake.har.envelope import BEFORE_ENTRIES, OWN_MEMBER, Envelope
from harlake.har.parse.reader import HarReader
from harlake.limits import Limits
from harlake.store.capture_writer import CaptureWriter, Destination, UploadedFile, begin_capture
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id
from tests.conftest import ROOT
from tests.support.documents import hars
from tests.support.hars import entry, har, numbered
from tests.support.reading import Accepted, read

_NOTHING = UploadedFile(None, 0, 0, "", 0, Envelope({}, {}))


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataDir]:
    """A data folder that each test leaves empty."""
    opened = DataDir(tmp_path_factory.mktemp("data"), keep_free=0)
    yield opened
    opened.close()


def _begun(data_dir: DataDir, text: bytes, block_bytes: int = 1_000) -> CaptureWriter:
    """Begin a capture, and append the entries of a HAR to it."""
    writer = begin_capture(data_dir)
    reader = HarReader(Limits(block_bytes=block_bytes))
    for block in (*reader.feed(text), *reader.close()[0]):
        writer.append(block)
    return writer


def _object(data_dir: DataDir, capture: uuid.UUID) -> bytes:
    data = (data_dir.path / "captures" / f"{capture}.har.zst").read_bytes()
    return zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read()


def _assert_empty(data_dir: DataDir) -> None:
    catalog = data_dir.catalog
    for folder in ("captures", "index"):
        assert list((data_dir.path / folder).iterdir()) == []
    assert (catalog.unfinished(), catalog.all_captures(), catalog.sessions()) == ([], [], [])
    assert data_dir._unfinished == set()


@pytest.mark.slow
@settings(max_examples=15)
@given(text=hars() | st.just(har()), block_bytes=st.sampled_from([1, 60, 10_000]), sha256=st.text("0123456789abcdef"))
def test_a_capture_is_complete(data_dir: DataDir, text: bytes, block_bytes: int, sha256: str) -> None:
    """Its object is the HAR, entries to the byte, in frames that follow each other; its row says what was uploaded."""
    accepted = read(text)
    assert isinstance(accepted, Accepted)
    envelope, session = accepted.envelope, new_id()
    writer = _begun(data_dir, text, block_bytes)
    upload = UploadedFile("a.har", 7, len(text), sha256, accepted.total, envelope)
    count = len(accepted.entries)
    shown = writer.complete(upload, Destination(session, "Mine"), "Mine")
    assert (shown.id, shown.name, shown.entry_count, shown.capture_count) == (session, "Mine", count, 1)
    stored = _object(data_dir, writer.id)
    assert stored.startswith(BEFORE_ENTRIES)
    again = read(stored)
    assert isinstance(again, Accepted)
    assert again.entries == accepted.entries
    parsed = again.envelope
    own = msgspec.json.decode(parsed.log[OWN_MEMBER])
    assert datetime.fromisoformat(own.pop("createdAt")) == writer.created_at
    sizes = {"fileName": "a.har", "uploadBytes": 7, "harBytes": len(text), "total": accepted.total, "sha256": sha256}
    assert own == sizes | {"session": str(session), "sessionName": "Mine"}
    assert parsed.without(OWN_MEMBER) == envelope.without(OWN_MEMBER)
    _check_catalog(data_dir, writer.id, sizes | {"imported": count})
    _check_rows(data_dir, session, count, len(envelope.pages()))
    data_dir.delete_session(session)
    _assert_empty(data_dir)


def _check_catalog(data_dir: DataDir, capture: uuid.UUID, uploaded: dict[str, object]) -> None:
    """Check what the catalog says of the only capture."""
    (row,) = pa.concat_tables(data_dir.catalog.table("captures")).to_pylist()
    size = (data_dir.path / "captures" / f"{capture}.har.zst").stat().st_size
    names = {"fileName": "file_name", "uploadBytes": "upload_bytes", "harBytes": "har_bytes"}
    expected = {names.get(name, name): value for name, value in uploaded.items()} | {
        "id": capture,
        "object_bytes": size,
    }
    assert {name: row[name] for name in expected} == expected


def _check_rows(data_dir: DataDir, session: uuid.UUID, entries: int, pages: int) -> None:
    """Check the rows of the only capture: pages, and entries in frames that follow each other."""
    captures = data_dir.catalog.captures(session)
    assert data_dir.index.rows(captures, "SELECT count(*) FROM pages", tables=["pages"]) == [(pages,)]
    columns = "frame_start, frame_length, frame_text_length, start, length"
    rows = data_dir.index.rows(captures, f"SELECT ordinal, {columns} FROM entries ORDER BY ordinal")
    assert [ordinal for ordinal, *_ in rows] == list(range(entries))
    for (_, *frame, start, length), (_, *next_frame, next_start, _) in pairwise(rows):
        if frame == next_frame:
            assert next_start > start + length  # after a comma
        else:
            assert next_frame[0] > frame[0] + frame[1]  # after a frame that is a comma
            assert (next_start, frame[2]) == (0, start + length)


def test_a_capture_joins_a_session_that_is_there(data_dir: DataDir) -> None:
    """It is not seen before it is complete, and the session has its entries then."""
    session = data_dir.catalog.create_session(new_id(), "Mine")
    writer = _begun(data_dir, numbered(3))
    assert data_dir.catalog.captures(session.id) == []
    shown = writer.complete(_NOTHING, Destination(session.id, None), "Mine")
    assert (shown.id, shown.entry_count) == (session.id, 3)
    writer.discard()
    assert [capture.id for capture in data_dir.catalog.captures(session.id)] == [writer.id]
    data_dir.delete_session(session.id)
    _assert_empty(data_dir)


def test_a_large_capture_has_files(data_dir: DataDir) -> None:
    """They go with it."""
    session = new_id()
    pages = ",".join(['{"id":"p"}'] * 1_000)
    text = har(*map(entry, range(2_000)), head=f'"pages":[{pages}],'.encode())
    writer = _begun(data_dir, text)
    accepted = read(text)
    assert isinstance(accepted, Accepted)
    writer.complete(UploadedFile(None, 0, 0, "", 0, accepted.envelope), Destination(session, "Mine"), "Mine")
    names = [path.name for path in (data_dir.path / "index").iterdir()]
    assert sorted(names) == [f"{writer.id}.pages.parquet", f"{writer.id}.parquet"]
    _check_rows(data_dir, session, 2_000, 1_000)
    data_dir.delete_session(session)
    _assert_empty(data_dir)


@pytest.mark.parametrize("count", [3, 2_000])
def test_a_discarded_capture_leaves_nothing(data_dir: DataDir, count: int) -> None:
    """Neither an object nor a row, however often it is discarded."""
    writer = _begun(data_dir, numbered(count))
    writer.discard()
    writer.discard()
    _assert_empty(data_dir)


def test_an_import_into_a_session_that_has_gone_is_discarded(data_dir: DataDir) -> None:
    """The error says so, and nothing stays."""
    writer = _begun(data_dir, numbered(3))
    with pytest.raises(SessionNotFoundError):
        writer.complete(_NOTHING, Destination(new_id(), None), "none")
    writer.discard()
    _assert_empty(data_dir)


def test_a_new_session_goes_with_the_capture_that_failed(data_dir: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the catalog has committed both before it failed."""
    catalog = data_dir.catalog
    complete = catalog.complete

    def fail_after(*arguments: object) -> None:
        complete(*arguments)  # type: ignore[arg-type]
        raise OSError("after the commit")

    monkeypatch.setattr(catalog, "complete", fail_after)
    writer = begin_capture(data_dir)
    with pytest.raises(OSError, match="after the commit"):
        writer.complete(_NOTHING, Destination(new_id(), "new"), "new")
    assert len(catalog.sessions()) == 1
    writer.discard()
    _assert_empty(data_dir)


def test_a_capture_that_cannot_be_begun_leaves_nothing(data_dir: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the object cannot be made, the catalog knows of no capture, and closing does not wait for it."""

    def fail(*_: object) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(data_dir.captures, "write", fail)
    with pytest.raises(PermissionError):
        begin_capture(data_dir)
    _assert_empty(data_dir)


_IMPORT = """
import os, sys
from pathlib import Path
from harlake.store.data_dir import DataDir
from tests.support.folders import import_har
from tests.support.hars import entry, har

folder = DataDir(Path(sys.argv[1]), keep_free=0)
os.truncate(os.open(sys.argv[1] + ".begin", os.O_CREAT | os.O_RDWR), 0)
pages = b",".join(b'{"id":"%d"}' % number for number in range(600))
import_har(folder, har(*map(entry, range(600)), head=b'"pages":[%b],' % pages))
os.truncate(sys.argv[1] + ".begin", 1)
"""


def test_objects_are_on_the_disk_before_the_catalog_says_so(tmp_path: Path) -> None:
    """A power cut leaves no capture without its objects: each file, and then its name, is synced before the commit."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    log = tmp_path / "calls"
    calls = "trace=fsync,fdatasync,rename,ftruncate,truncate"
    done = subprocess.run(
        [strace, "-f", "-y", "-e", calls, "-o", log, sys.executable, "-c", _IMPORT, tmp_path / "data"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if not log.exists() or "PTRACE" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    _, begun, rest = log.read_text().partition(".begin")
    made, ended, _ = rest.partition(".begin")
    assert begun
    assert ended
    synced = re.findall(r"\b(?:fsync\(\d+<.*/data/|rename\(.*?/data/)([^\">]*)", made)
    names = [re.sub(r"[0-9a-f-]{36}", "ID", name) for name in synced]
    assert names[0] == names[-1] == "catalog.duckdb.wal"  # it is announced, and complete
    for folder, name in (("index", "ID.parquet"), ("captures", "ID.har.zst"), ("index", "ID.pages.parquet")):
        at = names.index(f"{folder}/{name}.part")
        assert names[at : at + 3] == [f"{folder}/{name}.part"] * 2 + [folder]
    assert len(names) == 2 + 3 * 3


def test_what_could_not_be_announced_is_not_announced_again(data_dir: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalog may know of it, although its answer was lost: whoever writes more of it is told the same."""
    announced: list[uuid.UUID] = []
    announce = data_dir.catalog.announce

    def fail(capture: uuid.UUID) -> None:
        announce(capture)
        announced.append(capture)
        raise CatalogUnavailableError

    monkeypatch.setattr(data_dir.catalog, "announce", fail)
    writer = _begun(data_dir, numbered(600))
    for _ in range(2):
        with pytest.raises(CatalogUnavailableError):
            writer._announcement.make()
    writer.discard()
    assert announced == [writer.id]
    assert data_dir.catalog.unfinished() == []
