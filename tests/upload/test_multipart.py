"""The upload form: whatever is in the file, and wherever the body is cut, the file comes out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import BadRequestError
from harlake.upload.multipart import FileChunk, FileStart, TextField, UploadEvent, UploadForm

_TYPE = "multipart/form-data; boundary=XyZ"
_FRAGMENTS = [b"\r", b"\n", b"\r\n", b"--", b"\r\n--Xy", b"XyZ", b"--XyZ", b"{}", b"a" * 40, b"\r\n--xyz\r\n"]
_files = st.lists(st.sampled_from(_FRAGMENTS), max_size=12).map(b"".join).filter(lambda text: b"\r\n--XyZ" not in text)


def _body(file: bytes) -> bytes:
    return (
        b'--XyZ\r\nContent-Disposition: form-data; name="file"; filename="x.har"\r\n\r\n%b\r\n'
        b'--XyZ\r\nContent-Disposition: form-data; name="sessionName"\r\n\r\nMine\r\n--XyZ--\r\n' % file
    )


def _feed(pieces: list[bytes]) -> list[UploadEvent]:
    form = UploadForm(_TYPE, frozenset({"sessionName"}))
    events = [event for piece in pieces for event in form.feed(piece)]
    form.close()
    return events


@given(_files, st.lists(st.integers(0, 10_000), max_size=6) | st.none())
def test_the_file_comes_out_wherever_the_body_is_cut(file: bytes, cuts: list[int] | None) -> None:
    """Byte by byte (None) or cut anywhere, also inside of what looks like a boundary."""
    body = _body(file)
    places = range(len(body)) if cuts is None else sorted(cut % len(body) for cut in cuts)
    events = _feed([body[start:end] for start, end in pairwise([0, *places, len(body)])])
    assert b"".join(event.data for event in events if isinstance(event, FileChunk)) == file
    assert [event for event in events if not isinstance(event, FileChunk)] == [
        FileStart("x.har"),
        TextField("sessionName", "Mine"),
    ]


@pytest.mark.parametrize("tail", [b"", b"\r\n--XyZ", b"\r\n--XyZ?", b"\n--XyZ--\n"])
def test_a_body_that_does_not_end_is_refused(tail: bytes) -> None:
    """A file whose boundary never comes, or is none, is cut off."""
    body = _body(b"{}")
    with pytest.raises(BadRequestError):
        _feed([body[: body.index(b"{}") + 2], b"x" * 100, tail])


def _long_body(file_name: str, session_name: str) -> bytes:
    body = _body(b"{}").replace(b"x.har", file_name.encode())
    return body.replace(b"Mine", session_name.encode())


def test_names_of_up_to_1_kib_are_taken() -> None:
    """Of the file and of the session, in bytes."""
    events = _feed([_long_body("é" * 512, "a" * 1_024)])
    assert events[0] == FileStart("é" * 512)
    assert events[-1] == TextField("sessionName", "a" * 1_024)


@pytest.mark.parametrize(
    ("file_name", "session_name", "refusal"),
    [("é" * 513, "a", "the name of the file exceeds"), ("a", "é" * 513, "field sessionName exceeds")],
)
def test_longer_names_are_refused(file_name: str, session_name: str, refusal: str) -> None:
    """They would go into headers and lists; the refusal says which it is."""
    with pytest.raises(BadRequestError, match=f"{refusal} 1024 bytes"):
        _feed([_long_body(file_name, session_name)])


def test_a_head_that_is_no_text_is_refused_in_words() -> None:
    """Python's own error, which the parser hands on, is left out."""
    head = b'--XyZ\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n--XyZ--\r\n'
    with pytest.raises(BadRequestError, match=r"^malformed multipart body: [\w -]+$"):
        _feed([head])
