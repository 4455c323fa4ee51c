"""Making instances of DuckDB."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Final

import duckdb

#: Files that an instance opens when it is made, and some for those who open others at the same time.
_FILES: Final = 8

#: DuckDB would load extensions from its maker's server, by itself.
_NO_EXTENSIONS: Final = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


def new_instance(config: Mapping[str, str | int | bool]) -> duckdb.DuckDBPyConnection:
    """Make an instance, which loads no extensions.

    Raises OSError where the process may not open enough files: DuckDB would end it.
    """
    with ExitStack() as opened:
        for _ in range(_FILES):
            opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))
    return duckdb.connect(config={**_NO_EXTENSIONS, **config})
