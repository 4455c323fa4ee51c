"""Index columns: each is read and stored under one name, which the API lists; and which texts were cut."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.limits import MAX_TEXT_BYTES
from harlake.query.columns import COLUMNS
from harlake.store import index_columns
from harlake.store.index_columns import ELLIPSIS, ENTRY_SCHEMA, INDEX_COLUMNS, PAGE_SCHEMA, READ_SCHEMA

#: Columns that no listing has: where an entry is, and what others are made of.
_UNLISTED = {"capture", "frame_start", "frame_length", "frame_text_length", "start", "media_type", "failed"}


def test_the_index_and_the_api_have_the_same_columns() -> None:
    """Each column is listed under one name, but for where an entry is; and nothing else is listed."""
    stored = set(ENTRY_SCHEMA.names)
    assert len(stored) == len(ENTRY_SCHEMA) == len(INDEX_COLUMNS) + 1
    listed = {name: set(re.findall(r"\b[a-z_]+\b", sql)) & stored for name, sql in COLUMNS.items()}
    assert {column for columns in listed.values() for column in columns} == stored - _UNLISTED
    assert all(listed.values())


def test_a_column_is_read_or_computed() -> None:
    """What is not read is computed of others, and is of no object."""
    for column in INDEX_COLUMNS:
        assert column.is_read == (column.name in READ_SCHEMA.names)
        assert column.is_read or (column.of, column.read_as) == (None, None)
        assert ENTRY_SCHEMA.field(column.name).type == column.stored_as
    assert [field.type for field in READ_SCHEMA] == [column.read_type for column in INDEX_COLUMNS if column.is_read]


def test_attributes_are_those_of_entries() -> None:
    """Each is a field of the object that it is said to be of; without one, something else computes the column."""
    for column in INDEX_COLUMNS:
        if column.of is None:
            assert column.attribute == ""
        else:
            assert column.attribute in {field.name for field in msgspec.structs.fields(column.of)}


@pytest.mark.parametrize("schema", [ENTRY_SCHEMA, PAGE_SCHEMA])
def test_rows_begin_with_their_capture(schema: pa.Schema) -> None:
    """As a UUID, so that files of several captures can be read together; times have a zone."""
    assert schema[0] == pa.field("capture", pa.uuid())
    assert {field.type.tz for field in schema if pa.types.is_timestamp(field.type)} == {"UTC"}


@given(st.text(max_size=1_100) | st.text("aé€𝄞", min_size=200, max_size=1_100))
def test_long_texts_are_cut_between_characters(text: str) -> None:
    """A text is as it was, or as much of its beginning as fits with the mark of that."""
    indexed = index_columns.truncated_text(text)
    assert indexed is not None
    if len(text.encode()) <= MAX_TEXT_BYTES:
        assert indexed == text
    else:
        assert indexed.endswith(ELLIPSIS)
        assert text.startswith(indexed.removesuffix(ELLIPSIS))
        assert MAX_TEXT_BYTES - 4 < len(indexed.encode()) <= MAX_TEXT_BYTES
        assert index_columns.is_truncated(indexed)
        assert index_columns.truncated_columns({"method": indexed}) == ["method"]


def test_no_text_is_cut_to_none() -> None:
    """What is absent stays so."""
    assert index_columns.truncated_text(None) is None


@pytest.mark.parametrize(
    ("url", "path", "truncated"),
    [
        ("u" * 1_021 + "…", "/p…", ["url", "path"]),
        ("u" * 1_021 + "…", "/p", ["url"]),
        ("u" * 1_021 + "…", None, ["url"]),
        ("http://a/…", "/…", []),
    ],
)
def test_a_path_is_cut_where_its_url_is(url: str, path: str | None, truncated: list[str]) -> None:
    """A path that ends where the indexed URL does may go on."""
    row: dict[str, Any] = {"url": url, "path": path, "status": 200}
    assert index_columns.truncated_columns(row) == truncated
