"""What is left of captures that are not complete, or not any more; and what nobody knows of."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal

from harlake.store.catalog import Catalog
from harlake.store.objects import StoredObject, capture_of

#: Objects that the catalog is asked about at a time.
_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Garbage:
    """A capture that was removed or given up, or a file of one: ``name``, which is ``unfinished``, or an ``orphan``.

    ``length`` is in bytes, where it is known; ``is_removed`` says whether it has gone.
    """

    capture: uuid.UUID
    kind: Literal["capture", "unfinished", "orphan"]
    name: str | None = None
    length: int | None = None
    is_removed: bool = True


def orphans(catalog: Catalog, stored: Iterable[StoredObject], age: float) -> Iterator[StoredObject]:
    """Yield those of some objects that the catalog knows nothing of, and that are at least ``age`` seconds old.

    Younger ones may be of captures that another node has announced since they were listed.
    """
    before = time.time() - age
    old = (one for one in stored if one.modified_at <= before)
    while batch := list(islice(old, _BATCH)):
        unknown = catalog.unknown(list({capture_of(one.name) for one in batch}))
        yield from (one for one in batch if capture_of(one.name) in unknown)
