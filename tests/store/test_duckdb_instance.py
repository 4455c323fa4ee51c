"""Instances of DuckDB: where there are too few open files for one, that is an error, and not the end of the process."""

from __future__ import annotations

import subprocess
import sys

from harlake.store.duckdb_instance import new_instance

_WITHOUT_FILES = """
import errno, os, resource
from harlake.store.duckdb_instance import new_instance

resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
try:
    while True:
        os.dup(0)
except OSError:
    os.close(39)  # DuckDB would need no more, had another thread not taken it
try:
    new_instance({"threads": 1})
except OSError as error:
    print(errno.errorcode[error.errno])
"""


def test_an_instance_answers() -> None:
    """It has the settings that it was given."""
    with new_instance({"threads": 1, "autoload_known_extensions": "false"}) as database:
        assert database.execute("SELECT current_setting('threads')").fetchall() == [(1,)]


def test_too_few_open_files() -> None:
    """The process goes on, which DuckDB would end without a word to Python."""
    done = subprocess.run([sys.executable, "-c", _WITHOUT_FILES], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("EMFILE\n", "", 0)
