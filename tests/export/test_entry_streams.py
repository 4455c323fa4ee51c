"""Streams of entries: the bytes that came in, with commas between them, as text and as frames."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harlake.export.entry_streams import EntryStream, SelectedEntries, WholeCapture
from harlake.query.filters import parse_filter
from harlake.query.frames import capture_frames
from tests.support.folders import Folder, folder_of
from tests.support.hars import decoded, entry, har

_ENTRIES = [entry(number, b',"pageref":"p"') for number in range(40)]
_RENAMED = [text.replace(b'"pageref":"p"', b'"pageref":"p_2"') for text in _ENTRIES]


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A session of one capture of many frames."""
    with folder_of(har(*_ENTRIES)) as folder:
        yield folder


def _check(stream: EntryStream, entries: list[bytes], *, length_is_known: bool) -> None:
    text = b"".join(stream.text())
    assert text == b",".join(entries)
    assert decoded(b"".join(stream.frames()), "zstd") == text
    assert stream.text_length == (len(text) if length_is_known else None)


@pytest.mark.parametrize("renames", [{}, {"p": "p_2"}])
def test_a_whole_capture(folder: Folder, renames: dict[str, str]) -> None:
    """All entries as they are stored, unless their pages are renamed."""
    (capture,) = folder.captures
    ((_, frames),) = capture_frames(folder.data_dir.index, [capture])
    assert len(frames) > 3
    stream = WholeCapture(folder.data_dir.captures, capture.id, frames, renames)
    _check(stream, _RENAMED if renames else _ENTRIES, length_is_known=not renames)


@pytest.mark.parametrize("renames", [{}, {"p": "p_2"}])
@pytest.mark.parametrize("path", ["/*", "/1*", "/none"])
@pytest.mark.parametrize("rewritten", [False, True])
def test_selected_entries(folder: Folder, renames: dict[str, str], path: str, rewritten: bool) -> None:
    """Entries that pass a filter; renamed first, then rewritten."""
    (capture,) = folder.captures
    selection = folder.entries(parse_filter([("path", path)]))
    rewrite = bytes.swapcase if rewritten else None
    stream = SelectedEntries(folder.data_dir.captures, selection, {capture.id: renames}, rewrite)
    chosen = [] if path == "/none" else range(40) if path == "/*" else [1, *range(10, 20)]
    entries = [(_RENAMED if renames else _ENTRIES)[number] for number in chosen]
    expected = [text.swapcase() for text in entries] if rewritten else entries
    _check(stream, expected, length_is_known=not renames and not rewritten)
    assert list(stream.entries()) == expected
