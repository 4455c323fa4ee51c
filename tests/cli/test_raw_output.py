"""What is written as it came: byte by byte, but for a terminal."""

from __future__ import annotations

import json

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harlake.cli.raw_output import write_raw
from harlake.controls import CONTROLS

_TEXT = "aé\tb\n\x1b\x7f\x9b\u2028\u202e\U000e0041\r\n\rc"


def _pieces(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@pytest.mark.parametrize("is_json", [True, False])
@pytest.mark.parametrize("size", [1, 3, 1_000])
def test_programs_get_every_byte(capfdbinary: pytest.CaptureFixture[bytes], size: int, is_json: bool) -> None:
    """In a pipe or a file nothing is changed or refused."""
    data = _TEXT.encode() + bytes(range(256))
    write_raw(_pieces(data, size), is_json=is_json)
    assert capfdbinary.readouterr().out == data


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(st.characters(exclude_categories=["Cs"])), size=st.integers(1, 9))
def test_json_on_a_terminal_is_other_json(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], value: str, size: int
) -> None:
    """It has the same value, and nothing that a terminal obeys, however it was cut into pieces."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    write_raw(_pieces(json.dumps([value, _TEXT], ensure_ascii=False, indent=2).encode(), size), is_json=True)
    shown = capfdbinary.readouterr().out.decode()
    assert json.loads(shown) == [value, _TEXT]
    assert CONTROLS.findall(shown.replace("\n", "")) == []


@pytest.mark.parametrize("size", [1, 2, 1_000])
@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        *((b"plain\r\n\ttext \xc3\xa9\r\n", ""), ("\ufeffbom, \u200dand joiner".encode(), ""), (b"", "")),
        *((b"a\x1b[2Jb", "control"), (b"a\rb", "control"), (b"a\r", "control"), ("a\u202eb".encode(), "control")),
        *((b"\xff\xfe", "no text"), (b"cut \xc3", "no text"), (b"\0", "control")),
    ],
)
def test_what_is_no_json_is_checked(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], data: bytes, refusal: str, size: int
) -> None:
    """Text with ends of lines and tabs goes to a terminal; what has controls, or is no text, does not."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    if refusal:
        with pytest.raises(click.ClickException, match=refusal):
            write_raw(_pieces(data, size))
        assert not set(capfdbinary.readouterr().out) & set(b"\x1b\0\xff")
    else:
        write_raw(_pieces(data, size))
        assert capfdbinary.readouterr().out == data
