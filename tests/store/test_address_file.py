"""The address file: written, read, removed, and never believed blindly."""

from __future__ import annotations

from pathlib import Path

import pytest

from harlake.store import address_file


def test_an_address_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The last one counts, and nothing else is left in the folder."""
    for address in ("http://127.0.0.1:1", "http://[::1]:2"):
        address_file.write(tmp_path, address)
    assert address_file.read(tmp_path) == "http://[::1]:2"
    assert [path.name for path in tmp_path.iterdir()] == ["serving.json"]
    error = address_file.in_use_error(tmp_path)
    assert error.address == "http://[::1]:2"
    assert str(error) == f"{tmp_path} is in use by the service at http://[::1]:2"
    address_file.remove(tmp_path)
    address_file.remove(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", [None, b"", b"[]", b"{}", b'{"address":1}', b'"x"', b"\xff"])
def test_a_file_that_says_nothing_is_none(tmp_path: Path, text: bytes | None) -> None:
    """Whatever is in the file, the folder is in use by somebody."""
    if text is not None:
        (tmp_path / "serving.json").write_bytes(text)
    assert address_file.read(tmp_path) is None
    error = address_file.in_use_error(tmp_path)
    assert (error.address, str(error)) == (None, f"{tmp_path} is in use by another harlake")
