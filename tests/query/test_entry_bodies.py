"""Bodies of stored entries: those that the entry has, and errors that say why there is none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.errors import DamagedCaptureError, EntryNotFoundError, NoBodyError
from harlake.har.bodies import Body
from harlake.har.parse.reader import HarReader
from harlake.query.entry_bodies import Message, StoredBody
from harlake.query.entry_bodies import read_body as read_located_body
from harlake.query.entry_reader import locate_entry
from harlake.store.capture_writer import Destination, UploadedFile, begin_capture
from harlake.store.data_dir import DataDir
from harlake.store.ids import entry_id
from tests.support.folders import Folder, folder_of, import_har
from tests.support.hars import UNKNOWN_ID, har


def read_body(data_dir: DataDir, entry_id: str, message: Message) -> StoredBody:
    """Return a body of the entry with an id."""
    return read_located_body(data_dir, locate_entry(data_dir, entry_id), message)


_MESSAGES: tuple[Message, Message] = ("request", "response")


def _entry(number: int, sent: str | None, received: str | None) -> bytes:
    request: dict[str, Any] = {"method": "POST", "url": f"http://a.test/{number}"}
    content: dict[str, Any] = {"mimeType": "text/html"}
    if sent is not None:
        request["postData"] = {"mimeType": "text/plain", "text": sent}
    if received is not None:
        content["text"] = received
    return json.dumps({"request": request, "response": {"content": content}}).encode()


_texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A folder to which sessions are added."""
    with folder_of(har()) as folder:
        yield folder


@pytest.mark.slow
@settings(max_examples=15)
@given(bodies=st.lists(st.tuples(_texts, _texts), min_size=1, max_size=4))
def test_each_entry_has_its_bodies(folder: Folder, bodies: list[tuple[str | None, str | None]]) -> None:
    """The texts of request and response, each with its media type and the entry's URL, or no body."""
    data_dir = folder.data_dir
    session = import_har(data_dir, har(*(_entry(number, *texts) for number, texts in enumerate(bodies))))
    (capture,) = data_dir.catalog.captures(session.id)
    for number, texts in enumerate(bodies):
        of_entry = str(entry_id(capture.id, number))
        for message, text, mime_type in zip(_MESSAGES, texts, ("text/plain", "text/html"), strict=True):
            if text is None:
                with pytest.raises(NoBodyError, match=f"the {message}'s body was not captured"):
                    read_body(data_dir, of_entry, message)
            else:
                stored = read_body(data_dir, of_entry, message)
                assert stored == StoredBody(Body(text.encode(), mime_type, True), f"http://a.test/{number}")


def test_an_unknown_entry_is_not_found() -> None:
    """Whether it is an id, one of something else, or none."""
    with folder_of(har(_entry(0, "a", "b"))) as folder:
        capture = folder.captures[0].id
        for unknown in ("", "x", UNKNOWN_ID, str(capture), str(entry_id(capture, 1))):
            with pytest.raises(EntryNotFoundError, match=f"no entry '{unknown}'"):
                read_body(folder.data_dir, unknown, "response")


def test_a_body_without_its_object_is_damage() -> None:
    """What the catalog knows of, and cannot be read, is an error of its own."""
    with folder_of(har(_entry(0, "a", "b"))) as folder:
        folder.data_dir.captures.delete(folder.captures[0].id)
        with pytest.raises(DamagedCaptureError):
            read_body(folder.data_dir, str(entry_id(folder.captures[0].id, 0)), "response")


def test_a_body_is_read_where_the_url_cannot_be_told() -> None:
    """An object that holds something else than was indexed still gives the body that it holds."""
    without_request = b'{"response":{"content":{"text":"b"}}}'
    with folder_of(har()) as folder:
        reader = HarReader()
        (*_, block), envelope = [*reader.feed(har(_entry(0, None, "b"))), *reader.cut()], reader.close()[1]
        writer = begin_capture(folder.data_dir)
        writer.append(replace(block, data=without_request, starts=[0], ends=[len(without_request)]))
        upload = UploadedFile(None, 0, 0, "", 1, envelope)
        writer.complete(upload, Destination(folder.session.id, None), "Session")
        stored = read_body(folder.data_dir, str(entry_id(writer.id, 0)), "response")
        assert stored == StoredBody(Body(b"b", None, True), "")
