"""The configuration of a redaction."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import BadRequestError
from harlake.har.redact.config import Config, Level, any_of, parse_config, parse_level, parse_redaction, re2


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


def test_what_a_service_is_asked() -> None:
    """A level, or a configuration, whose regular expressions take linear time."""
    assert parse_redaction(" strict\n") == Config(Level.STRICT)
    config = parse_redaction(
        '{"level":"personal","patterns":["EMP-\\\\d{4}"],"paths":["/a/(\\\\w+)"],"key":"%s"}' % ("k" * 32)
    )
    assert (config.level, config.key) == (Level.PERSONAL, b"k" * 32)
    assert config.patterns[0].findall(b"an EMP-1234, EMP-5678") == [b"EMP-1234", b"EMP-5678"]
    assert config.paths[0].search(b"/a/bcd")[1] == b"bcd"  # type: ignore[index]


@given(st.sets(st.text(st.sampled_from("aB-.é$\\0"), min_size=1, max_size=4), min_size=1), st.integers(0, 5))
def test_names_are_found_by_both_engines(names: set[str], before: int) -> None:
    """In any case, and whatever they have that means something to patterns."""
    text = b" " * before + "".join(f"({name.swapcase()})" if name.isascii() else f"({name})" for name in names).encode()
    for engine in (re2, None):
        with patch("harlake.har.redact.config.re2", engine):
            pattern = any_of(names)
        found = {match[0].lower() for match in pattern.finditer(text)}
        assert found <= {name.encode().lower() for name in names}
        assert all(pattern.match(text, text.lower().index(b"(%b)" % one) + 1) for one in found)
        assert found


@pytest.mark.parametrize(
    "text", ["none", "{", '{"patterns":["(?<=a)b"]}', '{"patterns":["(a"]}', '{"key":"short"}', '{"key":1}']
)
def test_what_a_service_refuses(text: str) -> None:
    """Also what only Python has of regular expressions."""
    with pytest.raises(BadRequestError):
        parse_redaction(text)


def test_without_re2(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service takes no patterns, and says what it would need."""
    monkeypatch.setattr("harlake.har.redact.config.re2", None)
    assert parse_redaction('{"names":{"redact":["a"]}}').redact_names == {"a"}
    with pytest.raises(BadRequestError, match="harlake\\[redact\\]"):
        parse_redaction('{"patterns":["a"]}')
