"""Where the client finds the API: at a URL, at the service that has a folder open, or in the folder itself."""

from __future__ import annotations

import re
from contextlib import ExitStack
from os import PathLike, fspath
from pathlib import Path
from typing import Final

from harlake.cli.client import Client
from harlake.cli.connections import Connect, service_address
from harlake.errors import DataDirInUseError

_URL: Final = re.compile(r"(https?|unix|http\+unix):", re.IGNORECASE)


def open_api(where: str | PathLike[str], ca_file: Path | None, closing: ExitStack) -> str | Connect:
    """Return the address of the API: of a folder, it is served to this process until ``closing`` closes.

    Raises ClickException and HarlakeError.
    """
    if isinstance(where, str) and _URL.match(where):
        Client(where, None, ca_file)  # which says what is wrong with it
        return where
    from harlake.app import create_app
    from harlake.cli.service import open_data_dir
    from harlake.cli.waiting import when_free
    from harlake.server import serve_to_this_process
    from harlake.settings import Settings

    settings = Settings(data_dir=Path(fspath(where)))
    try:
        data_dir = when_free(lambda: open_data_dir(settings))
    except DataDirInUseError as error:
        if error.address is None or not service_address(error.address).answers():
            raise
        return error.address
    return closing.enter_context(serve_to_this_process(create_app(settings, data_dir, private=True)))
