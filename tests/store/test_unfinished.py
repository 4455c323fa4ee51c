"""Captures that are announced, given up and removed: whose they are, and who may clean them up."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest

from harlake.errors import CatalogUnavailableError
from harlake.store import catalog as catalog_module
from harlake.store import timestamps, unfinished
from harlake.store.catalog import Catalog
from harlake.store.catalog_database import CatalogDatabase
from tests.support.capture_records import capture_record

_ONE, _TWO, _THREE = (uuid.UUID(int=number) for number in (1, 2, 3))
_SESSION = uuid.UUID(int=10)


@pytest.fixture
def catalog(catalog_database: CatalogDatabase) -> Catalog:
    """An empty catalog."""
    return Catalog(catalog_database)


def test_what_is_being_written_is_not_abandoned(catalog: Catalog) -> None:
    """Unless this process says that it is not, as after a failure that it could not tell the catalog of."""
    catalog.announce(_ONE)
    catalog.announce(_TWO)
    assert catalog.abandoned() == []
    assert catalog.abandoned(lambda capture: capture == _ONE) == [_TWO]
    assert sorted(catalog.unfinished()) == [_ONE, _TWO]


def test_a_capture_that_was_given_up_is_not_completed(catalog: Catalog) -> None:
    """Its objects may have gone; nothing of the transaction is there afterwards."""
    catalog.announce(_ONE)
    assert catalog.abandoned(lambda _: False) == [_ONE]
    with pytest.raises(CatalogUnavailableError, match="given up"):
        catalog.complete(capture_record(_ONE), _SESSION, "Mine")
    assert (catalog.sessions(), catalog.all_captures(), catalog.unfinished()) == ([], [], [_ONE])
    catalog.remove(_ONE, _SESSION)
    catalog.forget(_ONE)
    assert catalog.unfinished() == []
    with pytest.raises(CatalogUnavailableError, match="given up"):
        catalog.complete(capture_record(_ONE), _SESSION, "Mine")


def test_what_a_node_that_has_ended_was_writing_is_abandoned(
    catalog: Catalog, catalog_database: CatalogDatabase
) -> None:
    """Whatever it removed and did not clean up is, too."""
    with catalog_database.writing() as cursor:
        nobody = catalog_database.node ^ 1
        unfinished.insert_unfinished(cursor, [_ONE], "importing", nobody)
        unfinished.insert_unfinished(cursor, [_TWO], "removed", nobody)
    catalog.announce(_THREE)
    assert sorted(catalog.unfinished()) == [_ONE, _TWO, _THREE]
    assert sorted(catalog.abandoned()) == [_ONE, _TWO]


def test_the_clock_is_that_of_the_database(
    catalog: Catalog, catalog_database: CatalogDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a node has removed stays for the grace period, whatever time the nodes take it to be."""
    for module in (catalog_module, timestamps):
        monkeypatch.setattr(module, "utc_now", lambda: datetime(2001, 1, 1, tzinfo=UTC))
    catalog.announce(_ONE)
    catalog.remove(_ONE)
    assert catalog.abandoned(grace=60) == []
    with catalog_database.writing() as cursor:
        cursor.execute("UPDATE unfinished SET since_us = since_us - ?", [61_000_000])
    assert catalog.abandoned(grace=120) == []
    assert catalog.abandoned(grace=60) == [_ONE]


def test_states_of_another_version_are_left_alone(catalog: Catalog, catalog_database: CatalogDatabase) -> None:
    """What they mean is not known here."""
    with catalog_database.writing() as cursor:
        cursor.execute("INSERT INTO unfinished VALUES (?, 'moving', ?, ?)", [_ONE, 0, catalog_database.node ^ 1])
    assert catalog.unfinished() == catalog.abandoned(lambda _: False) == []
    with pytest.raises(CatalogUnavailableError):
        catalog.complete(capture_record(_ONE), _SESSION, "Mine")


def test_very_many_are_added_at_once(catalog: Catalog, catalog_database: CatalogDatabase) -> None:
    """More than one statement takes."""
    captures = [uuid.UUID(int=number) for number in range(203)]
    with catalog_database.writing() as cursor:
        unfinished.insert_unfinished(cursor, captures, "removed", catalog_database.node)
    assert sorted(catalog.unfinished()) == captures
