"""Rows on the wire are what listings have of an entry."""

from __future__ import annotations

import re

import msgspec

from harlake.api.entry_rows import EntryRow
from harlake.query.columns import COLUMNS


def test_a_row_has_the_columns_of_listings() -> None:
    """In their order, after the id."""
    names = [field.encode_name for field in msgspec.structs.fields(EntryRow)]
    assert names == ["id", *COLUMNS, "truncated"]


def test_names_differ_in_spelling_only() -> None:
    """``serverIPAddress`` is ``server_ip_address``."""
    for field in msgspec.structs.fields(EntryRow):
        words = re.sub(r"([a-z])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3_\2\4", field.encode_name).lower()
        assert words == field.name
