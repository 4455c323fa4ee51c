"""Files as uploads: which ones, what is sent, and what is said of one that is refused."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from harlake.cli.client import Client, ServiceError
from harlake.cli.upload import find_files, position, refusal, upload
from tests.support.hars import saved


class _Client(Client):
    """Takes an upload without a service."""

    def __init__(self) -> None:
        self.sent = b""
        self.length: int | None = None
        self.content_type = ""

    def upload(self, path: str, headers: Mapping[str, str], length: int | None, body: Iterable[bytes]) -> Any:
        self.content_type, self.length = headers["Content-Type"], length
        self.sent = b"".join(body)
        return path


def _parts(client: _Client) -> list[bytes]:
    boundary = client.content_type.partition("boundary=")[2].encode()
    start, *parts, end = client.sent.split(b"--" + boundary)
    assert (start, end) == (b"", b"--\r\n")
    return parts


def test_a_file_is_sent_as_a_form(tmp_path: Path) -> None:
    """Fields come first; the length is said, and the name is escaped as browsers do."""
    client = _Client()
    file = saved(tmp_path / 'a"b\r\né.har', b"x" * 600_000)
    assert upload(client, "/there", str(file), {"sessionId": "7"}) == "/there"
    assert client.length == len(client.sent)
    field, data = _parts(client)
    assert field == b'\r\nContent-Disposition: form-data; name="sessionId"\r\n\r\n7\r\n'
    head, _, body = data.partition(b"\r\n\r\n")
    assert head.decode() == (
        '\r\nContent-Disposition: form-data; name="file"; filename="a%22b%0D%0Aé.har"'
        "\r\nContent-Type: application/octet-stream"
    )
    assert body == b"x" * 600_000 + b"\r\n"


def test_standard_input_is_sent_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe has no length, and is sent up to its end."""
    reading, writing = os.pipe()
    os.write(writing, b"some text")
    os.close(writing)
    client = _Client()
    with os.fdopen(reading, "rb") as pipe:
        monkeypatch.setattr(sys, "stdin", pipe)
        upload(client, "/there", "-")
    assert client.length is None
    (data,) = _parts(client)
    assert data.endswith(b"\r\n\r\nsome text\r\n")
    assert b"filename" not in data


def test_a_file_that_becomes_shorter(tmp_path: Path) -> None:
    """It is no complete upload."""

    class _Shortening(_Client):
        def upload(self, path: str, headers: Mapping[str, str], length: int | None, body: Iterable[bytes]) -> Any:
            file.write_bytes(b"x")
            return super().upload(path, headers, length, body)

    file = saved(tmp_path / "a.har", b"x" * 1_000)
    with pytest.raises(click.ClickException, match=r"a\.har: became shorter"):
        upload(_Shortening(), "/", str(file))


@pytest.mark.parametrize(("name", "complaint"), [("", "Is a directory"), ("none.har", "No such file")])
def test_what_cannot_be_read(name: str, complaint: str, tmp_path: Path) -> None:
    """One line says why."""
    with pytest.raises(click.ClickException, match=complaint):
        upload(_Client(), "/", str(tmp_path / name))


def test_closed_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """As some services start programs."""
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(click.ClickException, match="standard input is closed"):
        upload(_Client(), "/", "-")


def test_patterns_stand_for_files(tmp_path: Path) -> None:
    """Unless there is a file of that very name; an argument that matches nothing is said to."""
    for name in ("b.har", "a.har", "[x].har"):
        saved(tmp_path / name, b"")
    pattern = str(tmp_path / "?.har")
    literal = str(tmp_path / "[x].har")
    assert find_files(["-", literal, pattern, "none"]) == [
        *("-", literal, str(tmp_path / "a.har"), str(tmp_path / "b.har"), "none")
    ]
    with pytest.raises(click.ClickException, match="no such file"):
        find_files([str(tmp_path / "*.txt")])


def test_a_refusal_is_a_compilers_line() -> None:
    """With the position where the service knows it."""
    located = ServiceError("why", {"line": 3, "column": 4})
    assert refusal("a.har", located) == "a.har:3:4: why"
    assert refusal("-", ServiceError("why")) == "standard input: why"
    assert position({"byte": 5}) == ""
