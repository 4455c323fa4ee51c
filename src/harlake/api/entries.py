"""/api/entries: single entries."""

from __future__ import annotations

from anyio import to_thread
from litestar import Controller, MediaType, Response, get

from harlake.api.errors import refusals
from harlake.exporter import entry_text
from harlake.store.data_dir import DataDir


class EntryController(Controller):
    """Single entries."""

    path = "/api/entries"
    tags = ["entries"]

    @get("/{entry_id:str}", summary="Get an entry", responses=refusals(_404="`Entry not found`"))
    async def show(self, entry_id: str, data_dir: DataDir) -> Response[bytes]:
        """Return an entry's JSON, byte for byte as it was captured."""
        text = await to_thread.run_sync(entry_text, data_dir, entry_id)
        return Response(text, media_type=MediaType.JSON, headers={"X-Content-Type-Options": "nosniff"})
