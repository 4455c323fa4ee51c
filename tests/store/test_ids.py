"""Entry ids are computed."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from harlake.store.ids import entry_id, new_id, parse_id, split_entry_id


@given(st.uuids(version=4), st.integers(0, 2**32 - 1))
def test_an_entry_id_leads_back_to_its_capture(capture: uuid.UUID, ordinal: int) -> None:
    """It is a UUID of version 8 (RFC 9562) that holds the capture's leading bits and the ordinal."""
    found = entry_id(capture, ordinal)
    least, greatest, back = split_entry_id(found)
    assert (found.version, found.variant) == (8, uuid.RFC_4122)
    assert least <= capture <= greatest
    assert greatest.int - least.int == 2**32 - 1
    assert back == ordinal


@given(st.text(max_size=40))
def test_what_is_no_uuid_is_no_id(text: str) -> None:
    """Whatever a client writes, parsing an id never fails."""
    found = parse_id(text)
    assert found is None or isinstance(found, uuid.UUID)
    assert parse_id(str(new_id())) is not None
