"""Formats are told by their first bytes, and a HAR is none of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.formats.registry import format_of
from tests.support.conversions import zipped
from tests.support.hars import numbered


@pytest.mark.parametrize(
    ("first", "name"),
    [
        (zipped({"a": b"b"}), "zip"),
        (zipped({}), "zip"),
        (b'[{"status":"COMPLETE","method":"GET","protocolVersion":"HTTP/1.1"', "charles"),
        (b'\xef\xbb\xbf[ {\n "tunnel" : false', "charles"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE items [\n<!ELEMENT', "burp"),
        (b'<?xml version="1.1"?><!-- x --><items burpVersion="1">', "burp"),
        (b"WARC/1.0\r\nWARC-Type: warcinfo\r\n", "warc"),
    ],
)
def test_formats_are_told(first: bytes, name: str) -> None:
    """By what every file of theirs begins with."""
    found = format_of(first)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "first", [numbered(1), b"", b"[]", b'[{"request":{}}]', b"<html>", b"<log><items>", b"WARC", b"{}", b"PK"]
)
def test_others_are_none(first: bytes) -> None:
    """Neither a HAR nor what is refused as no JSON."""
    assert format_of(first[:512]) is None


@given(st.binary(max_size=512))
def test_any_bytes_are_looked_at(first: bytes) -> None:
    """Whatever a file begins with, it is told or not, and never an error."""
    format_of(first)
