"""Rows in columns: fields by name, and what says that they are not whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from harlake.errors import BadRequestError
from harlake.query.filters import Filter
from harlake.query.pagination import Order
from harlake.query.row_window import FIELDS, parse_fields, row_window
from harlake.store.data_dir import DataDir
from tests.support.folders import import_har
from tests.support.hars import entry, har


def test_fields_by_name() -> None:
    """In the order in which they are named, each once; all without a name."""
    assert parse_fields(None) == FIELDS
    assert parse_fields("url,id,url") == ("url", "id")
    for wrong in ("", "url,", "URL", "row"):
        with pytest.raises(BadRequestError, match="fields takes some of id, ordinal"):
            parse_fields(wrong)


def test_long_urls_are_completed(tmp_path: Path) -> None:
    """As in listings: the index has their beginning, and what is still cut is named."""
    data_dir = DataDir(tmp_path)
    long, longest = ("http://a/" + "x" * length for length in (5_000, 100_000))
    urls = [b'"' + url.encode() + b'"' for url in ("http://a/1", long, longest)]
    session = import_har(data_dir, har(*(b'{"request":{"method":"GET","url":%b}}' % url for url in urls), entry(4)))
    found = row_window(data_dir, session.id, 0, 10, ("url", "method"), Filter(), Order())
    assert [len(url) for url in found.columns["url"][:3]] == [10, 5_009, 65_536]
    assert found.truncated == [None, None, ["url"], None]
    assert row_window(data_dir, session.id, 1, 2, ("id", "method"), Filter(), Order()).truncated is None
    data_dir.close()
