"""Short ids of entries: what is shown of an id, and what may be typed in its place."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.store.ids import entry_id, split_entry_id
from harlake.store.short_ids import parse_short_id, short_entry_id

_CAPTURES = st.uuids(version=4)
_ORDINALS = st.integers(0, 2**32 - 1)


@given(_CAPTURES, _ORDINALS)
def test_what_is_shown_can_be_typed(capture: uuid.UUID, ordinal: int) -> None:
    """It has the beginning of the capture's id, and the ordinal; the capture is among those that it may mean."""
    shown = short_entry_id(str(entry_id(capture, ordinal)))
    assert shown == f"{str(capture)[:8]}:{ordinal}"
    for typed in (shown, shown.upper()):
        short = parse_short_id(typed)
        assert short is not None
        assert short.least <= capture <= short.greatest
        assert short.first == short.last == ordinal


@given(_CAPTURES, _ORDINALS, st.integers(4, 35), st.booleans())
def test_a_beginning_may_mean_what_begins_with_it(
    capture: uuid.UUID, ordinal: int, length: int, has_hyphens: bool
) -> None:
    """Whatever is typed of an id, with hyphens or without; the whole is no short id."""
    text = str(entry_id(capture, ordinal))[:length]
    short = parse_short_id(text if has_hyphens else text.replace("-", ""))
    assert short is not None
    assert short.least <= capture <= short.greatest
    assert short.first <= ordinal <= short.last
    assert parse_short_id(str(entry_id(capture, ordinal))) is None


@given(_CAPTURES, _ORDINALS)
def test_nearly_all_of_an_id_means_few_entries(capture: uuid.UUID, ordinal: int) -> None:
    """Of one capture: those that share all but a digit of the ordinal."""
    entry = entry_id(capture, ordinal)
    short = parse_short_id(str(entry)[:-1])
    assert short is not None
    least, greatest, _ = split_entry_id(entry)
    assert (short.least, short.greatest) == (least, greatest)
    assert short.last - short.first == 15


@pytest.mark.parametrize(
    "text", ["", "abc", "abc:1", "abcg", "abcd:", ":1", "abcd:-1", "abcd:1:2", "abcd:１", "abcd:99999999999"]
)
def test_what_is_no_short_id(text: str) -> None:
    """Too short to mean one entry, or something else."""
    assert parse_short_id(text) is None


@pytest.mark.parametrize("text", ["", "nothing", "x" * 32, str(uuid.UUID(int=0))[:-1]])
def test_what_is_no_id_is_shown_as_it_is(text: str) -> None:
    """A later service may have others."""
    assert short_entry_id(text) == text
