"""Errors of the object store become harlake's by their types."""

from __future__ import annotations

import pytest
from obstore.exceptions import GenericError, PermissionDeniedError, UnauthenticatedError

from harlake.errors import StorageUnavailableError
from harlake.store.s3_errors import storage_errors, upload_errors


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (GenericError("s3 at http://store/secret-name"), "does not answer as it should"),
        (GenericError("not found, access denied"), "does not answer as it should"),
        (PermissionDeniedError("x"), "refuses its credentials"),
        (UnauthenticatedError("x"), "refuses its credentials"),
    ],
)
def test_what_the_store_raises_is_unavailability(error: Exception, reason: str) -> None:
    """Whatever its text says, which is not repeated."""
    with pytest.raises(StorageUnavailableError, match=f"^the object store {reason}$") as caught, storage_errors():
        raise error
    assert caught.value.__cause__ is error
    assert caught.value.status == 503


def test_errors_of_the_system_are_uploads_only() -> None:
    """What is missing, or cannot be done here, stays what it is."""
    with pytest.raises(FileNotFoundError), storage_errors():
        raise FileNotFoundError
    with pytest.raises(StorageUnavailableError), upload_errors():
        raise OSError
    with pytest.raises(ValueError, match="mine"), upload_errors():
        raise ValueError("mine")
