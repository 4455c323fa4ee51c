"""Objects that nobody knows of."""

from __future__ import annotations

import time
import uuid

import pytest

from harlake.store import garbage
from harlake.store.catalog import Catalog
from harlake.store.catalog_database import CatalogDatabase
from harlake.store.garbage import orphans
from harlake.store.objects import StoredObject


@pytest.fixture
def catalog(catalog_database: CatalogDatabase) -> Catalog:
    """An empty catalog."""
    return Catalog(catalog_database)


def test_what_the_catalog_knows_is_no_orphan(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it is complete, announced or removed; and what is young may have been announced since."""
    monkeypatch.setattr(garbage, "_BATCH", 2)
    now = time.time()
    ids = [uuid.UUID(int=number) for number in range(7)]
    stored = [StoredObject(f"{one}.har.zst", 1, now - 100 * (number > 0)) for number, one in enumerate(ids)]
    catalog.announce(ids[3])
    catalog.announce(ids[5])
    catalog.remove(ids[5])
    assert [one.name[:36] for one in orphans(catalog, stored, 50)] == [str(ids[number]) for number in (1, 2, 4, 6)]
