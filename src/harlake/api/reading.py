"""Routes that tell something: HEAD is answered wherever GET is, with the same headers (RFC 9110 §9.3.2)."""

from __future__ import annotations

from functools import partial
from typing import Final

from litestar import HttpMethod, route

#: As Litestar's ``get``, which leaves HEAD to a handler of its own.
get: Final = partial(route, http_method=[HttpMethod.GET, HttpMethod.HEAD])
