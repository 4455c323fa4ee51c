"""Which catalog a bucket belongs to: an object, ``store.json``, has the id of the store that the catalog has too.

Without it, an empty catalog that is given for a bucket in use would know none of its objects, and two catalogs for one
bucket would each take the other's objects for orphans.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Final

import obstore
from obstore.exceptions import AlreadyExistsError

from harlake.errors import DataDirError
from harlake.store.s3_bucket import bucket_and_prefix, open_bucket
from harlake.store.s3_errors import storage_errors

_NAME: Final = "store.json"


class BucketMark:
    """The mark of a bucket, or of one prefix in it. Raises StorageUnavailableError, and DataDirError where it is none.

    ``url`` is ``s3://bucket/prefix``.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        bucket, prefix = bucket_and_prefix(url)
        self._store = open_bucket(bucket, prefix)

    def claim(self, store: uuid.UUID, is_empty: Callable[[], bool]) -> None:
        """See to it that the bucket is this store's: one that ``is_empty``, and nobody's yet, becomes it.

        Raises DataDirError where it is another store's.
        """
        with storage_errors():
            owner = self._read()
            if owner is None and is_empty() and self._create(store):
                return
            owner = owner or self._read()  # another node may have been faster
        if owner != store:
            raise DataDirError(
                f"{self._url} belongs to another catalog than the one that --catalog names: name that one, or let"
                " `harlake check --repair` bring what is in the bucket into this one"
            )

    def take_over(self, store: uuid.UUID) -> None:
        """Make the bucket this store's, whoever's it was."""
        with storage_errors():
            obstore.put(self._store, _NAME, _text(store))

    def _create(self, store: uuid.UUID) -> bool:
        """Write the mark where there is none; return whether there was none."""
        try:
            obstore.put(self._store, _NAME, _text(store), mode="create")
        except AlreadyExistsError:
            return False
        return True

    def _read(self) -> uuid.UUID | None:
        try:
            text = obstore.get(self._store, _NAME).bytes().to_bytes()
        except FileNotFoundError:
            return None
        try:
            return uuid.UUID(json.loads(text)["id"])
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise DataDirError(f"{self._url}/{_NAME} is not what harlake writes there") from error


def _text(store: uuid.UUID) -> bytes:
    return json.dumps({"id": str(store)}).encode()
