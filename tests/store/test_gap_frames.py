"""Gaps as frames of an object: skipped by decoders, read by harlake."""

from __future__ import annotations

from pathlib import Path

import pytest

from harlake.errors import DamagedCaptureError
from harlake.har.parse.gaps import Gap, SalvageReport
from harlake.store.capture_object import OPENING, ObjectReader, compressor
from harlake.store.frame_reader import BrokenFrameError, FrameReader
from harlake.store.gap_frames import GapFrames, gap_pieces, salvage_of
from harlake.store.local_objects import LocalSource


def _object(path: Path) -> tuple[bytes, GapFrames]:
    frames, data = GapFrames(), OPENING
    for gap, text in ((0, b"a" * 1000), (0, b"bc"), (1, b"]"), (2, b"not described")):
        data += frames.frame(gap, text, len(data), 2)
    data += compressor().compress(b"]}}")
    path.write_bytes(data)
    return data, frames


def test_gaps_are_read_back(tmp_path: Path) -> None:
    """Those that are described, in their pieces; a decoder sees the HAR alone."""
    _, frames = _object(tmp_path / "x")
    stored = frames.described(SalvageReport([Gap(5, 1002, 1, "a"), Gap(2000, 1, 3, "b")], 3, False, True))
    assert (stored.gap_count, stored.truncated, stored.envelope) == (3, False, "kept")
    with ObjectReader("x", lambda: LocalSource(tmp_path / "x")) as reader:
        assert [b"".join(gap_pieces(reader, gap)) for gap in stored.gaps] == [b"a" * 1000 + b"bc", b"]"]
        assert b"".join(text for _, text in reader.frames()) == b'{"log":{"entries":[]}}'
        stored.gaps[0].start += 1
        with pytest.raises(DamagedCaptureError):
            list(gap_pieces(reader, stored.gaps[0]))
    assert salvage_of({}) is None


def test_gaps_are_checked(tmp_path: Path) -> None:
    """They are frames without text; one that is damaged is a problem."""
    data, _ = _object(tmp_path / "x")
    texts = [one.text for one in FrameReader(iter([data])).frames()]
    assert texts == [b'{"log":{"entries":[', b"", b"", b"", b"", b"]}}"]
    wrong = bytearray(data)
    wrong[len(data) - len(compressor().compress(b"]}}")) - 2] ^= 0xFF
    assert [bool(one.problem) for one in FrameReader(iter([bytes(wrong)])).frames()] == [False] * 4 + [True, False]
    wrong = bytearray(data)
    wrong[len(OPENING) + 4] += 1  # the length of the first
    with pytest.raises(BrokenFrameError):
        list(FrameReader(iter([bytes(wrong)])).frames())
