"""A bucket is one catalog's, by the id that both have."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from harlake.errors import DataDirError
from harlake.store.backends import open_shared
from harlake.store.bucket_mark import BucketMark
from harlake.store.data_dir import DataDir
from tests.support.folders import import_har
from tests.support.hars import numbered
from tests.support.postgres import Postgres

_ONE, _TWO = uuid.UUID(int=1), uuid.UUID(int=2)


def test_an_empty_bucket_is_whose_claims_it_first(s3_environment: str) -> None:
    """From then on it is that one's, whatever is in it."""
    mark = BucketMark(s3_environment)
    mark.claim(_ONE, lambda: True)
    mark.claim(_ONE, lambda: False)
    with pytest.raises(DataDirError, match="belongs to another catalog"):
        BucketMark(s3_environment).claim(_TWO, lambda: True)


def test_a_bucket_in_use_is_nobody_elses(s3_environment: str) -> None:
    """Objects without a mark may be anybody's; whoever takes them over says so."""
    mark = BucketMark(s3_environment)
    with pytest.raises(DataDirError, match="belongs to another catalog"):
        mark.claim(_ONE, lambda: False)
    mark.take_over(_ONE)
    mark.claim(_ONE, lambda: False)
    mark.take_over(_TWO)
    with pytest.raises(DataDirError):
        mark.claim(_ONE, lambda: False)


def test_two_nodes_may_begin_at_once(s3_environment: str) -> None:
    """One that finds no mark, and then an object, looks again: the other has been faster."""
    mark = BucketMark(s3_environment)

    def other_begins() -> bool:
        BucketMark(s3_environment).claim(_ONE, lambda: True)
        return False

    mark.claim(_ONE, other_begins)


@pytest.mark.parametrize("text", [b"", b"[]", b'{"id": 1}', b'{"id": "x"}', b"{}"])
def test_what_is_no_mark_is_told(s3_environment: str, text: bytes) -> None:
    """It is left as it is."""
    import obstore

    mark = BucketMark(s3_environment)
    obstore.put(mark._store, "store.json", text)
    with pytest.raises(DataDirError, match=r"store\.json is not what harlake writes there"):
        mark.claim(_ONE, lambda: True)


def test_an_empty_catalog_gets_no_bucket_in_use(
    url: str, postgres: Postgres, s3_environment: str, tmp_path: Path
) -> None:
    """It knows none of the objects. One that adopts them takes them from the catalog that had them."""
    one = DataDir(tmp_path / "one", open_backend=open_shared(url, s3_environment))
    import_har(one, numbered(3))
    one.close()
    other = postgres.new_schema()
    with pytest.raises(DataDirError, match="belongs to another catalog"):
        DataDir(tmp_path / "two", open_backend=open_shared(other, s3_environment))
    two = DataDir(tmp_path / "two", open_backend=open_shared(other, s3_environment, adopting=True))
    assert len(list(two.captures.ids())) == 1
    two.close()
    with pytest.raises(DataDirError, match="belongs to another catalog"):
        DataDir(tmp_path / "one", open_backend=open_shared(url, s3_environment))
