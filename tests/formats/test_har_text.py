"""A HAR that is written entry by entry."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from harlake.formats.har_text import har_text


@given(st.lists(st.sampled_from([b"", b"{}", b'{"a":1}'])), st.text(max_size=9))
def test_it_is_json_with_all_entries(entries: list[bytes], creator: str) -> None:
    """What is empty is a pause, and no entry."""
    log = json.loads(b"".join(har_text(entries, creator.encode(errors="replace").decode(), "1", "b", [{"id": "p"}])))[
        "log"
    ]
    assert log["entries"] == [json.loads(entry) for entry in entries if entry]
    assert (log["creator"]["version"], log["browser"], log["pages"]) == (
        "1",
        {"name": "b", "version": ""},
        [{"id": "p"}],
    )
