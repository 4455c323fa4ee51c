"""What the client raises: one error, which has what the service said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from harlake.cli.client import ServiceError
from harlake.errors import HarlakeError


class ClientError(Exception):
    """The service refused something, cannot be reached, or cut an answer off; or a folder or file cannot be opened.

    ``answer`` is what the service said, as ``{"error": "Invalid query", "detail": …}``; empty where it said nothing.
    """

    def __init__(self, message: str, answer: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.answer = answer or {}


@contextmanager
def client_errors() -> Iterator[None]:
    """Let errors that a command would end with be errors of the client."""
    try:
        yield
    except ServiceError as error:
        raise ClientError(error.message, error.answer) from error
    except click.ClickException as error:
        raise ClientError(error.message) from error
    except HarlakeError as error:
        raise ClientError(str(error)) from error
