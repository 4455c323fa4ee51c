"""Small files of JSON: whole or not there."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from harlake.store.json_files import read_json, write_json


class _Value(msgspec.Struct):
    number: int


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Also over an earlier one, and over what a crash has left of a later one; only its owner may."""
    path = tmp_path / "a.json"
    path.with_name("a.json.new").write_bytes(b"{")
    for number in (1, 2):
        write_json(path, _Value(number))
        assert read_json(path, _Value) == _Value(number)
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("data", [b"", b"{", b"{}", b'{"number": "x"}', None])
def test_what_is_something_else_is_not_there(tmp_path: Path, data: bytes | None) -> None:
    """As whoever wrote it is not this harlake."""
    path = tmp_path / "a.json"
    if data is not None:
        path.write_bytes(data)
    assert read_json(path, _Value) is None
