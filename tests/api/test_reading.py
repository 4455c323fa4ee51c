"""HEAD is answered wherever GET is."""

from __future__ import annotations

import pytest
from litestar import HttpMethod
from litestar.routes import HTTPRoute

from harlake.access.policy import access_policy
from harlake.app import NoDataDir, create_app
from harlake.settings import Settings

pytestmark = pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")


def test_every_route_of_get_takes_head() -> None:
    """One that is made with Litestar's own decorator would not."""
    settings = Settings()
    app = create_app(settings, NoDataDir(), access=access_policy(settings))
    routes = [one for one in app.routes if isinstance(one, HTTPRoute) and not one.path.startswith("/schema")]
    readable = [one for one in routes if HttpMethod.GET in one.methods]
    assert len(readable) > 15
    assert [one.path for one in readable if HttpMethod.HEAD not in one.methods] == []
