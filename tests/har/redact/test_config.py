"""The configuration of a redaction."""

from __future__ import annotations

import pytest

from harlake.errors import BadRequestError
from harlake.har.redact.config import Level, parse_config, parse_level


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b'{"level":"all"}', b'{"names":{"drop":[]}}', b'{"patterns":["("]}', b'{"values":{"redact":[""]}}'],
)
def test_what_is_wrong_is_refused(text: bytes) -> None:
    """With the member to blame."""
    with pytest.raises(BadRequestError):
        parse_config(text)


def test_what_is_given_beside_it_counts() -> None:
    """A level of the command line, before that of the file."""
    assert parse_config(b'{"level":"strict"}').level is Level.STRICT
    assert parse_config(b'{"level":"strict"}', "personal").level is Level.PERSONAL
    assert parse_level("secrets") is Level.SECRETS
