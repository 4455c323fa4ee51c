"""/api/imports: imports that are running, whoever has begun them."""

from __future__ import annotations

import msgspec
from litestar import Controller, delete
from litestar.status_codes import HTTP_204_NO_CONTENT

from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION
from harlake.api.errors import error_responses
from harlake.api.reading import get
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE
from harlake.upload.running_imports import RunningImport, RunningImports


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
        return ImportList([_progress(one) for one in running_imports.all()])

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
