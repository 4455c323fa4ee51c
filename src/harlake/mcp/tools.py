"""The tools: each asks the API, takes secrets out, and cuts what is too long for an assistant."""

from __future__ import annotations

import base64
import re
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import Parameter
from litestar_mcp.mcp.executor import require_internal_dispatch

from harlake.access.scopes import TokenScope
from harlake.api.redaction import COVER, Cover
from harlake.api.route_access import SCOPE
from harlake.errors import BadRequestError
from harlake.limits import KIB, MIB
from harlake.mcp.coverage import Coverage
from harlake.mcp.fitting import MOST_BYTES, fitted, fitting
from harlake.mcp.inner_requests import AnswerPart, RefusedError, ask, ask_part, ask_sql
from harlake.query.filters import filter_names

#: Bytes of a body that are answered at a time.
_BODY_BYTES: Final = 4 * KIB
#: Of hits, as whose context their entries are read, and bytes of an entry that is.
_MOST_HITS: Final = 20
_MOST_ENTRY: Final = 4 * MIB
_CONTEXT: Final = 60
#: A step of a path such as ``request.headers[0].value``.
_STEP: Final = re.compile(r"\[(\d+)\]|\.?([^.\[\]]+)")
#: Rows of a listing; those of SQL come until the answer is full.
_MOST_ROWS: Final = 100

_SESSION: Final = Parameter(description="Id of a session, as list_sessions has it.")
_ENTRY: Final = Parameter(description="Id of an entry, as list_entries has it.")
_FILTER: Final = Parameter(
    description="Only entries that pass: NAME=VALUE, joined by &, as a query string. Names: "
    + ", ".join(filter_names())
)
_CURSOR: Final = Parameter(description="`next` of the page before; none for the first.")


def _refusal(_: Request[Any, Any, Any], error: RefusedError) -> Response[Any]:
    return Response(msgspec.json.decode(error.body), status_code=error.status)


class ToolController(Controller):
    """What an assistant can do: look, and nothing else."""

    path = "/mcp/tools"
    include_in_schema = False
    guards = [require_internal_dispatch]
    opt = {SCOPE: TokenScope.READ, COVER: Cover.ROUTE}
    exception_handlers = {RefusedError: _refusal}

    @get("/list_sessions", mcp_tool="list_sessions")
    async def list_sessions(self, coverage: Coverage, cursor: Annotated[str | None, _CURSOR] = None) -> Any:
        """List the sessions there are: what was captured together, with how many entries."""
        return await _page(coverage, "/api/sessions", {"cursor": cursor}, "sessions")

    @get("/summarize", mcp_tool="summarize")
    async def summarize(
        self,
        coverage: Coverage,
        session: Annotated[str, _SESSION],
        entries: Annotated[str, _FILTER] = "",
    ) -> Any:
        """Sum up a session: counts, sizes and times (ms), by host, type, status and method, and the slowest entries."""
        answer = await ask(f"/api/sessions/{_id(session)}/stats", _filter(entries))
        return fitted(await coverage.of(answer))

    @get("/list_entries", mcp_tool="list_entries")
    async def list_entries(
        self,
        coverage: Coverage,
        session: Annotated[str, _SESSION],
        entries: Annotated[str, _FILTER] = "",
        sort: Annotated[str | None, Parameter(description="A column, with - before it for descending: -time")] = None,
        cursor: Annotated[str | None, _CURSOR] = None,
    ) -> Any:
        """List a session's entries (requests with their answers), without headers and bodies. Times are in ms."""
        query = _filter(entries) | {"sort": sort, "cursor": cursor}
        return await _page(coverage, f"/api/sessions/{_id(session)}/entries", query, "entries")

    @get("/get_entry", mcp_tool="get_entry")
    async def get_entry(self, coverage: Coverage, entry: Annotated[str, _ENTRY]) -> Any:
        """Show an entry as HAR 1.2 has it: headers, cookies, timings, but for its bodies."""
        return fitted(await ask(f"/api/entries/{_id(entry)}", {"bodies": "none"} | coverage.parameter))

    @get("/get_body", mcp_tool="get_body")
    async def get_body(
        self,
        coverage: Coverage,
        entry: Annotated[str, _ENTRY],
        message: Annotated[str, Parameter(description="response or request")] = "response",
        offset: Annotated[int, Parameter(ge=0, description="Bytes to leave out at the beginning.")] = 0,
        limit: Annotated[int, Parameter(ge=1, le=_BODY_BYTES, description="Bytes to show.")] = _BODY_BYTES,
    ) -> Any:
        """Show a part of a body, 4 KiB at most: as text, or in base64 where it is none."""
        if message not in ("response", "request"):
            raise BadRequestError("message must be response or request")
        path = f"/api/entries/{_id(entry)}/{message}-body"
        part = await ask_part(path, coverage.parameter, AnswerPart(offset, limit))
        end = offset + len(part.data)
        more = {"next": end} if end < part.size else {}
        return {"contentType": part.content_type, "bytes": part.size, "offset": offset, **_text(part.data), **more}

    @get("/search", mcp_tool="search")
    async def search(
        self,
        coverage: Coverage,
        session: Annotated[str, _SESSION],
        text: Annotated[str, Parameter(description="What to look for; upper and lower case are the same.")],
        entries: Annotated[str, _FILTER] = "",
    ) -> Any:
        """Find a text in URLs, headers and bodies: the first twenty places, each with what is around it."""
        query = _filter(entries) | {"q": text, "case": "false", "limit": _MOST_HITS}
        part = await ask_part(f"/api/sessions/{_id(session)}/search", query, AnswerPart())
        lines = [msgspec.json.decode(line) for line in part.data.splitlines()]
        if coverage.level is None:
            return fitted({**lines[-1], "hits": lines[:-1]})
        found = [await _covered_hit(coverage, hit, text) for hit in lines[:-1]]
        hits = [hit for hit in found if hit is not None]
        return fitted({**lines[-1], "hits": hits, "withheld": len(found) - len(hits)})

    @get("/diff", mcp_tool="diff")
    async def diff(
        self,
        coverage: Coverage,
        a: Annotated[str, _SESSION],
        b: Annotated[str, _SESSION],
    ) -> Any:
        """Compare two sessions: requests that were added, removed, or have changed, and in what."""
        return fitted(await coverage.of(await ask(f"/api/sessions/{_id(a)}/diff/{_id(b)}", {})))

    @get("/sql", mcp_tool="sql", opt={SCOPE: TokenScope.SQL})
    async def sql(
        self,
        coverage: Coverage,
        statement: Annotated[
            str, Parameter(description="One SELECT in DuckDB's SQL; FROM entries has the columns of rows.")
        ],
    ) -> Any:
        """Ask in SQL; only where the service shows assistants all. Rows come until the answer is full."""
        coverage.demand_none()
        part = await ask_sql({"sql": statement}, MOST_BYTES)
        rows = [msgspec.json.decode(line) for line in part.data.rpartition(b"\n")[0].splitlines()]
        return fitted({"rows": rows, "complete": part.size == len(part.data)})


