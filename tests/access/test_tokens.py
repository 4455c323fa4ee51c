"""Tokens: random, kept as digests only, valid until they expire."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from harlake.access.scopes import TokenScope
from harlake.access.tokens import TOKEN_PREFIX, find_token, new_token, parse_lifetime

_NOW = datetime.now(UTC)


def test_a_token_is_recognisable_and_not_kept() -> None:
    """Secret scanners find it by a pattern; what is kept does not contain it."""
    secret, kept = new_token([TokenScope.READ, TokenScope.READ], "ci")
    assert re.fullmatch(rf"{TOKEN_PREFIX}[0-9a-f]{{64}}", secret)
    assert secret.removeprefix(TOKEN_PREFIX) not in msgspec.json.encode(kept).decode()
    assert (kept.name, kept.scopes, kept.expires) == ("ci", [TokenScope.READ], None)
    assert new_token([TokenScope.READ])[0] != secret


def test_only_the_whole_token_is_found() -> None:
    """Among several, by all of its characters."""
    secrets, tokens = zip(*(new_token([scope]) for scope in TokenScope), strict=True)
    for secret, token in zip(secrets, tokens, strict=True):
        assert find_token(tokens, secret, _NOW) is token
    secret, token = secrets[0], tokens[0]
    changed = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    for wrong in (
        "",
        secret[:-1],
        f"{secret}0",
        changed,
        secret.upper(),
        token.sha256,
        token.id,
        f" {secret}",
        "\ud800",
    ):
        assert find_token(tokens, wrong, _NOW) is None


def test_a_digest_that_is_none_matches_nothing() -> None:
    """A file that somebody has edited by hand fails closed."""
    secret, token = new_token([TokenScope.READ])
    assert find_token([msgspec.structs.replace(token, sha256="é")], secret, _NOW) is None


def test_tokens_expire() -> None:
    """A token is valid up to the second at which it expires."""
    secret, token = new_token([TokenScope.READ], lifetime=timedelta(hours=1))
    assert token.expires is not None
    assert find_token([token], secret, token.expires - timedelta(seconds=1)) is token
    assert find_token([token], secret, token.expires) is None


@pytest.mark.parametrize(
    ("text", "lifetime"),
    [("90m", timedelta(minutes=90)), ("12h", timedelta(hours=12)), ("30d", timedelta(30)), ("8w", timedelta(56))],
)
def test_lifetimes(text: str, lifetime: timedelta) -> None:
    """Minutes, hours, days and weeks."""
    assert parse_lifetime(text) == lifetime


@pytest.mark.parametrize("text", ["", "30", "d", "0d", "-1d", "1.5h", "1y", "999999d", "٣d", "1d "])
def test_what_is_no_lifetime(text: str) -> None:
    """Whatever else is refused, with what would do."""
    with pytest.raises(ValueError, match="30d"):
        parse_lifetime(text)
