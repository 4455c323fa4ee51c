"""The fields of an import's form: which session a capture goes to, and its name."""

from __future__ import annotations

from collections.abc import Iterator

import anyio
import pytest
from anyio import CapacityLimiter

from harlake.errors import SessionNotFoundError
from harlake.store.capture_writer import Destination
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id
from harlake.upload.import_form import ImportForm
from harlake.upload.multipart import FileStart, TextField
from tests.support.hars import UNKNOWN_ID


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataDir]:
    """A data folder with a session."""
    opened = DataDir(tmp_path_factory.mktemp("form"), keep_free=0)
    yield opened
    opened.close()


def _taken(data_dir: DataDir, *events: FileStart | TextField) -> ImportForm:
    async def main() -> ImportForm:
        form = ImportForm(data_dir, CapacityLimiter(1))
        for event in events:
            await form.take(event)
        return form

    return anyio.run(main)


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        (None, "HAR"),
        ("", "HAR"),
        ("x.har", "x"),
        ("x.HAR.gz", "x"),
        ("x.har.zst", "x"),
        ("x.har.har", "x.har"),
        (".har", ".har"),
        ("C:\\captures\\x.har", "x"),
        ("a/b/x.json", "x.json"),
        ("a/", "HAR"),
        ("é" * 512, "é" * 507),  # 1 KiB in all
    ],
)
def test_a_session_is_named_after_its_file(data_dir: DataDir, file_name: str | None, name: str) -> None:
    """Without its folder and the endings of HAR files."""
    form = _taken(data_dir, FileStart(file_name))
    destination, session_name = form.destination()
    assert session_name == destination.new_name == f"Imported: {name}"
    assert form.file_name == file_name


def test_a_given_name_counts_unless_it_is_empty(data_dir: DataDir) -> None:
    """White space around it is dropped."""
    assert _taken(data_dir, TextField("sessionName", "  a b ")).destination()[1] == "a b"
    assert _taken(data_dir, TextField("sessionName", "  ")).destination()[1] == "Imported: HAR"


def test_a_session_that_is_there_is_taken(data_dir: DataDir) -> None:
    """Its name stays what it is, whatever name is given; an empty id is none."""
    session = data_dir.catalog.create_session(new_id(), "Mine")
    fields = [TextField("sessionId", f" {session.id} "), TextField("sessionName", "other"), TextField("sessionId", " ")]
    assert _taken(data_dir, *fields).destination() == (Destination(session.id, None), "Mine")


@pytest.mark.parametrize("session_id", ["nothing", UNKNOWN_ID])
def test_an_unknown_session_is_refused_as_early_as_can_be(data_dir: DataDir, session_id: str) -> None:
    """Before the file at once; after it when the file has been read."""
    field = TextField("sessionId", session_id)
    with pytest.raises(SessionNotFoundError, match=f"no session '{session_id}'"):
        _taken(data_dir, field)
    form = _taken(data_dir, FileStart(None), field)
    with pytest.raises(SessionNotFoundError, match=f"no session '{session_id}'"):
        form.destination()
