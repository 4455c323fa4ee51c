"""/api/imports: imports that are running, whoever has begun them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar, Final

import anyio
import msgspec
from litestar import Controller, delete
from litestar.response import Stream
from litestar.status_codes import HTTP_204_NO_CONTENT

from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION
from harlake.api.errors import error_responses
from harlake.api.operations import ApiOperation
from harlake.api.reading import get
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE
from harlake.upload.running_imports import RunningImport, RunningImports

#: Seconds between two looks at what is running.
_INTERVAL: Final = 0.5

#: Looks after which something is sent though nothing has changed: proxies end connections that are silent for long.
_SILENT: Final = 30

_EVENTS: Final = "text/event-stream"


@dataclass
class EventsOperation(ApiOperation):
    """An operation that answers with events as they happen."""

    media_types: ClassVar[tuple[str, ...]] = (_EVENTS,)


class ImportProgress(msgspec.Struct, rename="camel"):
    """How far an import is: ``received`` of the ``total`` bytes of its request, null where those are not announced.

    ``entries`` have been stored so far. ``session_id`` is null where the session is made at the end.
    """

    id: str
    session_id: str | None
    name: str | None
    received: int
    total: int | None
    entries: int
    started_at: str


class ImportList(msgspec.Struct):
    """The imports that are running in the process that answers, the oldest first."""

    imports: list[ImportProgress]


class ImportController(Controller):
    """Imports on their way. They are known to the process that has them, and are nowhere else."""

    path = "/api/imports"
    opt = {ADMISSION: "catalog", COVER: Cover.NOTHING_CAPTURED}
    tags = ["har"]

    @get(
        opt={SCOPE: TokenScope.READ, COVER: Cover.NOTHING_CAPTURED},
        sync_to_thread=False,
        summary="List running imports",
    )
    def list_imports(self, running_imports: RunningImports) -> ImportList:
        """List the imports that are running, with how far each is."""
        return _listed(running_imports)

    @get(
        "/events",
        opt={SCOPE: TokenScope.READ, ADMISSION: "events"},
        sync_to_thread=False,
        operation_class=EventsOperation,
        summary="Follow running imports",
    )
    def follow_imports(self, running_imports: RunningImports) -> Stream:
        """Send the list of running imports whenever it changes, as events (`EventSource` of browsers)."""
        return Stream(_events(running_imports), media_type=_EVENTS, headers={"X-Accel-Buffering": "no"})

    @delete(
        "/{import_id:str}",
        status_code=HTTP_204_NO_CONTENT,
        opt={SCOPE: TokenScope.WRITE, COVER: Cover.NOTHING_CAPTURED},
        sync_to_thread=False,
        summary="Cancel a running import",
        responses=error_responses(_404="`Import not found`: none such is running here"),
    )
    def cancel_import(self, import_id: str, running_imports: RunningImports) -> None:
        """End an import: nothing of it is kept, and its uploader is answered `Import cancelled`."""
        running_imports.find(import_id).cancel()


def _listed(running_imports: RunningImports) -> ImportList:
    return ImportList([_progress(one) for one in running_imports.all()])


async def _events(running_imports: RunningImports) -> AsyncIterator[bytes]:
    """Yield events for as long as there is a client."""
    sent, silent = b"", 0
    while True:
        data = msgspec.json.encode(_listed(running_imports))
        silent += 1
        if data != sent:
            sent, silent = data, 0
            yield b"event: imports\ndata: %b\n\n" % data
        elif silent >= _SILENT:
            silent = 0
            yield b": nothing has changed\n\n"
        await anyio.sleep(_INTERVAL)


def _progress(running: RunningImport) -> ImportProgress:
    return ImportProgress(
        id=str(running.id),
        session_id=None if running.session_id is None else str(running.session_id),
        name=running.name,
        received=running.received,
        total=running.total,
        entries=running.entries,
        started_at=running.started_at.isoformat().replace("+00:00", "Z"),
    )
