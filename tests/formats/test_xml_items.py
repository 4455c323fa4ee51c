"""XML that is a list of items."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import InvalidJsonError
from harlake.formats.xml_items import XmlItems

_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=9
)


@given(st.lists(st.tuples(_TEXT, _TEXT)), st.lists(st.integers(0, 500)))
def test_items_come_whole(items: list[tuple[str, str]], cuts: list[int]) -> None:
    """Text and attributes, however the document is cut."""
    inner = "".join(f"<i><a v={quoteattr(one)}>x</a><b>{escape(two)}</b></i>" for one, two in items)
    text = f"<r>{inner}</r>".encode()
    bounds = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    found = [one for one in XmlItems(1, 10_000).read(text[a:b] for a, b in pairwise(bounds)) if one is not None]
    assert [(one.attribute("a", "v"), one.text("b")) for one in found] == items
    assert all(text[one.byte :].startswith(b"<i>") for one in found)


@given(st.binary())
def test_whatever_comes_is_read_or_refused(data: bytes) -> None:
    """Any bytes are an error with a place, or items."""
    try:
        list(XmlItems(1, 10_000).read([data]))
    except InvalidJsonError as error:
        if error.line is None:
            raise


def test_entities_are_refused_before_they_are_used() -> None:
    """Also where nothing refers to them."""
    with pytest.raises(InvalidJsonError, match="defines an entity, 'a'"):
        list(XmlItems(1, 100).read([b'<!DOCTYPE r [<!ENTITY a "b">]><r/>']))
    with pytest.raises(InvalidJsonError, match="another file"):
        list(XmlItems(1, 100).read([b'<!DOCTYPE r SYSTEM "file:///x.dtd"><r>&x;</r>']))
