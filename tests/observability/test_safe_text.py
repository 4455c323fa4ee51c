"""Errors are described by type and place, lines are lines."""

from __future__ import annotations

import errno

import duckdb
import pytest

from harlake.errors import DamagedCaptureError, InvalidQueryError
from harlake.observability.safe_text import describe, one_line


def _raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def test_an_error_is_its_type_and_its_place() -> None:
    """DuckDB quotes the value that it could not convert. The description does not."""
    with pytest.raises(duckdb.ConversionException, match="secret") as raised:
        duckdb.sql("SELECT 'secret'::INTEGER").fetchall()
    described = describe(raised.value)
    assert described.startswith(f"ConversionException at {__name__}:")
    assert "test_an_error_is_its_type_and_its_place" in described
    assert "secret" not in described


def test_causes_are_described() -> None:
    """A chain of errors is told from the last one to the first; of harlake's own, the documented text."""
    described = describe(_raised(InvalidQueryError("secret"), _raised(ValueError("secret"))))
    assert described.startswith("InvalidQueryError: Invalid query at ")
    assert " from ValueError at " in described
    assert "secret" not in described


def test_a_chain_without_end_is_cut() -> None:
    """Errors that are each other's causes are described a few times."""
    first, second = ValueError("a"), KeyError("b")
    first.__cause__, second.__cause__ = second, first
    assert describe(first) == "ValueError from KeyError from ValueError from KeyError"


def test_groups_are_described() -> None:
    """What task groups raise has its errors in it."""
    assert describe(ExceptionGroup("secret", [ValueError("secret")])) == "ExceptionGroup of [ValueError]"


def test_words_of_the_system_and_of_harlake_stay() -> None:
    """Why a file or an address cannot be had is told, but not which; and which capture is damaged."""
    error = OSError(errno.EADDRINUSE, "secret", "/secret")
    assert describe(error) == "OSError: Address already in use"
    assert describe(DamagedCaptureError("capture 7: no end")) == "DamagedCaptureError: capture 7: no end"


@pytest.mark.parametrize("control", ["\n", "\r", "\x1b[2J", "\x9b", "\u2028", "\u202e", "\x00", "\ud800"])
def test_a_line_is_one_line(control: str) -> None:
    """Whatever could begin a line, or command a terminal, is written out."""
    line = one_line(f"a{control}2026-01-01 INFO forged")
    assert line.isprintable()
    assert line.startswith("a\\")
    assert len(line.splitlines()) == 1


def test_a_line_is_not_endless() -> None:
    """What is longer than any line of harlake's is cut, and shown to be."""
    assert one_line("x" * 100_000) == "x" * 8_192 + "…"
