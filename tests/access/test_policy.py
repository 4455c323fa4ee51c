"""The rules: where tokens are needed, and what goes without."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from harlake.access.hosts import Authority
from harlake.access.policy import access_policy, is_exposed, token_file
from harlake.access.scopes import ALL_SCOPES, TokenScope
from harlake.access.tokens import new_token
from harlake.errors import AccessSettingsError, InvalidTokenError
from harlake.settings import Settings


def _settings(folder: Path, **more: Any) -> Settings:
    return Settings(data_dir=folder, **more)


def _with_token(settings: Settings, lifetime: timedelta | None = None) -> str:
    secret, kept = new_token([TokenScope.WRITE], lifetime=lifetime)
    token_file(settings).add(kept)
    return secret


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST"])
def test_loopback_needs_no_token(tmp_path: Path, host: str) -> None:
    """Whoever is on this machine may do everything; who presents a token may do what that allows."""
    settings = _settings(tmp_path, host=host)
    policy = access_policy(settings)
    assert policy.grant([]).scopes == ALL_SCOPES
    assert policy.grant([f"Bearer {_with_token(settings)}"]).scopes == frozenset({TokenScope.READ, TokenScope.WRITE})


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.1", "example.com", "a.localhost", "127.0.0.1.example.com", ""]
)
def test_other_addresses_refuse_to_start_without_tokens(tmp_path: Path, host: str) -> None:
    """It is said how to make one; an expired one is none."""
    settings = _settings(tmp_path, host=host)
    for _ in range(2):
        with pytest.raises(AccessSettingsError, match="harlake token create --scope admin --data-dir"):
            access_policy(settings)
        _with_token(settings, lifetime=timedelta(seconds=-1))


def test_other_addresses_need_a_token(tmp_path: Path) -> None:
    """Without one nothing is granted, and a wrong one is an error."""
    settings = _settings(tmp_path, host="0.0.0.0")
    secret = _with_token(settings)
    policy = access_policy(settings)
    assert policy.grant([]).scopes is None
    assert policy.grant([f"Bearer {secret}"]).scopes == frozenset({TokenScope.READ, TokenScope.WRITE})
    for wrong in ([f"Bearer {secret}x"], [f"Bearer {secret}"] * 2, ["Bearer"], ["Basic x"], [""]):
        with pytest.raises(InvalidTokenError):
            policy.grant(wrong)
    token_file(settings).path.unlink()
    with pytest.raises(InvalidTokenError):
        policy.grant([f"Bearer {secret}"])


def test_a_wrong_token_is_refused_where_none_is_needed(tmp_path: Path) -> None:
    """Whoever presents one means it."""
    with pytest.raises(InvalidTokenError):
        access_policy(_settings(tmp_path)).grant(["Bearer harlake_0"])


def test_insecure_goes_without_tokens_and_without_sql(tmp_path: Path) -> None:
    """On another address it allows all but the most expensive; on loopback it changes nothing."""
    assert access_policy(_settings(tmp_path, host="0.0.0.0", insecure=True)).grant([]).scopes == ALL_SCOPES - {
        TokenScope.SQL
    }
    assert access_policy(_settings(tmp_path, insecure=True)).grant([]).scopes == ALL_SCOPES


def test_tokens_can_be_required_on_loopback(tmp_path: Path) -> None:
    """Behind a proxy on the same machine, for example; without a token nobody could get in."""
    settings = _settings(tmp_path, require_token=True)
    with pytest.raises(AccessSettingsError, match="--require-token needs a token"):
        access_policy(settings)
    _with_token(settings)
    assert access_policy(settings).grant([]).scopes is None


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"require_token": True, "insecure": True}, "exclude each other"),
        ({"ssl_keyfile": Path("key.pem")}, "of no use without --ssl-certfile"),
        ({"ssl_certfile": Path("chain.pem"), "uds": Path("socket")}, "exclude each other"),
    ],
)
def test_settings_that_contradict_each_other(tmp_path: Path, settings: dict[str, Any], complaint: str) -> None:
    """What cannot be meant is an error, before anything is made."""
    with pytest.raises(AccessSettingsError, match=complaint):
        access_policy(_settings(tmp_path, **settings))
    assert list(tmp_path.iterdir()) == []


def test_a_unix_socket_is_not_exposed(tmp_path: Path) -> None:
    """Its mode says who reaches it, whatever the address that is not used."""
    assert not is_exposed(_settings(tmp_path, host="0.0.0.0", uds=tmp_path / "socket"))


def test_the_name_to_listen_on_is_allowed(tmp_path: Path) -> None:
    """And those that are given; what cannot be a name is an error that says whose."""
    settings = _settings(tmp_path, host="lake.example", allowed_host=("har.example",), insecure=True)
    hosts = access_policy(settings).hosts
    assert [hosts.allows(Authority(name, 1)) for name in ("lake.example", "har.example", "x.example")] == [
        True,
        True,
        False,
    ]
    with pytest.raises(AccessSettingsError, match="--allowed-host: 'a:1' is no host name"):
        access_policy(_settings(tmp_path, allowed_host=("a:1",)))


def test_a_named_token_file_is_the_one(tmp_path: Path) -> None:
    """Instead of that of the data folder."""
    named = _settings(tmp_path, require_token=True, token_file=tmp_path / "other.json")
    with pytest.raises(AccessSettingsError, match=r"--token-file .*other\.json"):
        access_policy(named)
    _with_token(named)
    assert access_policy(named).grant([]).scopes is None
    assert [path.name for path in tmp_path.iterdir()] == ["other.json"]


def test_a_cookie_counts_where_a_token_is_needed(tmp_path: Path) -> None:
    """Behind a header, and as long as its token is valid; elsewhere it is not looked at."""
    settings = _settings(tmp_path, host="0.0.0.0")
    secret = _with_token(settings)
    policy = access_policy(settings)
    granted = policy.grant([], secret)
    assert granted.scopes == frozenset({TokenScope.READ, TokenScope.WRITE})
    assert granted.by_cookie
    assert not policy.grant([f"Bearer {secret}"], secret).by_cookie
    with pytest.raises(InvalidTokenError):
        policy.grant(["Bearer x"], secret)
    for wrong in ("x", ""):
        assert policy.grant([], wrong).scopes is None
    assert access_policy(_settings(tmp_path)).grant([], secret).scopes == ALL_SCOPES
    assert access_policy(_settings(tmp_path)).grant([], secret).token_id is None
