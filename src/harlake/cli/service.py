"""Where the API is: a running service, or one that this process serves to itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harlake.cli import interrupts
from harlake.cli.client import Client
from harlake.cli.connections import service_address
from harlake.cli.exit_statuses import ProblemsError, UnavailableError
from harlake.cli.waiting import when_free
from harlake.errors import DamagedCaptureError, DataDirError, DataDirInUseError, HarlakeError
from harlake.settings import Settings
from harlake.store import address_file

if TYPE_CHECKING:
    from harlake.app import NoDataDir
    from harlake.store.backends import OpenBackend
    from harlake.store.data_dir import DataDir


@dataclass(frozen=True, slots=True)
class Service:
    """Where a command finds the API: at ``server``, a URL, or else in the data folder of the settings."""

    settings: Settings
    server: str | None
    token: str | None = None
    ca_file: Path | None = None

    @property
    def is_named(self) -> bool:
        """Whether the command line itself names a service."""
        source = click.get_current_context().get_parameter_source("server")
        return source is click.core.ParameterSource.COMMANDLINE

    @contextmanager
    def connect(self, *, creating: bool = False) -> Iterator[Client]:
        """Return a client of the API; where there is no data folder, one is made only by what is ``creating``.

        A folder that a service has open is used at the service's address.
        """
        if self.server is not None:
            yield Client(self.server, self.token, self.ca_file)
            return
        folder = self.settings.data_dir
        if not creating and not folder.is_dir() and self.settings.catalog is None:
            raise UnavailableError(f"there is no data folder {folder}: --data-dir or --server says where")
        _log_problems()
        with self._open() as client:
            yield client

    def _open(self) -> AbstractContextManager[Client]:
        with one_line_errors():
            try:
                data_dir = when_free(lambda: open_data_dir(self.settings))
            except DataDirInUseError as error:
                # A node's folder is scratch space: what serves it may have another catalog than the one that is meant.
                if error.address is None or self.settings.catalog is not None:
                    raise
                return Client(error.address, self.token, self.ca_file)
        return _private(self.settings, data_dir)

    def connect_to_running(self) -> Client:
        """Return a client of the service that is named, or that has the data folder. Raises ClickException."""
        address = self.server
        if address is None:
            address = address_file.read(self.settings.data_dir)
            if address is None or not service_address(address).answers():
                raise UnavailableError(f"no service has {self.settings.data_dir} open: --server says where one is")
        return Client(address, self.token, self.ca_file)

    @contextmanager
    def connect_to_validate(self) -> Iterator[Client]:
        """Return a client of the API that validates, for which no data folder is needed."""
        if self.server is not None:
            yield Client(self.server, self.token, self.ca_file)
            return
        from harlake.app import NoDataDir

        _log_problems()
        with _private(self.settings, NoDataDir()) as client:
            yield client


def open_data_dir(settings: Settings) -> DataDir:
    """Open the data folder, which is made where there is none."""
    from harlake.store.data_dir import DataDir

    return DataDir(
        settings.data_dir,
        keep_free=settings.keep_free,
        quota=settings.quota,
        grace=settings.grace,
        open_backend=backend_of(settings),
    )


def backend_of(settings: Settings, *, adopting: bool = False) -> OpenBackend:
    """Return what opens the store that is meant, and may be ``adopting`` another's objects. Raises DataDirError."""
    from harlake.store.backends import open_local, open_shared

    if settings.catalog is None and settings.objects is None:
        return open_local
    if settings.catalog is None or settings.objects is None:
        raise DataDirError("--catalog and --objects belong together: nodes share both, or neither")
    return open_shared(settings.catalog, settings.objects, adopting=adopting)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Let what a data folder cannot do end the command with one line."""
    try:
        yield
    except DamagedCaptureError as error:
        raise ProblemsError(str(error)) from error
    except (HarlakeError, OSError) as error:
        raise UnavailableError(str(error)) from error


@contextmanager
def _private(settings: Settings, data_dir: DataDir | NoDataDir) -> Iterator[Client]:
    from harlake import server
    from harlake.app import create_app

    app = create_app(settings, data_dir, private=True)
    server.shorten_switch_interval()
    interrupts.handle_signals()
    with server.serve_to_this_process(app) as connect, Client(connect) as client:
        yield client


def _log_problems() -> None:
    """Let problems be lines on standard error, other than those that the command ends with."""
    from harlake.observability import logs

    logs.configure("warning")
    logging.getLogger("harlake.api.errors").addFilter(_is_a_bug)
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)


def _is_a_bug(record: logging.LogRecord) -> bool:
    """Keep what is answered out of the log: the command says it. Of what nobody foresaw, only the log has the place."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    return record.levelno >= logging.ERROR and not any(isinstance(one, HarlakeError) for one in arguments)
