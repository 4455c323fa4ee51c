"""/api/sessions: create, list, rename, remove, and what is in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, ClassVar, cast
from uuid import UUID

from litestar import Controller, Request, delete, patch, post
from litestar.params import Parameter
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED

from harlake.access.scopes import TokenScope
from harlake.api.admission import ADMISSION, Admission
from harlake.api.entry_rows import EntryList, EntryRow
from harlake.api.errors import error_responses
from harlake.api.filters import FilteredOperation, request_filter
from harlake.api.models import NewSession, RenamedSession, SessionAnswer, SessionList, Success
from harlake.api.names import checked_name
from harlake.api.operations import NDJSON
from harlake.api.reading import get
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE
from harlake.errors import BadRequestError, SessionNotFoundError
from harlake.har.text_search import TextQuery
from harlake.pipeline.streaming import stream
from harlake.query.listing import list_entries
from harlake.query.pagination import Order
from harlake.query.search import SearchRequest, search_session
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id, parse_id
from harlake.store.sessions import Session


@dataclass
class SearchOperation(FilteredOperation):
    """An operation that takes the filter vocabulary, and answers with lines."""

    media_types: ClassVar[tuple[str, ...]] = (NDJSON,)


_NOT_FOUND = error_responses(_404="`Session not found`")


class SessionController(Controller):
    """Sessions: named containers of captures."""

    path = "/api/sessions"
    opt = {ADMISSION: "catalog", SCOPE: TokenScope.READ, COVER: Cover.ANSWER}
    tags = ["sessions"]

    @post(
        status_code=HTTP_201_CREATED,
        opt={SCOPE: TokenScope.WRITE},
        summary="Create a session",
        responses=error_responses(_400="`Invalid request`: `name` is too long"),
    )
    async def create_session(
        self, data_dir: DataDir, admission: Admission, data: NewSession | None = None
    ) -> SessionAnswer:
        """Create an empty session, to import into."""
        name = checked_name(data.name if data else None) or f"Session {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
        return _answer(await admission.catalog.call(data_dir.catalog.create_session, new_id(), name))

    @get("/", summary="List sessions", responses=error_responses(_400="`Invalid request`: the cursor"))
    async def list_sessions(
        self,
        data_dir: DataDir,
        admission: Admission,
        limit: Annotated[
            int | None, Parameter(ge=1, le=1000, description="Sessions per page; without it, all.")
        ] = None,
        cursor: Annotated[str | None, Parameter(description="`next` of the page before.")] = None,
    ) -> SessionList:
        """List sessions, newest first: all of them, or a page."""
        after = None if cursor is None else parse_id(cursor)
        if cursor is not None and (
            after is None or await admission.catalog.call(data_dir.catalog.session, after) is None
        ):
            raise BadRequestError("cursor is not that of a session; it may have been removed")
        asked = None if limit is None else limit + 1
        found = await admission.catalog.call(data_dir.catalog.sessions, asked, after)
        listed = found[:limit]
        rest = {"next": str(listed[-1].id)} if len(found) > len(listed) else {}
        return SessionList([_answer(one) for one in listed], **rest)

    @get("/{session_id:str}", summary="Get a session", responses=_NOT_FOUND)
    async def show_session(self, session_id: str, data_dir: DataDir, admission: Admission) -> SessionAnswer:
        """Describe one session."""
        return _answer(await admission.catalog.call(data_dir.session, session_id))

    @patch(
        "/{session_id:str}",
        opt={SCOPE: TokenScope.WRITE},
        summary="Rename a session",
        responses=error_responses(_400="`Invalid request`: `name` is empty, or too long", _404="`Session not found`"),
    )
    async def rename_session(
        self, session_id: str, data: RenamedSession, data_dir: DataDir, admission: Admission
    ) -> SessionAnswer:
        """Give a session another name."""
        name = checked_name(data.name)
        if not name:
            raise BadRequestError("name is empty")
        session = await admission.catalog.call(data_dir.session, session_id)
        await admission.catalog.call(data_dir.catalog.rename_session, session.id, name)
        return _answer(await admission.catalog.call(data_dir.session, session_id))

    @delete(
        "/{session_id:str}",
        status_code=HTTP_200_OK,
        opt={SCOPE: TokenScope.WRITE},
        summary="Remove a session",
        responses=_NOT_FOUND,
    )
    async def remove_session(self, session_id: str, data_dir: DataDir, admission: Admission) -> Success:
        """Remove a session with all its captures."""
        await admission.catalog.call(data_dir.delete_session, _id(session_id))
        return Success()

    @get(
        "/{session_id:str}/entries",
        operation_class=FilteredOperation,
        summary="List a session's entries",
        responses=error_responses(
            _400="`Invalid request`: a filter, its value, the order or the cursor", _404="`Session not found`"
        ),
    )
    async def list_entries_of_session(
        self,
        request: Request[Any, Any, Any],
        session_id: str,
        data_dir: DataDir,
        admission: Admission,
        limit: Annotated[int, Parameter(ge=1, le=1000, description="Entries per page.")] = 100,
        cursor: Annotated[str | None, Parameter(description="`next` of the page before.")] = None,
        sort: Annotated[str, Parameter(description="A field of the rows, with `-` for descending.")] = "ordinal",
    ) -> EntryList:
        """List entries that pass the filters, a page at a time. This is where entry ids come from."""
        entry_filter, order = request_filter(request, "limit", "cursor", "sort"), Order.parse(sort)
        ask = partial(admission.catalog.ask, request)
        session = await ask(data_dir.session, session_id)
        listing = await ask(list_entries, data_dir, session.id, limit, cursor, entry_filter, order)
        return EntryList(cast("list[EntryRow]", listing.entries), listing.cursor, listing.total, listing.warnings)

    @get(
        "/{session_id:str}/search",
        opt={ADMISSION: "searches", COVER: None},
        operation_class=SearchOperation,
        summary="Search a session's entries",
        responses=error_responses(_400="`Invalid request`: `q`, or a filter or its value", _404="`Session not found`"),
    )
    async def search_entries(
        self,
        request: Request[Any, Any, Any],
        session_id: str,
        data_dir: DataDir,
        admission: Admission,
        q: Annotated[str, Parameter(min_length=1, max_length=1000, description="The text to search for.")],
        case: Annotated[bool, Parameter(description="Whether upper and lower case differ.")] = True,
        limit: Annotated[int | None, Parameter(ge=1, description="Hits to stop after; all by default.")] = None,
    ) -> Stream:
        """Search whole entries, headers and bodies included: a line of JSON a hit, and one that says it is done."""
        entry_filter = request_filter(request, "q", "case", "limit")
        ask = partial(admission.searches.ask, request)
        session = await ask(data_dir.session, session_id)
        query = await ask(partial(TextQuery, q, case=case))
        search = SearchRequest(session.id, query, entry_filter, limit)
        lines = await ask(search_session, data_dir, search)
        return Stream(stream(lines, admission.searches.threads), media_type="application/x-ndjson")


def _id(session_id: str) -> UUID:
    parsed = parse_id(session_id)
    if parsed is None:
        raise SessionNotFoundError(f"no session {session_id!r}")
    return parsed


def _answer(session: Session) -> SessionAnswer:
    return SessionAnswer(str(session.id), session.name, session.created_at, session.entry_count, session.capture_count)