async def _page(coverage: Coverage, path: str, query: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a page of a listing that fits: where it does not, fewer rows are asked for, and the next page follows."""
    limit = _MOST_ROWS
    while True:
        answer = await ask(path, query | {"limit": limit})
        rows = await coverage.of(answer[name])
        count = sum(1 for _ in fitting(rows, MOST_BYTES * 9 // 10))
        if count == len(rows):
            fit: dict[str, Any] = fitted(answer | {name: rows})
            return fit | {"next": answer.get("next")}
        limit = count


async def _covered_hit(coverage: Coverage, hit: dict[str, Any], text: str) -> dict[str, Any] | None:
    """Return a hit, and what is around it without its entry's secrets.

    None where it is in one of them, or in too long an entry.
    """
    part = await ask_part(f"/api/entries/{hit['entry']}", coverage.parameter, AnswerPart(most=_MOST_ENTRY))
    if part.size > len(part.data):
        return None
    value = _text_at(msgspec.json.decode(part.data), hit)
    place = value.lower().find(text.lower())
    if place < 0:
        return None
    snippet = value[max(0, place - _CONTEXT) : place + len(text) + _CONTEXT]
    return {**hit, "snippet": snippet, **await coverage.of({"url": hit["url"]})}


def _text_at(entry: Any, hit: dict[str, Any]) -> str:
    """Return the string that a hit is in, empty where there is none any more."""
    value = entry
    try:
        for number, name in _STEP.findall(hit["where"]):
            value = value[int(number)] if number else value[name]
        return base64.b64decode(value).decode("utf-8", "replace") if hit.get("decoded") else str(value)
    except (LookupError, TypeError, ValueError):
        return ""


def _text(data: bytearray) -> dict[str, str]:
    """Return a part of a body, of which the first and the last character may be cut."""
    text = bytes(data).decode("utf-8", "ignore")
    is_text = len(text.encode()) >= len(data) - 6 and "\0" not in text
    return {"text": text} if is_text else {"base64": base64.b64encode(data).decode()}


def _filter(query: str) -> dict[str, Any]:
    return dict(parse_qs(query, keep_blank_values=True))


def _id(given: str) -> str:
    """Return an id as a segment of a path. Raises BadRequestError."""
    if not given or "/" in given:
        raise BadRequestError(f"{given!r} is no id")
    return given
