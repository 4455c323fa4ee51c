"""Scopes: what includes what."""

from __future__ import annotations

from harlake.access.scopes import ALL_SCOPES, TokenScope, granted_scopes


def test_what_scopes_include() -> None:
    """All include reading, and admin all."""
    assert granted_scopes([]) == frozenset()
    assert granted_scopes([TokenScope.READ]) == {TokenScope.READ}
    assert granted_scopes([TokenScope.WRITE]) == {TokenScope.READ, TokenScope.WRITE}
    assert granted_scopes([TokenScope.SQL, TokenScope.WRITE]) == {TokenScope.READ, TokenScope.SQL, TokenScope.WRITE}
    assert granted_scopes([TokenScope.ADMIN]) == ALL_SCOPES == set(TokenScope)
