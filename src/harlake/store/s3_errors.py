"""What obstore raises, as errors of harlake's: by type, never by text."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

from harlake.errors import StorageUnavailableError

_REFUSED: Final = (PermissionDeniedError, UnauthenticatedError)

_log = logging.getLogger(__name__)


@contextmanager
def storage_errors() -> Iterator[None]:
    """Map errors of the object store to StorageUnavailableError. An object that is missing is FileNotFoundError."""
    with _mapped(BaseError):
        yield


@contextmanager
def upload_errors() -> Iterator[None]:
    """Map errors of an upload to StorageUnavailableError. What fails in the background of one is an OSError."""
    with _mapped(BaseError, OSError):
        yield


@contextmanager
def _mapped(*errors: type[Exception]) -> Iterator[None]:
    try:
        yield
    except errors as error:
        _log.warning("the object store cannot be used: %s", error)
        reason = "refuses its credentials" if isinstance(error, _REFUSED) else "does not answer as it should"
        raise StorageUnavailableError(f"the object store {reason}") from error
