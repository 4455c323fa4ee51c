"""Bodies of stored entries: decoded, with the URL that they belong to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from harlake.har.bodies import Body, request_body, response_body
from harlake.har.entry import Entry
from harlake.har.parse.pruning import index_entry
from harlake.query.entry_reader import read_entry_at
from harlake.query.locations import Location
from harlake.store.data_dir import DataDir

#: The two messages of an entry that may have a body.
Message = Literal["request", "response"]
_BODIES: Final[dict[Message, Callable[[bytes], Body]]] = {"request": request_body, "response": response_body}


@dataclass(frozen=True, slots=True)
class StoredBody:
    """A body, and the URL of its entry: empty where that cannot be told."""

    body: Body
    url: str


def read_body(data_dir: DataDir, location: Location, message: Message) -> StoredBody:
    """Return the body of an entry's request or response.

    Raises NoBodyError and DamagedCaptureError.
    """
    text = read_entry_at(data_dir, location)
    body = _BODIES[message](text)
    entry = index_entry(text)
    return StoredBody(body, entry.request.url if isinstance(entry, Entry) else "")
