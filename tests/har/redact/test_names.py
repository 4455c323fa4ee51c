"""What names say."""

from __future__ import annotations

import pytest

from harlake.har.redact.names import Likelihood, is_password, likelihood, secret_kind, takes_numbers, words


def test_words() -> None:
    """Whatever convention they are written in."""
    assert words("userAPIKey2") == words("user-api_key") == ("user", "api", "key")


@pytest.mark.parametrize(
    "name",
    ["access_token", "X-Api-Key", "clientSecret", "newPassword", "user[password]", "recoveryCodes", "passwd", "sid"],
)
def test_secrets(name: str) -> None:
    """Their last word, or their last two, are of secrets."""
    assert likelihood(name) is Likelihood.YES


@pytest.mark.parametrize("name", ["code", "state", "key", "nonce", "data"])
def test_perhaps(name: str) -> None:
    """Words of many meanings."""
    assert likelihood(name) is Likelihood.MAYBE


@pytest.mark.parametrize("name", ["token_type", "max_tokens_count", "author", "passwordLength", "keyboard", "page", ""])
def test_others(name: str) -> None:
    """Names about secrets are not of them."""
    assert likelihood(name) is Likelihood.NO


def test_kinds() -> None:
    """A kind is what a reader would call it."""
    assert [secret_kind(name) for name in ("password", "csrfToken", "api_key", "x")] == [
        "password",
        "csrf",
        "key",
        "secret",
    ]
    assert is_password("confirmPassword")
    assert not is_password("passwordHint")
    assert takes_numbers("otp")
    assert not takes_numbers("token")
