"""The client: sessions, entries, exports, statistics, comparisons and SQL, as Python's values.

Strategy: each method is a request, or a list of them, of the HTTP API, by a connection of its own: so what is read as
it comes may be read beside other requests. Nothing large is held.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from os import PathLike, fspath
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import click
import msgspec

from harlake.cli import client as http
from harlake.cli.client import path_segment
from harlake.cli.output import QUIET
from harlake.cli.output_file import output_file
from harlake.cli.resumable_upload import import_file
from harlake.cli.sessions import all_sessions, find_session
from harlake.client.answers import ClientSession as Session
from harlake.client.answers import Imported
from harlake.client.connection import open_api
from harlake.client.errors import client_errors

if TYPE_CHECKING:
    import pyarrow as pa

#: Entries that a page of a listing has.
_PAGE: Final = 1000

#: Filters and options are strings, numbers, truth values, or several of these.
Value = str | int | float | bool | Sequence[str | int | float]


class HarlakeClient:
    """A service, or a data folder; a context manager, or :meth:`close` it.

    A folder that a service has open is used at the service's address; it is made where there is none. Sessions are
    given by their ids, unique beginnings of these, or unique names. All methods raise ClientError.
    """

    def __init__(
        self, where: str | PathLike[str], *, token: str | None = None, ca_file: str | PathLike[str] | None = None
    ) -> None:
        """Connect to the URL of a service, as ``http://127.0.0.1:8889`` or ``unix:/run/harlake.sock``, or to a folder.

        Args:
            where: A URL, or the path of a data folder.
            token: What the service demands, if it does.
            ca_file: Certificates to trust, for https.
        """
        self._token = token
        self._ca_file = None if ca_file is None else Path(fspath(ca_file))
        self._closing = ExitStack()
        with client_errors():
            self._address = open_api(where, self._ca_file, self._closing)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Leave the folder to others."""
        self._closing.close()

    def import_file(
        self,
        file: str | PathLike[str],
        *,
        session: str | None = None,
        name: str | None = None,
        salvage: bool = False,
    ) -> Imported:
        """Import a HAR file, as it is or compressed with gzip or zstd.

        Args:
            file: Its path. It is never held in memory.
            session: Into which session; it gets one of its own without it.
            name: What its own session is called; after the file, by default.
            salvage: Whether a damaged file is taken, too: the entries of it that are whole.
        """
        with client_errors(), self._api() as api:
            fields = {} if name is None else {"sessionName": name}
            if salvage:
                fields["salvage"] = "true"
            if session is not None:
                fields["sessionId"] = find_session(api, session)
            with click.Context(click.Command("import")) as context:
                context.meta[QUIET] = True  # a program has lines of its own
                answer = import_file(api, str(Path(fspath(file)).absolute()), fields)
            return msgspec.convert(answer, Imported)

    def sessions(self) -> Iterator[Session]:
        """Yield all sessions, newest first."""
        with client_errors(), self._api() as api:
            for one in all_sessions(api):
                yield msgspec.convert(one, Session)

    def session(self, session: str) -> Session:
        """Return a session."""
        return msgspec.convert(self._get(session, ""), Session)

    def create_session(self, name: str) -> Session:
        """Make an empty session."""
        with client_errors(), self._api() as api, api.stream("POST", "/api/sessions", body={"name": name}) as answer:
            return msgspec.convert(answer.json(), Session)

    def rename_session(self, session: str, name: str) -> Session:
        """Give a session another name."""
        with client_errors(), self._api() as api:
            path = f"/api/sessions/{path_segment(find_session(api, session))}"
            with api.stream("PATCH", path, body={"name": name}) as answer:
                return msgspec.convert(answer.json(), Session)

    def remove_session(self, session: str) -> None:
        """Remove a session with all its captures."""
        with client_errors(), self._api() as api:
            path = f"/api/sessions/{path_segment(find_session(api, session))}"
            with api.stream("DELETE", path) as answer:
                answer.read()

    def entries(self, session: str, *, sort: str | None = None, **filters: Value) -> Iterator[dict[str, Any]]:
        """Yield the rows of a session's entries, those that pass the filters, a page of them in memory at a time.

        Args:
            session: Whose entries.
            sort: A field of a row; with ``-`` before it, the largest first.
            filters: As ``status="5xx"``, ``host=["a.example", "b.example"]``, ``**{"url~": "checkout"}``.
        """
        with client_errors(), self._api() as api:
            path = f"/api/sessions/{path_segment(find_session(api, session))}/entries"
            query = _query({"limit": _PAGE, "sort": sort, **filters})
            yield from api.pages(path, "entries", query)

    def entry(self, entry: str) -> dict[str, Any]:
        """Return an entry as it was captured, given by its id."""
        with client_errors(), self._api() as api:
            found: dict[str, Any] = api.get(f"/api/entries/{path_segment(entry)}")
            return found

    def body(self, entry: str, *, of: str = "response") -> bytes:
        """Return the decoded body of an entry's ``response`` or ``request``."""
        path = f"/api/entries/{path_segment(entry)}/{path_segment(of)}-body"
        with client_errors(), self._api() as api, api.stream("GET", path) as answer:
            return answer.read()

    def search(self, session: str, text: str, **filters: Value) -> Iterator[dict[str, Any]]:
        """Yield where a text is in a session's entries, bodies included."""
        with client_errors(), self._api() as api:
            path = f"/api/sessions/{path_segment(find_session(api, session))}/search"
            with api.stream("GET", path, _query({"q": text, **filters})) as answer:
                for hit in answer.lines():
                    if "done" in hit:
                        return
                    yield hit
            raise http.ServiceError("the search was cut off: something failed on the way")

    def export(self, session: str, **options: Value) -> Iterator[bytes]:
        """Yield a session's export a piece at a time, as HAR or what ``format`` says; options may be filters as well.

        Args:
            session: What is exported.
            options: As ``format="parquet"``, ``bodies="none"``, ``fill=True``, ``order="time"``, ``status="5xx"``.
        """
        with client_errors(), self._api() as api:
            path = f"/api/har/export/{path_segment(find_session(api, session))}"
            with api.stream("GET", path, _query(options)) as answer:
                yield from answer.pieces()

    def export_file(self, session: str, file: str | PathLike[str], **options: Value) -> Path:
        """Export a session into a file, which appears when it is complete, and return its path.

        Args:
            session: What is exported.
            file: Where to; its ending does not tell the format.
            options: As those of :meth:`export`.
        """
        path = Path(fspath(file))
        with client_errors(), output_file(path) as output:
            output.writelines(self.export(session, **options))
        return path

    def stats(self, session: str, **filters: Value) -> dict[str, Any]:
        """Return what a session adds up to: counts, bytes and times, by host, type, status and more."""
        return self._get(session, "/stats", filters)

    def diff(self, before: str, after: str, **options: Value) -> dict[str, Any]:
        """Return what changed from a session to another; options are those of the API, and filters."""
        with client_errors(), self._api() as api:
            other = path_segment(find_session(api, after))
        return self._get(before, f"/diff/{other}", options)

    def sql(self, query: str, *, session: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield the rows of a SELECT.

        Args:
            query: In DuckDB's SQL, over sessions, captures, pages, entries, headers, cookies and query_parameters.
            session: Of which session the tables are; of all without it.
        """
        with client_errors(), self._api() as api, self._asked(api, query, session, "ndjson") as answer:
            yield from answer.lines()

    def sql_table(self, query: str, *, session: str | None = None) -> pa.Table:
        """Return the rows of a SELECT as a table of Arrow's, which pandas and Polars take."""
        import pyarrow as pa

        with client_errors(), self._api() as api, self._asked(api, query, session, "arrow") as answer:
            return pa.ipc.open_stream(answer.read()).read_all()

    def _api(self) -> http.Client:
        return http.Client(self._address, self._token, self._ca_file)

    def _get(self, session: str, path: str, query: dict[str, Value] | None = None) -> dict[str, Any]:
        with client_errors(), self._api() as api:
            found: dict[str, Any] = api.get(
                f"/api/sessions/{path_segment(find_session(api, session))}{path}", _query(query or {})
            )
            return found

    def _asked(self, api: http.Client, query: str, session: str | None, file_format: str) -> http.ServiceResponse:
        body = {"sql": query, "format": file_format}
        if session is not None:
            body["session"] = find_session(api, session)
        return api.stream("POST", "/api/sql", body=body)


def _query(given: dict[str, Any]) -> list[tuple[str, str]]:
    """Return names and values as those of a query: each value of several, true and false as words, no None."""
    several = {
        name: [value] if isinstance(value, str) or not isinstance(value, Sequence) else value
        for name, value in given.items()
    }
    return [
        (name, str(one).lower() if isinstance(one, bool) else str(one))
        for name, values in several.items()
        for one in values
        if one is not None
    ]
