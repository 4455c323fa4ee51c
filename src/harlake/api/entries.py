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
from harlake.api.messages import message_list
from harlake.api.models import MessageList
from harlake.api.operations import JSON, ApiOperation
from harlake.api.previews import preview
from harlake.api.ranges import requested_range
from harlake.api.reading import get
from harlake.api.redaction import COVER, Cover, redacted_entry, redaction_of
from harlake.api.route_access import SCOPE
from harlake.errors import BadRequestError
from harlake.har.redact.config import REDACTIONS, Config, parse_redaction
from harlake.har.repair.rewriter import BODY_FILTERS, BodyFilter, entry_without, parse_body_filter
from harlake.har.replay.scripts import ScriptFormat, replay_script
from harlake.query.entry_bodies import Message, read_body
from harlake.query.entry_reader import locate_entry, read_entry_at
from harlake.query.locations import Location
from harlake.store.data_dir import DataDir

#: Seconds that a request waits for the memory that its entry takes.
_PATIENCE: Final = 10
#: Of an entry, its body, the spellings of that, and the script in base64 or escapes.
_COPIES_OF_SCRIPTS: Final = 6
#: Of an entry, its body, its text in up to four bytes a character, that in UTF-8, and that without links.
_COPIES_OF_PREVIEWS: Final = 8
#: Of an entry, and what it becomes without bodies; or the messages in it, and those of a page.
_COPIES_OF_PARTS: Final = 4

#: Messages of a page, unless asked otherwise.
_MESSAGES: Final = 100

#: How far secrets are taken out.
Redact = Annotated[
    str | None, QueryParameter(name="redact", description=f"How far secrets are taken out: {REDACTIONS}.")
]

_ENTRY_HEADERS: Final = {"content-type": "application/json", "x-content-type-options": "nosniff"}

_NO_ENTRY = error_responses(_404="`Entry not found`")
_NO_BODY = error_responses(
    _404="`Entry not found`, or `No body`: it was not captured, or is in another file", _416="`Range not satisfiable`"
)


@dataclass
class EntryOperation(ApiOperation):
    """An operation that answers with an entry, which is whatever was captured."""

    media_types: ClassVar[tuple[str, ...]] = (JSON,)
    has_parts: ClassVar[bool] = True


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
    opt = {ADMISSION: "catalog", SCOPE: TokenScope.READ, COVER: Cover.ROUTE}
    tags = ["entries"]

    @get(
        "/{entry_id:str}",
        operation_class=EntryOperation,
        summary="Get an entry",
        responses=error_responses(_400="`Invalid request`", _404="`Entry not found`", _416="`Range not satisfiable`"),
    )
    async def show_entry(
        self,
        request: Request[Any, Any, Any],
        entry_id: str,
        data_dir: DataDir,
        admission: Admission,
        bodies: Annotated[
            str | None, QueryParameter(description=f"Which bodies stay: {BODY_FILTERS}. By default all of them.")
        ] = None,
        redact: Redact = None,
    ) -> Response[bytes]:
        """Return an entry's JSON, byte for byte as it was captured, or without bodies and messages, or secrets."""
        config = _redaction(request, redact)
        if bodies is None and config is None:
            location = await _locate(request, data_dir, admission, entry_id)
            return await admission.catalog.call(_whole_entry, request, data_dir, location)
        try:
            body_filter = None if bodies is None else parse_body_filter(bodies)
        except ValueError as error:
            raise BadRequestError(f"bodies: {error}") from None
        location = await _locate(request, data_dir, admission, entry_id, copies=_COPIES_OF_PARTS)
        text = await admission.catalog.call(_entry_without, data_dir, location, body_filter, config)
        return Response(text, media_type=MediaType.JSON, headers=_ENTRY_HEADERS)

    @get("/{entry_id:str}/messages", summary="List what went over a WebSocket", responses=_NO_ENTRY)
    async def list_messages(
        self,
        request: Request[Any, Any, Any],
        entry_id: str,
        data_dir: DataDir,
        admission: Admission,
        start: Annotated[int, QueryParameter(ge=0, lt=1 << 53, description="How many to pass over.")] = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=1000, description="How many at most.")] = _MESSAGES,
        redact: Redact = None,
    ) -> MessageList:
        """Return messages of a WebSocket, or events of a stream, in order, and how many there are."""
        config = _redaction(request, redact)
        location = await _locate(request, data_dir, admission, entry_id, copies=_COPIES_OF_PARTS)
        return await admission.catalog.call(_messages, data_dir, location, start, limit, config)

    @get(
        "/{entry_id:str}/response-body",
        operation_class=BodyOperation,
        summary="Get the body of a response",
        responses=_NO_BODY,
    )
    async def show_response_body(
        self,
        request: Request[Any, Any, Any],
        entry_id: str,
        data_dir: DataDir,
        admission: Admission,
        redact: Redact = None,
    ) -> Response[bytes]:
        """Return the bytes of the response's body: decoded from base64, else the text in UTF-8."""
        config = _redaction(request, redact)
        location = await _locate(request, data_dir, admission, entry_id, copies=_COPIES_OF_PARTS if config else 2)
        return await admission.catalog.call(_body_answer, request, data_dir, location, "response", config)

    @get(
        "/{entry_id:str}/request-body",
        operation_class=BodyOperation,
        summary="Get the body of a request",
        responses=_NO_BODY,
    )
    async def show_request_body(
        self,
        request: Request[Any, Any, Any],
        entry_id: str,
        data_dir: DataDir,
        admission: Admission,
        redact: Redact = None,
    ) -> Response[bytes]:
        """Return the bytes of the request's body; one that was captured as parameters is put together as a form."""
        config = _redaction(request, redact)
        location = await _locate(request, data_dir, admission, entry_id, copies=_COPIES_OF_PARTS if config else 2)
        return await admission.catalog.call(_body_answer, request, data_dir, location, "request", config)

    @get(
        "/{entry_id:str}/preview",
        operation_class=BodyOperation,
        summary="Get a body to be shown in a frame",
        responses=error_responses(
            _404="`Entry not found`, `No body`, or `No preview`: it is no HTML, image or font",
            _416="`Range not satisfiable`",
        ),
    )
    async def show_preview(
        self,
        request: Request[Any, Any, Any],
        entry_id: str,
        data_dir: DataDir,
        admission: Admission,
        message: Annotated[Message, QueryParameter(name="body", description="Whose body.")] = "response",
        redact: Redact = None,
    ) -> Response[bytes]:
        """Return the bytes of a body for an `<iframe>` or `<img>`: no script in it runs, and it can load nothing."""
        config = _redaction(request, redact)
        location = await _locate(request, data_dir, admission, entry_id, copies=_COPIES_OF_PREVIEWS)
        return await admission.catalog.call(_preview_answer, request, data_dir, location, message, config)

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
        redact: Redact = None,
    ) -> Response[str]:
        """Return a curl command for any POSIX shell, or another script; comments in it say what it cannot repeat."""
        config = _redaction(request, redact)
        location = await _locate(request, data_dir, admission, entry_id, copies=_COPIES_OF_SCRIPTS)
        text = await admission.catalog.call(_entry_without, data_dir, location, None, config)
        command = await admission.catalog.call(replay_script, text, script_format)
        return Response(command, media_type=MediaType.TEXT, headers={"X-Content-Type-Options": "nosniff"})


