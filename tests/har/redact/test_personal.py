"""What is personal, and what only looks like it."""

from __future__ import annotations

import pytest

from harlake.har.redact.config import Config, Level
from harlake.har.redact.context import Context
from harlake.har.redact.json_strings import applied, merged
from harlake.har.redact.personal import is_card, is_iban, personal_edits
from harlake.har.redact.pseudonyms import Pseudonyms


def _treated(text: bytes) -> bytes:
    context = Context(Config(Level.PERSONAL), Pseudonyms(b"k"), None)
    return applied(text, merged(personal_edits(context, text)))


@pytest.mark.parametrize(
    "text",
    [
        b"erin.x@corp.example.com",
        b"fay%40corp.example.com",
        b"+493082616797",
        b"4929 6583 7734 5645",
        b"DE89 3704 0044 0532 0130 00",
        b"10.77.3.21",
        b"2001:db8:85a3:0:0:8a2e:370:7334",
    ],
)
def test_personal(text: bytes) -> None:
    """Alone, and in a sentence."""
    assert text not in _treated(text)
    assert text not in _treated(b"it is " + text + b", as was said")


@pytest.mark.parametrize(
    "text", [b"logo@2x.png", b"Chrome/115.0.5790.170", b"4929123412341235", b"1764144000123", b"127.0.0.1"]
)
def test_others(text: bytes) -> None:
    """Names of files, versions, numbers."""
    assert _treated(b" " + text) == b" " + text


def test_check_digits() -> None:
    """ISO's own."""
    assert is_card(b"5555276451919165")
    assert not is_card(b"5555276451919166")
    assert is_iban(b"DE89370400440532013000")
    assert not is_iban(b"DE89370400440532013001")
