"""/api/sql: the catalog asked in SQL."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass
from typing import IO, Any, ClassVar, Final

from litestar import Request, post
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK

from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION, Admission
from harlake.api.client import while_client_waits
from harlake.api.errors import error_responses
from harlake.api.models import SqlRequest
from harlake.api.operations import ApiOperation
from harlake.api.route_access import SCOPE
from harlake.errors import SqlDisabledError
from harlake.limits import KIB, Limits
from harlake.pipeline.streaming import stream
from harlake.query.sql import SqlQuery
from harlake.query.sql_formats import SQL_FORMATS
from harlake.query.sql_process import SqlProcess
from harlake.store.data_dir import DataDir

_PIECE: Final = 256 * KIB

#: Longer ones can take minutes before they run, for which the limit on their time does not hold.
_MAX_QUERY: Final = 16 * KIB


@dataclass
class SqlOperation(ApiOperation):
    """An operation that answers with rows in one of SQL's formats."""

    media_types: ClassVar[tuple[str, ...]] = tuple(one.media_type for one in SQL_FORMATS.values())


@post(
    "/api/sql",
    opt={ADMISSION: "exports", SCOPE: TokenScope.SQL},
    status_code=HTTP_200_OK,
    request_max_body_size=_MAX_QUERY,
    tags=["sessions"],
    operation_class=SqlOperation,
    summary="Query the catalog in SQL",
    responses=error_responses(
        _400="`Invalid query` or `Query too expensive`",
        _403="The service takes no SQL",
        _404="`Session not found`",
        _413="More than 16 KiB",
    ),
)
async def query_sql(
    request: Request[Any, Any, Any],
    data: SqlRequest,
    data_dir: DataDir,
    limits: Limits,
    admission: Admission,
    sql_process: SqlProcess,
) -> Stream:
    """Answer one SELECT over the catalog, and over headers, cookies and query parameters; a JSON object a line."""
    if not limits.sql:
        raise SqlDisabledError("this service was started with --no-sql")
    query = SqlQuery(
        data_dir, sql_process, data.sql, limits.query_seconds, session=data.session, file_format=data.format
    )

    async def run() -> IO[bytes]:
        async with admission.sql.place():  # until there are rows: whoever fetches them slowly keeps nobody waiting
            return await admission.sql.call(query.run)

    rows = await while_client_waits(request, run)
    size = os.fstat(rows.fileno()).st_size
    return Stream(
        stream(_pieces(rows), admission.exports.threads, admission.streams),
        media_type=SQL_FORMATS[data.format].media_type,
        headers={"Content-Length": str(size)},
    )


def _pieces(file: IO[bytes]) -> Generator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
