"""What is noted of the request that is being answered: by the observer around it, and by whoever answers it.

It is in a context variable, so that what happens in a thread for a request can be told by its id.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Literal

from harlake.store.ids import parse_id

Outcome = Literal["done", "refused", "failed", "cut off", "client left"]

#: Ids of entries that are noted, of which a request may name 400,000.
_MAX_IDS: Final = 1_000


@dataclass(slots=True)
class RequestRecord:
    """One request: its id, what became of it, and what it was about as far as ids and numbers say it."""

    id: str
    status: int = 0
    #: Bytes of the bodies.
    received: int = 0
    sent: int = 0
    #: The last byte has been handed out.
    complete: bool = False
    #: The client has gone before that.
    client_left: bool = False
    #: What it has done, in the audit log's words, where its route does not say it.
    action: str | None = None
    #: Why it was refused: a text of ``docs/api.md``, to the letter.
    reason: str | None = None
    #: The id of the token that it came with.
    token_id: str | None = None
    session: str | None = None
    capture: str | None = None
    #: How many entries were imported, or named.
    entries: int | None = None
    #: The ids of those that were named; of many, the first.
    entry_ids: list[str] = field(default_factory=list)

    def name_entries(self, ids: Sequence[str]) -> None:
        """Note the entries that the client has named."""
        self.entries = len(ids)
        self.entry_ids = [str(parsed) for one in islice(ids, _MAX_IDS) if (parsed := parse_id(one)) is not None]

    @property
    def outcome(self) -> Outcome:
        """Return what became of the request."""
        if self.client_left:
            return "client left"
        if not self.complete:
            return "cut off"
        if self.status >= 500:
            return "failed"
        return "refused" if self.status >= 400 else "done"


_current: ContextVar[RequestRecord] = ContextVar("request_record")


def current_record() -> RequestRecord:
    """Return the record of the request that is being answered; one that nobody reads where nobody observes it."""
    return _current.get(None) or RequestRecord("")


@contextmanager
def observing(record: RequestRecord) -> Iterator[None]:
    """Make a record that of the request which is answered while the context lasts."""
    token = _current.set(record)
    try:
        yield
    finally:
        _current.reset(token)
