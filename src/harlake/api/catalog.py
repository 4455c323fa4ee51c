"""/api/catalog: the rows of the catalog, for a backup that is made while the service runs."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import msgspec
from litestar.response import Stream

from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION, Admission
from harlake.api.operations import LinesOperation
from harlake.api.reading import get
from harlake.api.route_access import SCOPE
from harlake.limits import KIB
from harlake.pipeline.streaming import stream
from harlake.store.catalog_database import CatalogDatabase
from harlake.store.catalog_rows import catalog_rows
from harlake.store.data_dir import DataDir

#: Bytes that are sent together, at least.
_PIECE: Final = 64 * KIB

_encoder: Final = msgspec.json.Encoder()


@get(
    "/api/catalog",
    opt={ADMISSION: "exports", SCOPE: TokenScope.ADMIN},
    tags=["service"],
    summary="Get the catalog",
    operation_class=LinesOperation,
)
async def copy_catalog(data_dir: DataDir, admission: Admission) -> Stream:
    """Stream all sessions, then all captures, a JSON object a line: what `harlake backup` asks for."""
    return Stream(
        stream(_lines(data_dir.catalog.database), admission.exports.threads, admission.streams),
        media_type="application/x-ndjson; charset=utf-8",
    )


def _lines(database: CatalogDatabase) -> Generator[bytes]:
    lines = bytearray()
    for row in catalog_rows(database):
        _encoder.encode_into(row, lines, len(lines))
        lines += b"\n"
        if len(lines) >= _PIECE:
            yield bytes(lines)
            lines.clear()
    yield bytes(lines)
