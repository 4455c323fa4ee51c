"""Archives of any number of files, read back by Python's zipfile."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.export.zip_stream import ZipStream

_names = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1, max_size=40)


def _archive(files: dict[str, list[bytes]], scratch: Path) -> bytes:
    with ZipStream(scratch) as archive:
        pieces = [piece for name, data in files.items() for piece in archive.add(name, data)]
        assert all(map(archive.has, files))
        assert not archive.has("x/y")
        pieces += archive.close()
    return b"".join(pieces)


@settings(max_examples=50)
@given(st.dictionaries(_names, st.lists(st.binary())))
def test_files_come_back(files: dict[str, list[bytes]]) -> None:
    """Whatever they are called and have, in order; all checksums are right; nothing is left of the notes."""
    with TemporaryDirectory() as scratch:
        data = _archive(files, Path(scratch))
        assert list(Path(scratch).iterdir()) == []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert {one.filename: archive.read(one) for one in archive.infolist()} == {
            name: b"".join(pieces) for name, pieces in files.items()
        }


@pytest.mark.slow
def test_more_files_than_the_end_can_count(tmp_path: Path) -> None:
    """There are 65,536 of them."""
    data = _archive({f"{number}": [b"x"] for number in range(1 << 16)}, tmp_path)
    assert len(zipfile.ZipFile(io.BytesIO(data)).infolist()) == 1 << 16
