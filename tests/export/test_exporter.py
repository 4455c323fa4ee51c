"""Exports: what is asked for becomes a HAR, lines, a table or a zip; what cannot be is refused beforehand."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from harlake.errors import BadRequestError, NoEntriesFoundError, NoEntryIdsError, SessionNotFoundError
from harlake.export.exporter import Export, export_entries, export_session
from harlake.export.options import parse_options
from harlake.har.envelope import Envelope
from harlake.query.filters import Filter, parse_filter
from harlake.store.catalog import Capture
from harlake.store.ids import entry_id, new_id
from tests.support.folders import Folder, folder_of, import_har
from tests.support.hars import decoded, entries_of, entry, har

_FIRST = [entry(number, b',"pageref":"p"') for number in range(30)]
_SECOND = [entry(number, b',"pageref":"p"') for number in range(5)]
_PAGE = b'"pages":[{"id":"p","title":"%b"}],'
_LINES = {"format": "ndjson"}


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A session of two captures with different pages of one id; a second session with one entry."""
    with folder_of(har(*_FIRST, head=_PAGE % b"one"), har(*_SECOND, head=_PAGE % b"two")) as folder:
        import_har(folder.data_dir, har(entry(77)))
        yield folder


def _text(export: Export) -> bytes:
    text = b"".join(export.text())
    assert export.payload.text_length in (None, len(text))
    assert decoded(b"".join(export.zstd()), "zstd") == text
    assert decoded(b"".join(export.gzip()), "gzip") == text
    return text


def test_a_whole_session(folder: Folder) -> None:
    """Entries go out as they came in, but for the page that two captures mean differently."""
    export = export_session(folder.data_dir, str(folder.session.id))
    text = _text(export)
    assert entries_of(text)[:30] == _FIRST
    assert entries_of(text)[30:] == [one.replace(b'"p"', b'"p_2"') for one in _SECOND]
    assert [page["id"] for page in json.loads(text)["log"]["pages"]] == ["p", "p_2"]
    assert (export.name, export.file.ending, export.warnings) == ("Session", ".har", [])


def test_the_same_request_has_the_same_tag(folder: Folder) -> None:
    """A tag depends on captures, filter and options; a selection has none."""
    data_dir, session = folder.data_dir, str(folder.session.id)
    asked = [(Filter(), {}), (parse_filter([("path", "/1")]), {}), (Filter(), _LINES), (Filter(), {"order": "time"})]
    tags = [export_session(data_dir, session, one, parse_options(options)).tag for one, options in asked]
    assert len(set(tags)) == len(tags)
    assert tags == [export_session(data_dir, session, one, parse_options(options)).tag for one, options in asked]
    assert export_entries(data_dir, None, session).tag is None


@pytest.mark.parametrize(
    "options", [{}, {"order": "time"}, {"fill": "true"}, {"bodies": "none"}, {"max_part": "1MB"}, _LINES]
)
def test_formats_have_the_filtered_entries(folder: Folder, options: dict[str, str]) -> None:
    """Whatever it is written as, it has those entries that pass."""
    entry_filter = parse_filter([("path", "/1*")])
    text = _text(export_session(folder.data_dir, str(folder.session.id), entry_filter, parse_options(options)))
    if options == _LINES:
        entries = text.splitlines()
    elif "max_part" in options:
        with zipfile.ZipFile(io.BytesIO(text)) as archive:
            assert archive.namelist() == ["Session-001.har"]
            entries = entries_of(archive.read("Session-001.har"))
    else:
        entries = entries_of(text)
    urls = [json.loads(one)["request"]["url"].removeprefix("http://example.test").partition("?")[0] for one in entries]
    assert urls == ["/1", *(f"/{number}" for number in range(10, 20)), "/1"]


def test_entries_by_id(folder: Folder) -> None:
    """Each once, in stored order, of one session or of all; with the filter too."""
    data_dir, captures = folder.data_dir, folder.captures
    ids = [str(entry_id(captures[at].id, ordinal)) for at, ordinal in [(1, 2), (0, 7), (0, 3), (0, 7)]] + ["x"]
    lines = parse_options(_LINES)
    expected = [_FIRST[3], _FIRST[7], _SECOND[2]]
    assert _text(export_entries(data_dir, "Mine", None, ids, options=lines)).splitlines() == expected
    session = str(folder.session.id)
    filtered = export_entries(data_dir, None, session, ids, parse_filter([("path", "/7")]), lines)
    assert (_text(filtered).splitlines(), filtered.name) == ([_FIRST[7]], "Session")


def test_entries_of_all_sessions(folder: Folder) -> None:
    """A filter alone asks for the entries of every session."""
    export = export_entries(folder.data_dir, None, None, None, parse_filter([("path", "/77")]))
    assert entries_of(_text(export)) == [entry(77)]
    assert export.name == "harlake Export"


def test_what_cannot_be_exported(folder: Folder) -> None:
    """Nothing asked for, no such session, no such entry, no such pattern: known before the first byte."""
    data_dir, unknown = folder.data_dir, str(new_id())
    with pytest.raises(NoEntryIdsError):
        export_entries(data_dir, None)
    with pytest.raises(NoEntryIdsError):
        export_entries(data_dir, None, str(folder.session.id), [])
    with pytest.raises(NoEntriesFoundError):
        export_entries(data_dir, None, None, [unknown])
    with pytest.raises(SessionNotFoundError):
        export_session(data_dir, unknown)
    with pytest.raises(BadRequestError):
        export_session(data_dir, str(folder.session.id), parse_filter([("url~", "(")]))
    with pytest.raises(BadRequestError):
        export_entries(data_dir, None, None, None, parse_filter([("url~", "(")]))


def test_an_export_of_all_sessions_goes_on_without_one_that_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has asked for that one; of one session, it is an error."""
    with folder_of(har(entry(1))) as folder:
        data_dir = folder.data_dir
        import_har(data_dir, har(entry(2)))
        (other,) = {one.id for one in data_dir.catalog.sessions()} - {folder.session.id}
        read = data_dir.envelope

        def remove(_: Capture) -> Envelope:
            monkeypatch.undo()
            data_dir.delete_session(other)
            return read(folder.captures[0])

        monkeypatch.setattr(data_dir, "envelope", remove)
        assert entries_of(_text(export_entries(data_dir, None, None, None, parse_filter([("path", "/*")])))) == [
            entry(1)
        ]
        monkeypatch.setattr(data_dir, "envelope", lambda _: data_dir.session(str(other)))
        with pytest.raises(SessionNotFoundError):
            export_entries(data_dir, None, str(folder.session.id))
