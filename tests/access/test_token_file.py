"""The token file: its owner's only, replaced as a whole, read again when it has changed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from harlake.access.scopes import TokenScope
from harlake.access.token_file import TokenFile
from harlake.access.tokens import Token, new_token
from harlake.errors import TokenFileError


def _token(name: str = "") -> Token:
    return new_token([TokenScope.READ], name)[1]


def test_it_is_its_owners_only(tmp_path: Path) -> None:
    """The file has mode 0600 whatever the umask, its folder 0700; nothing else is left there."""
    path = tmp_path / "new" / "tokens.json"
    before = os.umask(0)
    try:
        TokenFile(path).add(_token())
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_what_is_added_is_there_until_it_is_removed(tmp_path: Path) -> None:
    """By name or id; a file that is not there has no tokens."""
    file = TokenFile(tmp_path / "tokens.json")
    assert file.read() == file.current() == []
    one, two, three = _token("a"), _token("a"), _token()
    for token in (one, two, three):
        file.add(token)
    assert file.read() == file.current() == [one, two, three]
    assert file.remove("a") == [one, two]
    assert file.remove("a") == []
    assert file.remove(three.id) == [three]
    assert file.read() == file.current() == []


def test_a_reader_sees_changes_at_once(tmp_path: Path) -> None:
    """Each change by another process is seen by the next request, also one of the same length, and a removed file."""
    path = tmp_path / "tokens.json"
    reader, writer = TokenFile(path), TokenFile(path)
    for _ in range(20):
        token = _token()
        writer.add(token)
        assert reader.current() == [token]
        writer.remove(token.id)
        assert reader.current() == []
    writer.add(_token())
    path.unlink()
    assert reader.current() == []


_ADD = """
import sys
from pathlib import Path
from harlake.access.scopes import TokenScope
from harlake.access.token_file import TokenFile
from harlake.access.tokens import new_token
for _ in range(20):
    TokenFile(Path(sys.argv[1])).add(new_token([TokenScope.READ])[1])
"""


def test_two_who_add_at_once_lose_nothing(tmp_path: Path) -> None:
    """Processes that change the file wait for each other."""
    path = tmp_path / "tokens.json"
    adding = [subprocess.Popen([sys.executable, "-c", _ADD, path]) for _ in range(2)]
    assert [process.wait() for process in adding] == [0, 0]
    assert len({token.id for token in TokenFile(path).read()}) == 40


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_refused(tmp_path: Path, mode: int) -> None:
    """Whoever can write it could add a token of his own. To read digests helps nobody."""
    file = TokenFile(tmp_path / "tokens.json")
    file.add(_token())
    file.path.chmod(mode)
    with pytest.raises(TokenFileError, match="others can write it"):
        file.read()
    assert file.current() == []
    file.path.chmod(0o644)
    assert len(file.read()) == len(file.current()) == 1


@pytest.mark.parametrize("text", ["", "[]", '{"tokens": {}}', '{"tokens": [{}]}', '{"tokens": [], "x": 1}', "\xff"])
def test_a_damaged_file_has_no_tokens(tmp_path: Path, text: str) -> None:
    """It is an error for who starts a service or changes the file; a running service takes no token."""
    path = tmp_path / "tokens.json"
    path.write_text(text, "latin-1")
    path.chmod(0o600)
    file = TokenFile(path)
    with pytest.raises(TokenFileError, match="no token file"):
        file.read()
    with pytest.raises(TokenFileError, match="no token file"):
        file.add(_token())
    assert file.current() == []
    assert path.read_text("latin-1") == text


def test_a_link_is_followed_only_where_it_is_meant(tmp_path: Path) -> None:
    """In the data folder a link is an attack; a file that an operator names may be one."""
    target = TokenFile(tmp_path / "elsewhere.json")
    token = _token()
    target.add(token)
    link = tmp_path / "tokens.json"
    link.symlink_to(target.path)
    with pytest.raises(TokenFileError):
        TokenFile(link).read()
    assert TokenFile(link).current() == []
    assert TokenFile(link, follow=True).current() == [token]


def test_what_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    """A folder that is a file is named."""
    (tmp_path / "file").touch()
    with pytest.raises(TokenFileError, match="file"):
        TokenFile(tmp_path / "file" / "tokens.json").add(_token())


def test_a_pipe_is_no_token_file(tmp_path: Path) -> None:
    """Nobody waits for what would be written to it."""
    os.mkfifo(tmp_path / "tokens.json", 0o600)
    with pytest.raises(TokenFileError, match="is no file"):
        TokenFile(tmp_path / "tokens.json").read()
