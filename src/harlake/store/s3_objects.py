"""Objects in a bucket of S3, or of whatever speaks its protocol.

A small object is one request. A larger one is a multipart upload, which is sent while it is written, and appears when
it is completed. What is read in order is fetched ahead: a range costs a round trip, and one of 4 MiB a third of the
processor time that its quarter-megabytes cost.

Region, endpoint and credentials come from the environment, under the names that AWS's tools use (``AWS_REGION``,
``AWS_ENDPOINT_URL``, ``AWS_ACCESS_KEY_ID``, …), or from the machine's role. Payloads are not signed: TLS keeps them
whole, and hashing each byte once more takes as long as sending it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

import obstore
from obstore.store import S3Store

from harlake.store.objects import OBJECT_NAME, StoredObject
from harlake.store.s3_bucket import bucket_and_prefix, open_bucket
from harlake.store.s3_errors import storage_errors
from harlake.store.s3_sink import S3Sink
from harlake.store.s3_source import S3Source
from harlake.store.s3_uploads import S3Uploads

#: Parts of all uploads that are in memory, each while it is sent.
_SENDING: Final = 8

#: Ranges that are fetched ahead at a time; who finds no thread free fetches its own.
_FETCHING: Final = 8

#: Names that one request lists: as many as S3 lets it.
_LISTED: Final = 1_000


class S3Objects:
    """A folder of objects in a bucket."""

    def __init__(self, url: str, folder: str, scratch: Path) -> None:
        """``url`` is ``s3://bucket`` or ``s3://bucket/prefix``; parts wait in ``scratch`` until they are sent.

        Raises DataDirError where the URL is none.
        """
        bucket, prefix = bucket_and_prefix(url)
        self._scratch = scratch
        self._sending = ThreadPoolExecutor(_SENDING, "s3-send")
        self._fetching = ThreadPoolExecutor(_FETCHING, "s3-fetch")
        self._prefix = f"{prefix}/{folder}" if prefix else folder
        self._uploads = S3Uploads(bucket, f"{self._prefix}/")
        self._store = open_bucket(bucket, self._prefix)
        self._impatient = open_bucket(bucket, self._prefix, patient=False)

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
        _check(self._store)

    def check_now(self) -> None:
        """Do so without trying again, and within some seconds."""
        _check(self._impatient)

    def close(self) -> None:
        """Let go of threads."""
        self._sending.shutdown(wait=False, cancel_futures=True)
        self._fetching.shutdown(wait=False, cancel_futures=True)


def _check(store: S3Store) -> None:
    with storage_errors():
        with suppress(FileNotFoundError):
            obstore.head(store, "check")  # tells credentials that are refused, as a listing does not
        next(iter(obstore.list(store, chunk_size=1)), None)
