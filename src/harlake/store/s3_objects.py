"""Objects in a bucket of S3, or of whatever speaks its protocol.

A small object is one request. A larger one is a multipart upload, which is sent while it is written, and appears when
it is completed. What is read in order is fetched ahead: a range costs a round trip, and one of 4 MiB a third of the
processor time that its quarter-megabytes cost.

Region, endpoint and credentials come from the environment, under the names that AWS's tools use (``AWS_REGION``,
``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID``, …), or from the machine's role. Payloads are not signed: TLS keeps them
whole, and hashing each byte once more takes as long as sending it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import obstore
from obstore.store import S3Store

from harlake.errors import DataDirError
from harlake.store.objects import OBJECT_NAME, StoredObject
from harlake.store.s3_errors import storage_errors
from harlake.store.s3_sink import S3Sink
from harlake.store.s3_source import S3Source
from harlake.store.s3_uploads import S3Uploads, endpoint

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

_URL: Final = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9!_.*'()/-]*))?", re.ASCII)

#: Parts of all uploads that are in memory, each while it is sent.
_SENDING: Final = 8

#: Ranges that are fetched ahead at a time; who finds no thread free fetches its own.
_FETCHING: Final = 8

#: Names that one request lists: as many as S3 lets it.
_LISTED: Final = 1_000

#: What fails for a moment (500, 503, a connection that breaks) is tried again for so long. Somebody is waiting.
_RETRIES: Final[RetryConfig] = {
    "max_retries": 10,
    "retry_timeout": timedelta(seconds=15),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
}

#: Longer than a part takes on a slow line; a connection that says nothing is given up sooner.
_TIMEOUTS: Final[ClientConfig] = {
    "connect_timeout": timedelta(seconds=5),
    "read_timeout": timedelta(seconds=10),
    "timeout": timedelta(seconds=60),
}


class S3Objects:
    """A folder of objects in a bucket."""

    def __init__(self, url: str, folder: str, scratch: Path) -> None:
        """``url`` is ``s3://bucket`` or ``s3://bucket/prefix``; parts wait in ``scratch`` until they are sent.

        Raises DataDirError where the URL is none.
        """
        match = _URL.fullmatch(url)
        if match is None:
            raise DataDirError(f"{url!r} is no URL such as s3://bucket/prefix")
        self._scratch = scratch
        self._sending = ThreadPoolExecutor(_SENDING, "s3-send")
        self._fetching = ThreadPoolExecutor(_FETCHING, "s3-fetch")
        self._prefix = "/".join(filter(None, [*(match[2] or "").split("/"), folder]))
        self._uploads = S3Uploads(match[1], f"{self._prefix}/")
        self._store = S3Store(
            match[1],
            prefix=self._prefix,
            config={"unsigned_payload": True},
            client_options={**_TIMEOUTS, "allow_http": (endpoint() or "").startswith("http:")},
            retry_config=_RETRIES,
        )

    def sink(self, name: str, check_room: Callable[[], None]) -> S3Sink:
        """Return where an object is written to; ``check_room`` is called before anything is."""
        return S3Sink(self._store, name, check_room, self._scratch, self._sending)

    def open(self, name: str, ahead: int = 0) -> S3Source:
        """Open an object, which may hold ``ahead`` bytes of what will be read next. It asks for nothing yet."""
        return S3Source(self._store, name, ahead, self._fetching)

    def delete(self, name: str) -> int:
        """Remove an object. Its length is not asked for."""
        with storage_errors():
            obstore.delete(self._store, name)
        return 0

    def stored(self) -> Iterator[StoredObject]:
        """Yield all complete objects; those of other names are not harlake's."""
        with storage_errors():
            for page in obstore.list(self._store, chunk_size=_LISTED):
                for found in page:
                    if OBJECT_NAME.fullmatch(found["path"]):
                        yield StoredObject(found["path"], found["size"], found["last_modified"].timestamp())

    def remove_unfinished(self, is_abandoned: Callable[[str], bool]) -> Iterator[str]:
        """End uploads that nobody goes on with, and yield their names."""
        for upload in self._uploads.list():
            name = upload.key.removeprefix(f"{self._prefix}/")
            if OBJECT_NAME.fullmatch(name) and is_abandoned(name):
                self._uploads.abort(upload)
                yield name

    def check_free(self, keep_free: int) -> None:
        """Do nothing: a bucket is not full."""

    def check(self) -> None:
        """Raise StorageUnavailableError where the bucket is not there, or refuses to be used."""
        with storage_errors():
            with suppress(FileNotFoundError):
                obstore.head(self._store, "check")  # tells credentials that are refused, as a listing does not
            next(iter(obstore.list(self._store, chunk_size=1)), None)

    def close(self) -> None:
        """Let go of threads."""
        self._sending.shutdown(wait=False, cancel_futures=True)
        self._fetching.shutdown(wait=False, cancel_futures=True)
