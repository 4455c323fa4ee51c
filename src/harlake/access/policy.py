"""The rules of one service: which hosts, whether a token is needed, and what is allowed without one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from harlake.access.credentials import presented_token
from harlake.access.hosts import AllowedHosts, is_loopback, parse_bind_address
from harlake.access.scopes import ALL_SCOPES, TokenScope, granted_scopes
from harlake.access.token_file import TOKEN_FILE, TokenFile
from harlake.access.tokens import Token, find_token
from harlake.errors import AccessSettingsError, InvalidTokenError
from harlake.settings import Settings


class Grant(NamedTuple):
    """What a request may do: ``scopes``, None if it presents no token but needs one; and the id of its token.

    ``by_cookie`` if that was in a cookie, which browsers send with whatever a page makes them send.
    """

    scopes: frozenset[TokenScope] | None
    token_id: str | None = None
    by_cookie: bool = False


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Who may do what; ``anonymous`` are the scopes of whoever presents no token, None if a token is needed."""

    hosts: AllowedHosts
    tokens: Callable[[], Sequence[Token]]
    anonymous: frozenset[TokenScope] | None

    def grant(self, headers: Sequence[str], cookie: str | None = None) -> Grant:
        """Return what a request may do by its ``Authorization`` headers, or else by the token in its cookie.

        A cookie whose token is no longer valid is as good as none: nobody means to present it. Raises
        InvalidTokenError for a wrong token in a header, also where none is needed.
        """
        if headers:
            presented = presented_token(headers[0]) if len(headers) == 1 else None
            token = self.check(presented)
            return Grant(granted_scopes(token.scopes), token.id)
        if self.anonymous is None and cookie is not None and (kept := self._find(cookie)) is not None:
            return Grant(granted_scopes(kept.scopes), kept.id, by_cookie=True)
        return Grant(self.anonymous)

    def check(self, presented: str | None) -> Token:
        """Return the token that a client presents. Raises InvalidTokenError."""
        token = self._find(presented) if presented else None
        if token is None:
            raise InvalidTokenError("there is no such token, or it has expired")
        return token

    def _find(self, presented: str) -> Token | None:
        return find_token(self.tokens(), presented, datetime.now(UTC))


def access_policy(settings: Settings) -> AccessPolicy:
    """Return the rules that settings ask for.

    On loopback and on a Unix socket, no token is needed unless ``require_token`` says so. Elsewhere one is, unless
    ``insecure`` says otherwise; then SQL is off, for it costs the most. Raises AccessSettingsError where tokens are
    needed and there is none, for names that are none, and for what excludes each other; TokenFileError.
    """
    file = token_file(settings)
    exposed = is_exposed(settings)
    _check_together(settings)
    anonymous: frozenset[TokenScope] | None
    if settings.require_token or (exposed and not settings.insecure):
        _demand_token(settings, file)
        anonymous = None
    else:
        anonymous = ALL_SCOPES - {TokenScope.SQL} if exposed else ALL_SCOPES
    if settings.redact is not None and anonymous is not None:
        anonymous -= {TokenScope.RAW}
    return AccessPolicy(_allowed_hosts(settings), file.current, anonymous)


def is_exposed(settings: Settings) -> bool:
    """Return whether others than the users of this machine may reach the service."""
    host = parse_bind_address(settings.host)
    # Of names, only this one: others below it are resolved by whoever answers.
    return settings.uds is None and host != "localhost" and (isinstance(host, str) or not is_loopback(host))


def token_file(settings: Settings) -> TokenFile:
    """Return the token file: the one that is named, or else that of the data folder."""
    if settings.token_file is not None:
        return TokenFile(settings.token_file, follow=True)
    return TokenFile(settings.data_dir / TOKEN_FILE)


def _check_together(settings: Settings) -> None:
    if settings.require_token and settings.insecure:
        raise AccessSettingsError("--require-token and --insecure exclude each other")
    if settings.ssl_keyfile is not None and settings.ssl_certfile is None:
        raise AccessSettingsError("--ssl-keyfile is of no use without --ssl-certfile")
    if settings.ssl_certfile is not None and settings.uds is not None:
        raise AccessSettingsError("--ssl-certfile and --uds exclude each other")


def _demand_token(settings: Settings, file: TokenFile) -> None:
    now = datetime.now(UTC)
    if any(not token.has_expired(now) for token in file.read()):
        return
    where = f"--data-dir {settings.data_dir}" if settings.token_file is None else f"--token-file {settings.token_file}"
    what = (
        "--require-token" if settings.require_token else f"everybody who reaches {settings.host} could read it, so it"
    )
    raise AccessSettingsError(
        f"{what} needs a token, and there is none in {file.path}: "
        f"make one with `harlake token create --scope admin {where}`, or listen on 127.0.0.1"
        + ("" if settings.require_token else "; --insecure goes without")
    )


def _allowed_hosts(settings: Settings) -> AllowedHosts:
    """Allow the names that are given, and the one that the service is told to listen on, if it is a name."""
    own = parse_bind_address(settings.host)
    try:
        return AllowedHosts([*settings.allowed_host, *([own] if isinstance(own, str) else [])])
    except ValueError as error:
        raise AccessSettingsError(f"--allowed-host: {error}") from error
