"""/api/entries: single entries, their bodies, and how to send their requests again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final

from litestar import Controller, MediaType, Request, Response
from litestar.params import QueryParameter
from litestar.status_codes import HTTP_206_PARTIAL_CONTENT

from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION, Admission, hold
from harlake.api.downloads import body_headers
from harlake.api.errors import error_responses
from harlake.api.operations import JSON, ApiOperation
from harlake.api.ranges import requested_range
from harlake.api.reading import get
from harlake.api.route_access import SCOPE
from harlake.har.replay.scripts import ScriptFormat, replay_script
from harlake.query.entry_bodies import Message, read_body
from harlake.query.entry_reader import locate_entry, read_entry_at
from harlake.query.locations import Location
from harlake.store.data_dir import DataDir

#: Seconds that a request waits for the memory that its entry takes.
_PATIENCE: Final = 10
#: Of an entry, its body, the spellings of that, and the script in base64 or escapes.
_COPIES_OF_SCRIPTS: Final = 6

_NO_ENTRY = error_responses(_404="`Entry not found`")
_NO_BODY = error_responses(
    _404="`Entry not found`, or `No body`: it was not captured, or is in another file", _416="`Range not satisfiable`"
)


@dataclass
class EntryOperation(ApiOperation):
    """An operation that answers with an entry, which is whatever was captured."""

    media_types: ClassVar[tuple[str, ...]] = (JSON,)


@dataclass
class BodyOperation(ApiOperation):
    """An operation that answers with a body, which has the type that it was captured with."""

    media_types: ClassVar[tuple[str, ...]] = ("application/octet-stream", "*/*")
    has_parts: ClassVar[bool] = True


@dataclass
class ScriptOperation(ApiOperation):
    """An operation that answers with a script."""

    media_types: ClassVar[tuple[str, ...]] = ("text/plain",)


class EntryController(Controller):
    """Single entries."""

    path = "/api/entries"
    opt = {ADMISSION: "catalog", SCOPE: TokenScope.READ}
    tags = ["entries"]

    @get("/{entry_id:str}", operation_class=EntryOperation, summary="Get an entry", responses=_NO_ENTRY)
    async def show_entry(
        self, request: Request[Any, Any, Any], entry_id: str, data_dir: DataDir, admission: Admission
    ) -> Response[bytes]:
        """Return an entry's JSON, byte for byte as it was captured."""
        location = await _locate(request, data_dir, admission, entry_id)
        text = await admission.catalog.call(read_entry_at, data_dir, location)
        return Response(text, media_type=MediaType.JSON, headers={"X-Content-Type-Options": "nosniff"})

    @get(
        "/{entry_id:str}/response-body",
        operation_class=BodyOperation,
        summary="Get the body of a response",
        responses=_NO_BODY,
    )
    async def show_response_body(
        self, request: Request[Any, Any, Any], entry_id: str, data_dir: DataDir, admission: Admission
    ) -> Response[bytes]:
        """Return the bytes of the response's body: decoded from base64, else the text in UTF-8."""
        location = await _locate(request, data_dir, admission, entry_id)
        return await admission.catalog.call(_answer, request, data_dir, location, "response")

    @get(
        "/{entry_id:str}/request-body",
        operation_class=BodyOperation,
        summary="Get the body of a request",
        responses=_NO_BODY,
    )
    async def show_request_body(
        self, request: Request[Any, Any, Any], entry_id: str, data_dir: DataDir, admission: Admission
    ) -> Response[bytes]:
        """Return the bytes of the request's body; one that was captured as parameters is put together as a form."""
        location = await _locate(request, data_dir, admission, entry_id)
        return await admission.catalog.call(_answer, request, data_dir, location, "request")

    @get(
        "/{entry_id:str}/curl",
        operation_class=ScriptOperation,
        summary="Get a script that sends a request again",
        responses=_NO_ENTRY,
    )
    async def show_script(
        self,
        request: Request[Any, Any, Any],
        entry_id: str,
        data_dir: DataDir,
        admission: Admission,
        script_format: Annotated[
            ScriptFormat, QueryParameter(name="format", description="In which language.")
        ] = "curl",
    ) -> Response[str]:
        """Return a curl command for any POSIX shell, or another script; comments in it say what it cannot repeat."""
        location = await _locate(request, data_dir, admission, entry_id, copies=_COPIES_OF_SCRIPTS)
        text = await admission.catalog.call(read_entry_at, data_dir, location)
        command = await admission.catalog.call(replay_script, text, script_format)
        return Response(command, media_type=MediaType.TEXT, headers={"X-Content-Type-Options": "nosniff"})


async def _locate(
    request: Request[Any, Any, Any], data_dir: DataDir, admission: Admission, entry_id: str, *, copies: int = 2
) -> Location:
    """Return where an entry is, when there is memory for it and for what is made of it, so many times its length."""
    location = await admission.catalog.call(locate_entry, data_dir, entry_id)
    await hold(request.scope, admission.memory.reserve(copies * location.length, _PATIENCE))
    return location


def _answer(
    request: Request[Any, Any, Any], data_dir: DataDir, location: Location, message: Message
) -> Response[bytes]:
    """Return a body, or the part of it that is asked for: it never changes, so a cut download may go on."""
    stored = read_body(data_dir, location, message)
    data = stored.body.data
    headers = body_headers(stored.body, stored.url, fallback=message)
    headers |= {"etag": f'"{location.capture}-{location.ordinal}-{message}"', "accept-ranges": "bytes"}
    part = requested_range(request.headers, headers["etag"], len(data))
    if part is None:
        return Response(data, headers=headers)
    headers["content-range"] = part.content_range
    return Response(data[part.start : part.end], status_code=HTTP_206_PARTIAL_CONTENT, headers=headers)