def _redaction(request: Request[Any, Any, Any], redact: str | None) -> Config | None:
    return redaction_of(request, None if redact is None else parse_redaction(redact))


def _whole_entry(request: Request[Any, Any, Any], data_dir: DataDir, location: Location) -> Response[bytes]:
    """Return an entry as it was captured."""
    text = read_entry_at(data_dir, location)
    return _answer(request, text, dict(_ENTRY_HEADERS), f'"{location.capture}-{location.ordinal}"')


def _entry_without(data_dir: DataDir, location: Location, bodies: BodyFilter | None, config: Config | None) -> bytes:
    text = redacted_entry(read_entry_at(data_dir, location), config)
    return text if bodies is None else entry_without(text, bodies)


def _messages(data_dir: DataDir, location: Location, start: int, limit: int, config: Config | None) -> MessageList:
    return message_list(redacted_entry(read_entry_at(data_dir, location), config), start, limit)


async def _locate(
    request: Request[Any, Any, Any], data_dir: DataDir, admission: Admission, entry_id: str, *, copies: int = 2
) -> Location:
    """Return where an entry is, when there is memory for it and for what is made of it, so many times its length."""
    location = await admission.catalog.call(locate_entry, data_dir, entry_id)
    await hold(request.scope, admission.memory.reserve(copies * location.length, _PATIENCE))
    return location


def _body_answer(
    request: Request[Any, Any, Any], data_dir: DataDir, location: Location, message: Message, config: Config | None
) -> Response[bytes]:
    """Return a body as it was captured, or without secrets: then it is another one each time the service starts."""
    stored = read_body(data_dir, location, message, lambda text: redacted_entry(text, config))
    headers = body_headers(stored.body, stored.url, fallback=message)
    if config is not None:
        return Response(stored.body.data, headers=headers)
    return _answer(request, stored.body.data, headers, f'"{location.capture}-{location.ordinal}-{message}"')


def _preview_answer(
    request: Request[Any, Any, Any], data_dir: DataDir, location: Location, message: Message, config: Config | None
) -> Response[bytes]:
    """Return a body as it is shown."""
    stored = read_body(data_dir, location, message, lambda text: redacted_entry(text, config))
    data, headers = preview(stored.body)
    if config is not None:
        return Response(data, headers=headers)
    return _answer(request, data, headers, f'"{location.capture}-{location.ordinal}-{message}-preview"')


def _answer(request: Request[Any, Any, Any], data: bytes, headers: dict[str, str], tag: str) -> Response[bytes]:
    """Return bytes, or the part of them that is asked for: they never change, so a cut download may go on."""
    headers |= {"etag": tag, "accept-ranges": "bytes"}
    part = requested_range(request.headers, tag, len(data))
    if part is None:
        return Response(data, headers=headers)
    headers["content-range"] = part.content_range
    return Response(data[part.start : part.end], status_code=HTTP_206_PARTIAL_CONTENT, headers=headers)
