"""/api/sql: the catalog asked in SQL."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import IO, Any, Final

import anyio
from anyio import to_thread
from litestar import Request, post
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK

from harlake.api.errors import error_responses
from harlake.api.models import SqlRequest
from harlake.errors import SqlDisabledError
from harlake.limits import KIB, Limits
from harlake.pipeline.streaming import stream
from harlake.query.sql import SqlQuery
from harlake.store.data_dir import DataDir

_PIECE: Final = 256 * KIB

#: Longer ones can take minutes before they run, for which the limit on their time does not hold.
_MAX_QUERY: Final = 16 * KIB


@post(
    "/api/sql",
    status_code=HTTP_200_OK,
    request_max_body_size=_MAX_QUERY,
    tags=["sessions"],
    summary="Query the catalog in SQL",
    responses=error_responses(
        _400="`Invalid query` or `Query too expensive`", _403="The service takes no SQL", _413="More than 16 KiB"
    ),
)
async def sql(request: Request[Any, Any, Any], data: SqlRequest, data_dir: DataDir, limits: Limits) -> Stream:
    """Answer one SELECT over `sessions`, `captures`, `pages` and `entries`, a JSON object a line."""
    if not limits.sql:
        raise SqlDisabledError("this service was started with --no-sql")
    rows = await _run(request, SqlQuery(data_dir, data.sql, limits.query_seconds))
    size = os.fstat(rows.fileno()).st_size
    return Stream(
        stream(_pieces(rows)), media_type="application/x-ndjson; charset=utf-8", headers={"Content-Length": str(size)}
    )


async def _run(request: Request[Any, Any, Any], query: SqlQuery) -> IO[bytes]:
    """Run a query, but not for a client that has left."""
    errors: list[Exception] = []

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        query.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(watch)
        try:
            rows = await to_thread.run_sync(query.run)
        except Exception as error:  # raised again outside of the group, which would wrap it
            errors.append(error)
        group.cancel_scope.cancel()
    if errors:
        raise errors[0]
    return rows


def _pieces(file: IO[bytes]) -> Generator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
