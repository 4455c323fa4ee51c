"""Files that commands write: complete or not there, and their user's only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from harlake.cli.output_file import output_file


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_umask")
def test_a_file_is_its_owners_only(tmp_path: Path) -> None:
    """Also while it is written, and where one was there that others could read."""
    path = tmp_path / "a.har"
    path.touch()
    path.chmod(0o666)
    with output_file(path) as file:
        file.write(b"new")
        (staged,) = tmp_path.glob(".*")
        assert staged.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """What a link points to stays as it is."""
    (tmp_path / "other").write_bytes(b"other")
    (tmp_path / "a.har").symlink_to("other")
    with output_file(tmp_path / "a.har") as file:
        file.write(b"new")
    assert (tmp_path / "other").read_bytes() == b"other"
    assert not (tmp_path / "a.har").is_symlink()


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    """The file that was there stays; without a folder there is none."""
    path = tmp_path / "a.har"
    path.write_bytes(b"old")
    with pytest.raises(TypeError), output_file(path) as file:
        file.write("no bytes")  # type: ignore[call-overload]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(click.ClickException, match="no folder"), output_file(tmp_path / "no" / "a.har"):
        pass
    with output_file(Path("/dev/null")) as file:
        file.write(b"gone")
