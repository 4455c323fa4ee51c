"""What tools answer is without secrets, unless it was to be raw."""

from __future__ import annotations

import anyio
import pytest

from harlake.errors import InsufficientScopeError
from harlake.har.redact.config import Level
from harlake.mcp.coverage import Coverage

_ANSWER = {"id": "a", "url": "http://a.test/?access_token=qZ7xW2mK9pL4vN8tR3yB6cD1"}


def test_answers_are_covered() -> None:
    """By what they say themselves; names of harlake's own are left."""
    covered = anyio.run(Coverage(Level.SECRETS).of, _ANSWER)
    assert covered["id"] == "a"
    assert "qZ7xW2mK9pL4vN8tR3yB6cD1" not in covered["url"]
    assert anyio.run(Coverage(None).of, _ANSWER) == _ANSWER


def test_what_cannot_be_covered_is_refused() -> None:
    """Unless all is to be shown."""
    Coverage(None).demand_none()
    assert Coverage(None).parameter == {}
    assert Coverage(Level.STRICT).parameter == {"redact": "strict"}
    with pytest.raises(InsufficientScopeError, match="--mcp raw"):
        Coverage(Level.SECRETS).demand_none()
