"""Refusals: they say how many entries are whole, wherever the error is and however the file comes."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.errors import InvalidHarError
from harlake.upload import refused_upload
from harlake.upload.upload_reader import UploadReader
from tests.support.damage import pieces
from tests.support.hars import entry, har

_ENTRIES = [entry(number) for number in range(9)]
_GOOD = har(*_ENTRIES)
_BAD = {
    "a missing comma": har(*_ENTRIES[:4]).removesuffix(b"]}}") + b" " + b",".join(_ENTRIES[4:]) + b"]}}",
    "no end": _GOOD[:-3],
    "other text before": b"Recorded today\n" * 60 + _GOOD,
    "a call": b"callback(" + _GOOD + b")",
    "an array": b"[" + b",".join(_ENTRIES) + b"]",
    "lines": b"\n".join(_ENTRIES),
    "a bracket too many": _GOOD + b"}",
    "another key": b'{"data":' + _GOOD + b"}",
    "a wrong end": _GOOD[:-2] + b",}}",
    "a bad head": _GOOD.replace(b'"version":"1.2"', b'"version":NaN'),
}


def _refused(data: bytes, cuts: list[int]) -> InvalidHarError:
    with pytest.raises(InvalidHarError) as raised:
        _read(data, cuts)
    return raised.value


def _read(data: bytes, cuts: list[int]) -> None:
    reader = UploadReader()
    for piece in pieces(data, cuts):
        list(reader.feed(piece))
    list(reader.close())


@given(st.sampled_from(list(_BAD)), st.lists(st.integers(0, 9_999), max_size=5))
@settings(max_examples=60)
def test_all_whole_entries_are_counted(name: str, cuts: list[int]) -> None:
    """Each once, and the error is the same however the file is cut."""
    error = _refused(_BAD[name], cuts)
    assert (error.whole_entries, error.are_all_counted) == (9, True)
    assert error.body()["wholeEntries"] == 9
    assert "9 entries are whole: salvage=true" in str(error.body()["hint"])
    assert (error.byte, error.detail) == (_refused(_BAD[name], []).byte, _refused(_BAD[name], []).detail)


def test_what_is_compressed_is_counted_as_far_as_it_goes() -> None:
    """What comes behind the damage is not known."""
    error = _refused(gzip.compress(_GOOD, 1)[:-20], [])
    assert 0 < error.whole_entries <= 9
    assert str(error.body()["hint"]).startswith("at least")


def test_there_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind it, the error is raised at once."""
    monkeypatch.setattr(refused_upload, "_COUNTED", 2_000)
    with pytest.raises(InvalidHarError) as raised:
        list(UploadReader().feed(b"callback(" + _GOOD + b" " * 9_999))
    assert not raised.value.are_all_counted


def test_without_whole_entries_nothing_is_said() -> None:
    """The error is what it was."""
    assert set(_refused(b"{]" + b" " * 600, []).body()) == {"error", "detail", "byte", "line", "column"}
