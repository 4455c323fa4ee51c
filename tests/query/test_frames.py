"""Frames of a capture: which there are, and which entries are in each."""

from __future__ import annotations

import pytest

from harlake.query import frames
from harlake.query.filters import parse_filter
from harlake.query.frames import capture_frames, entries_in_frame, filtered_frames
from tests.support.folders import folder_of
from tests.support.hars import entry, har

_ENTRIES = [entry(number, b',"_pad":"%b"' % (b"x" * 500)) for number in range(20)]


@pytest.mark.parametrize("path", ["*", "/1*", "/7", "/none"])
def test_frames_hold_the_entries_of_the_har(path: str) -> None:
    """All frames together have all entries that pass, and the frames that have none are left out."""
    with folder_of(har(*_ENTRIES)) as folder:
        (capture,) = folder.captures
        index, entry_filter = folder.data_dir.index, parse_filter([("path", path)])
        ((_, every),) = capture_frames(index, [capture])
        assert len(every) > 3
        assert list(every[1:3]) == [every[1], every[2]]
        passing = [frame for _, _, frame in filtered_frames(index, [capture], entry_filter)]
        assert passing == [frame for frame in every if frame in passing]
        expected = [
            number
            for number in range(20)
            if path in ("*", f"/{number}") or (f"/{number}".startswith("/1") and path == "/1*")
        ]
        seen = []
        with folder.data_dir.captures.open(capture.id) as stored:
            for frame in passing:
                text = stored.text(frame)
                rows = entries_in_frame(index, capture, None, frame, entry_filter)
                assert rows
                for row in rows:
                    assert text[row.start : row.start + row.length] == _ENTRIES[row.ordinal]
                    assert (row.method, row.status, row.url.startswith("http:")) == ("GET", 200, True)
                    seen.append(row.ordinal)
        assert seen == expected


@pytest.mark.parametrize("group", [1, 25, 16_384])
def test_each_capture_has_its_frames(monkeypatch: pytest.MonkeyPatch, group: int) -> None:
    """In however large groups captures are asked for, those without entries included; as many as are wanted."""
    monkeypatch.setattr(frames, "_GROUP_ENTRIES", group)
    with folder_of(har(*_ENTRIES), har(), har(*_ENTRIES[:9]), har(*_ENTRIES[7:])) as folder:
        index, captures = folder.data_dir.index, folder.captures
        alone = [(one, list(frames)) for one in captures for _, frames in capture_frames(index, [one])]
        assert [(capture, list(frames)) for capture, frames in capture_frames(index, captures)] == alone
        assert [bool(frames) for _, frames in alone] == [True, False, True, True]
        sevens = filtered_frames(index, captures, parse_filter([("path", "/7")]))
        assert [captures.index(capture) for capture, _, _ in sevens] == [0, 2, 3]
