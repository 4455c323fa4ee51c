"""/api/captures/{id}/gaps: what of a damaged file is in no entry."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Controller, Request
from litestar.params import Parameter
from litestar.response import Stream

from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION, Admission
from harlake.api.captures import capture_id_of
from harlake.api.downloads import GUARDS, named
from harlake.api.errors import error_responses
from harlake.api.models import GapList
from harlake.api.operations import BytesOperation
from harlake.api.reading import get
from harlake.api.route_access import SCOPE
from harlake.har.parse.gaps import Gap
from harlake.pipeline.streaming import stream
from harlake.store.capture_gaps import gap_bytes, stored_gap, stored_salvage
from harlake.store.data_dir import DataDir


class GapController(Controller):
    """What of damaged files is in no entry."""

    path = "/api/captures/{capture_id:str}/gaps"
    opt = {ADMISSION: "exports", SCOPE: TokenScope.READ}
    tags = ["captures"]

    @get(summary="List what is in no entry", responses=error_responses(_404="`Capture not found`"))
    async def list_gaps(
        self, request: Request[Any, Any, Any], capture_id: str, data_dir: DataDir, admission: Admission
    ) -> GapList:
        """List the gaps of a damaged file, as its import has told them; none of a file that was whole."""
        salvage = await admission.exports.ask(request, stored_salvage, data_dir, capture_id_of(capture_id))
        if salvage is None:
            return GapList(salvaged=False, gaps=[], gap_count=0, truncated=False, envelope="kept")
        gaps = [Gap(gap.byte, gap.length, gap.line, gap.reason) for gap in salvage.gaps]
        return GapList(True, gaps, salvage.gap_count, salvage.truncated, salvage.envelope)

    @get(
        "/{number:str}",
        operation_class=BytesOperation,
        summary="Get the bytes of a gap",
        responses=error_responses(_404="`Capture not found` or `Gap not found`"),
    )
    async def show_gap(
        self,
        request: Request[Any, Any, Any],
        capture_id: str,
        number: Annotated[str, Parameter(description="Which of `gaps`, from 0.")],
        data_dir: DataDir,
        admission: Admission,
    ) -> Stream:
        """Return the bytes as they were in the file, after decompression."""
        capture = capture_id_of(capture_id)
        gap = await admission.exports.ask(request, stored_gap, data_dir, capture, number)
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": named("attachment", f"gap-{int(number)}.bin"),
            "Content-Length": str(gap.length),
            **GUARDS,
        }
        chunks = gap_bytes(data_dir, capture, gap)
        return Stream(stream(chunks, admission.exports.threads, admission.streams), headers=headers)
