"""Waiting for a data folder that another command has open, as long as that takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from harlake.cli import interrupts
from harlake.cli.connections import service_address
from harlake.cli.output import print_line
from harlake.errors import DataDirInUseError

Opened = TypeVar("Opened")

#: Seconds between two attempts, and after which it is said what is waited for: small commands are done by then.
_INTERVAL: Final = 0.1
_SAID: Final = 1


def when_free(attempt: Callable[[], Opened]) -> Opened:
    """Return what an attempt returns that opens a data folder, made again until no other command has that.

    Raises DataDirInUseError where a service has it, which answers: that does not end by itself.
    """
    began = time.monotonic()
    said = False
    while True:
        try:
            return attempt()
        except DataDirInUseError as error:
            # The file that names an address may be that of a service that was killed, or is about to end.
            if error.address is not None and service_address(error.address).answers():
                raise
            if not said and time.monotonic() - began > _SAID:
                said = True
                print_line(f"{error}: waiting for it", err=True)
        time.sleep(_INTERVAL)
        interrupts.raise_if_interrupted()
