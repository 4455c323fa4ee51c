"""Waiting for a data folder: until nobody has it, or a service does that answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from harlake.cli import waiting
from harlake.cli.waiting import when_free
from harlake.errors import DataDirInUseError


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "_INTERVAL", 0.001)
    monkeypatch.setattr(waiting, "_SAID", -1)


def _attempts(*addresses: str | None) -> Iterator[DataDirInUseError]:
    return iter([DataDirInUseError("data is in use by another harlake", address) for address in addresses])


def _attempt(failures: Iterator[DataDirInUseError]) -> str:
    for failure in failures:
        raise failure
    return "opened"


def test_it_is_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    """As long as somebody has it, which is said once; an address at which nobody answers says nothing."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        failures = _attempts(None, url, "unix:/no/such/socket", None)
        assert when_free(lambda: _attempt(failures)) == "opened"
    assert capsys.readouterr().err == "data is in use by another harlake: waiting for it\n"


def test_a_service_is_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that answers, at an address or a Unix socket."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "socket"))
        local.listen()
        for address in (f"http://127.0.0.1:{server.getsockname()[1]}", f"unix:{tmp_path / 'socket'}"):
            failures = _attempts(address)
            with pytest.raises(DataDirInUseError) as raised:
                when_free(lambda failures=failures: _attempt(failures))  # type: ignore[misc]
            assert raised.value.address == address
    assert capsys.readouterr().err == ""
