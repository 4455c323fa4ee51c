"""How a bucket is named."""

from __future__ import annotations

import pytest

from harlake.errors import DataDirError
from harlake.store.s3_bucket import bucket_and_prefix


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("s3://bucket", ("bucket", "")),
        ("s3://bucket/", ("bucket", "")),
        ("s3://a.b-c/one", ("a.b-c", "one")),
        ("s3://bucket/one//two/", ("bucket", "one/two")),
    ],
)
def test_a_url_names_a_bucket_and_a_prefix(url: str, named: tuple[str, str]) -> None:
    """Slashes too many are none."""
    assert bucket_and_prefix(url) == named


@pytest.mark.parametrize("url", ["", "s3://", "s3://A", "https://bucket/x", "s3://bucket/a b", "s3://bucket?x"])
def test_other_urls_name_none(url: str) -> None:
    """They are told, for they have no secrets."""
    with pytest.raises(DataDirError, match="is no URL such as s3://bucket/prefix"):
        bucket_and_prefix(url)
