"""Files without their secrets."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import HarlakeError
from harlake.har.redact.config import Config
from harlake.har.redact.redactor import Redactor
from harlake.upload.file_redaction import FileRedaction

_TOKEN = "qZ7xW2mK9pL4vN8tR3yB6cD1"


def _redacted(pieces: list[bytes]) -> tuple[bytes, int]:
    redaction = FileRedaction(Redactor(Config()), BytesIO())
    for _ in redaction.learn(pieces):
        pass
    return b"".join(redaction.redacted(pieces)), redaction.left_out


@given(st.lists(st.sampled_from(["", _TOKEN, "token=" + _TOKEN, "plain"]), max_size=5), st.integers(1, 50))
def test_entries_stay_in_order_however_the_file_is_cut(urls: list[str], length: int) -> None:
    """Each is there, on a line of its own, and the secret is nowhere if one of them tells it."""
    entries = [{"request": {"url": f"http://a/?{url}"}, "n": number} for number, url in enumerate(urls)]
    data = json.dumps({"log": {"entries": entries}, "x": _TOKEN}).encode()
    text, left_out = _redacted([data[at : at + length] for at in range(0, len(data), length)])
    assert left_out == 0
    assert [entry["n"] for entry in json.loads(text)["log"]["entries"]] == list(range(len(urls)))
    assert text.count(b"\n") == 2 + len(urls)
    assert (_TOKEN.encode() not in text) == ("token=" + _TOKEN in urls)


def test_what_cannot_be_read_is_counted() -> None:
    """It is not in what is written."""
    assert _redacted([b'{"log":{"entries":[1,{"request":{"url":"http://a/"}}]}}'])[1] == 1


def test_what_is_no_har() -> None:
    """It is refused with its place."""
    with pytest.raises(HarlakeError):
        _redacted([b'{"log":{"entries":[{]}}'])
