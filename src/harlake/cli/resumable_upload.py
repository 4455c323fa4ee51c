"""Files that go on to a service where they ended, when the connection breaks or the service starts again.

Large files go by tus (https://tus.io/protocols/resumable-upload). Small ones go as a whole, again if need be, with a
key by which the service knows that it has imported them already.
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final

from harlake.cli.client import Client, ConnectionLostError, ServiceError
from harlake.cli.output import print_line
from harlake.cli.progress import Progress
from harlake.cli.upload import STANDARD_INPUT, file_pieces, file_size, opened, upload
from harlake.limits import MIB

#: Bytes from which on a file is not sent again as a whole.
_LARGE: Final = 16 * MIB

#: Seconds between two attempts, from the first on, and for how long there are such, if nothing gets through.
_WAITS: Final = (0.5, 1, 2, 4, 8)
_PATIENCE: Final = 300

_TUS: Final = {"Tus-Resumable": "1.0.0"}
_PART: Final = {"Content-Type": "application/offset+octet-stream", **_TUS}

#: Statuses that say nothing against the file: others are sending, or the service is busy.
_PASSING: Final = frozenset({409, 423, 429, 503})
_NO_SUCH_ROUTE: Final = frozenset({404, 405})
_GONE: Final = 404
#: What is said of an upload that a node does not know; HEAD says nothing.
_UNKNOWN: Final = "Upload not found"


def import_file(client: Client, file: str, fields: dict[str, str]) -> Any:
    """Import a file with some fields, and return the answer. Raises ClickException."""
    if not client.is_remote or file == STANDARD_INPUT:
        return upload(client, "/api/har/import", file, fields)
    with opened(file) as data:
        size = file_size(data)
        # An upload that goes on is on the service's disk meanwhile, with its secrets.
        if size is not None and size >= _LARGE and "redact" not in fields:
            resumable = _ResumableUpload(client, file, data, size)
            if resumable.begin(fields) and (answer := resumable.finish()) is not None:
                return answer
    if size is None:  # a pipe cannot be read again
        return upload(client, "/api/har/import", file, fields)
    key = str(uuid.uuid4())
    attempts = _Attempts(file)
    while True:
        try:
            return upload(client, "/api/har/import", file, fields, {"Idempotency-Key": key})
        except ConnectionLostError as error:
            if error.is_refused and not attempts.count:
                raise
            attempts.wait(error)


class _Attempts:
    """How often in a row something has failed; :meth:`wait` says so, and raises the error when that is enough."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.count = 0
        self._began = time.monotonic()

    def succeed(self) -> None:
        """Begin to count anew."""
        self.count = 0

    def wait(self, error: ServiceError) -> None:
        """Wait before the next attempt. Raises the error."""
        if not self.count:
            self._began = time.monotonic()
            print_line(f"{self._file}: {error.message}: going on as soon as the service answers", err=True)
        elif time.monotonic() - self._began > _PATIENCE:
            raise error
        time.sleep(_WAITS[min(self.count, len(_WAITS) - 1)])
        self.count += 1


class _ResumableUpload:
    """One file on its way: :meth:`begin`, then :meth:`finish`."""

    def __init__(self, client: Client, file: str, data: IO[bytes], size: int) -> None:
        self._client = client
        self._file = file
        self._data = data
        self._start = data.tell()
        self._size = size
        self._path = ""

    def begin(self, fields: dict[str, str]) -> bool:
        """Tell the service of the file; return False where that is an earlier one, which knows no such uploads."""
        values = {"filename": Path(self._file).name, **fields}
        headers = {
            "Upload-Length": str(self._size),
            "Upload-Metadata": ",".join(f"{name} {_encoded(value)}" for name, value in values.items()),
            **_TUS,
        }
        try:
            with self._client.send("POST", "/api/uploads", headers, 0, ()) as answer:
                self._path = f"/api/uploads/{answer.json()['id']}"
        except ServiceError as error:
            if error.status in _NO_SUCH_ROUTE and error.answer.get("error") in ("Not Found", "Method Not Allowed"):
                return False
            raise
        return True

    def finish(self) -> Any:
        """Send all of it, however often that takes, and return what the import answers. Raises ClickException.

        Returns None where another node of a cluster answers, which knows nothing of it.
        """
        attempts = _Attempts(self._file)
        with Progress(self._file, self._size) as progress:
            while True:
                try:
                    if (result := self._go_on(progress, attempts.succeed)) is not None:
                        return result
                except ConnectionLostError as error:
                    attempts.wait(error)
                except ServiceError as error:
                    if error.status == _GONE and error.answer.get("error", _UNKNOWN) == _UNKNOWN:
                        return None
                    if error.status not in _PASSING or error.answer.get("error") == "Import cancelled":
                        raise
                    attempts.wait(error)
                except BaseException:
                    self._remove()
                    raise

    def _go_on(self, progress: Progress, succeed: Callable[[], None]) -> Any:
        """Send what the service does not have yet, and return the answer, None as long as there is none."""
        with self._client.send("HEAD", self._path, _TUS, None, None) as answer:
            offset = int(answer.headers["Upload-Offset"])
        if offset < self._size:
            self._data.seek(self._start + offset)
            progress.go_on(offset)
            left = self._size - offset
            body = self._pieces(left, progress, succeed)
            with self._client.send("PATCH", self._path, {**_PART, "Upload-Offset": str(offset)}, left, body) as answer:
                answer.read()
        shown = self._client.get(self._path)
        if shown["state"] == "done":
            return shown["result"]
        time.sleep(_WAITS[0])
        return None

    def _pieces(self, left: int, progress: Progress, succeed: Callable[[], None]) -> Iterator[bytes]:
        for count, piece in enumerate(file_pieces(self._data, self._file, left, progress)):
            yield piece
            if count:  # the first one goes into a buffer of this machine
                succeed()

    def _remove(self) -> None:
        """Let the service keep nothing of a file that is given up."""
        try:
            with self._client.send("DELETE", self._path, _TUS, None, None) as answer:
                answer.read()
        except ServiceError:
            pass  # it expires


def _encoded(value: str) -> str:
    return base64.b64encode(value.encode("utf-8", "surrogateescape")).decode()
