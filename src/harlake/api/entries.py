"""/api/entries: single entries, their bodies, and how to send their requests again."""

from __future__ import annotations

from typing import Any, Final

from litestar import Controller, HttpMethod, MediaType, Request, Response, route

from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION, Admission, hold
from harlake.api.downloads import body_headers
from harlake.api.errors import error_responses
from harlake.api.route_access import SCOPE
from harlake.har.curl import curl_command
from harlake.query.entry_bodies import Message, read_body
from harlake.query.entry_reader import locate_entry, read_entry_at
from harlake.query.locations import Location
from harlake.store.data_dir import DataDir

#: Seconds that a request waits for the memory that its entry takes.
_PATIENCE: Final = 10

_METHODS = [HttpMethod.GET, HttpMethod.HEAD]
_NO_ENTRY = error_responses(_404="`Entry not found`")
_NO_BODY = error_responses(_404="`Entry not found`, or `No body`: it was not captured, or is in another file")


class EntryController(Controller):
    """Single entries."""

    path = "/api/entries"
    opt = {ADMISSION: "catalog", SCOPE: TokenScope.READ}
    tags = ["entries"]

    @route("/{entry_id:str}", http_method=_METHODS, summary="Get an entry", responses=_NO_ENTRY)
    async def show(
        self, request: Request[Any, Any, Any], entry_id: str, data_dir: DataDir, admission: Admission
    ) -> Response[bytes]:
        """Return an entry's JSON, byte for byte as it was captured."""
        location = await _locate(request, data_dir, admission, entry_id)
        text = await admission.catalog.call(read_entry_at, data_dir, location)
        return Response(text, media_type=MediaType.JSON, headers={"X-Content-Type-Options": "nosniff"})

    @route(
        "/{entry_id:str}/response-body", http_method=_METHODS, summary="Get the body of a response", responses=_NO_BODY
    )
    async def response_body(
        self, request: Request[Any, Any, Any], entry_id: str, data_dir: DataDir, admission: Admission
    ) -> Response[bytes]:
        """Return the bytes of the response's body: decoded from base64, else the text in UTF-8."""
        location = await _locate(request, data_dir, admission, entry_id)
        return await admission.catalog.call(_answer, data_dir, location, "response")

    @route(
        "/{entry_id:str}/request-body", http_method=_METHODS, summary="Get the body of a request", responses=_NO_BODY
    )
    async def request_body(
        self, request: Request[Any, Any, Any], entry_id: str, data_dir: DataDir, admission: Admission
    ) -> Response[bytes]:
        """Return the bytes of the request's body; one that was captured as parameters is put together as a form."""
        location = await _locate(request, data_dir, admission, entry_id)
        return await admission.catalog.call(_answer, data_dir, location, "request")

    @route(
        "/{entry_id:str}/curl",
        http_method=_METHODS,
        summary="Get a command that sends a request again",
        responses=_NO_ENTRY,
    )
    async def curl(
        self, request: Request[Any, Any, Any], entry_id: str, data_dir: DataDir, admission: Admission
    ) -> Response[str]:
        """Return a curl command for any POSIX shell; comments before it say what it cannot repeat."""
        location = await _locate(request, data_dir, admission, entry_id)
        text = await admission.catalog.call(read_entry_at, data_dir, location)
        command = await admission.catalog.call(curl_command, text)
        return Response(command, media_type=MediaType.TEXT, headers={"X-Content-Type-Options": "nosniff"})


async def _locate(request: Request[Any, Any, Any], data_dir: DataDir, admission: Admission, entry_id: str) -> Location:
    """Return where an entry is, when there is memory for it and for what is made of it."""
    location = await admission.catalog.call(locate_entry, data_dir, entry_id)
    await hold(request.scope, admission.memory.reserve(2 * location.length, _PATIENCE))
    return location


def _answer(data_dir: DataDir, location: Location, message: Message) -> Response[bytes]:
    stored = read_body(data_dir, location, message)
    return Response(stored.body.data, headers=body_headers(stored.body, stored.url, fallback=message))
