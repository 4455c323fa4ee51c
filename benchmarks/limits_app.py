"""What the same server does at best: handlers that throw an upload away, and that only yield bytes.

Run by ``benchmarks.servers`` with the settings that harlake's own command uses.
"""

import sys
from collections.abc import AsyncIterator
from typing import Any

import anyio
from litestar import Litestar, Request, get, post
from litestar.response import Stream

from harlake import server
from harlake.api.uploads import upload_events
from harlake.upload.multipart import FileChunk

_CHUNK = bytes(range(256)) * 4096


@post("/discard", request_max_body_size=None, status_code=200)
async def discard(request: Request[Any, Any, Any]) -> dict[str, int]:
    """Take an upload form apart as harlake does, and forget the file."""
    received = 0
    async for event in upload_events(request, anyio.Event()):
        if isinstance(event, FileChunk):
            received += len(event.data)
    return {"received": received}


@get("/yield/{size:int}")
async def yield_bytes(size: int) -> Stream:
    """Send so many bytes from memory, in chunks of 1 MiB."""

    async def chunks() -> AsyncIterator[bytes]:
        rest = size
        while rest > 0:
            yield _CHUNK[:rest]
            rest -= len(_CHUNK)

    return Stream(chunks(), media_type="application/json")


if __name__ == "__main__":
    app = Litestar([discard, yield_bytes], openapi_config=None)
    server.shorten_switch_interval()
    server.run(app, port=int(sys.argv[1]))
