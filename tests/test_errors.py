"""Errors as data: what a client is told."""

from __future__ import annotations

import pytest

from harlake import errors
from harlake.errors import DataDirInUseError, HarlakeError, InvalidHarError, InvalidJsonError


def _all(error: type[HarlakeError]) -> list[type[HarlakeError]]:
    return [error, *(one for child in error.__subclasses__() for one in _all(child))]


@pytest.mark.parametrize("error", _all(HarlakeError))
def test_each_error_has_an_answer(error: type[HarlakeError]) -> None:
    """A status of HTTP's and a text; and none is a ValueError, which Litestar swallows in streams."""
    assert error.status in (400, 401, 403, 404, 409, 412, 413, 415, 416, 422, 423, 429, 460, 499, 500, 503, 507)
    assert error("why").body() == {"error": error.error, "detail": "why"}
    assert not issubclass(error, ValueError)
    assert error.__name__ == "HarlakeError" or error.__module__ == errors.__name__


def test_an_error_tells_where_it_is() -> None:
    """Only what is known is in the answer; 0 is known."""
    error = InvalidJsonError("why", entry=0).at(0, 1, 2)
    assert error.body() == {
        "error": "Invalid HAR file format",
        "detail": "why",
        "byte": 0,
        "line": 1,
        "column": 2,
        "entry": 0,
    }
    assert str(error) == "why"
    assert isinstance(error, InvalidHarError)


def test_an_error_without_detail_is_its_text() -> None:
    """What is printed is what is answered."""
    assert str(InvalidJsonError()) == "Invalid HAR file format"
    assert InvalidJsonError().body() == {"error": "Invalid HAR file format"}


def test_a_folder_in_use_knows_by_whom() -> None:
    """The address is for the command line, and not part of the answer."""
    error = DataDirInUseError("in use", "http://[::1]:8889")
    assert error.address == "http://[::1]:8889"
    assert error.body() == {"error": "Data folder unavailable", "detail": "in use"}
    assert DataDirInUseError("in use").address is None
