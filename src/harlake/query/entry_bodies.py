"""Bodies of stored entries: decoded, with the URL that they belong to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from harlake.har.bodies import Body, request_body, response_body
from harlake.har.raw_json import object_at
from harlake.har.values.texts import python_text
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


def read_body(
    data_dir: DataDir, location: Location, message: Message, treat: Callable[[bytes], bytes] = bytes
) -> StoredBody:
    """Return the body of an entry's request or response, of what ``treat`` makes of the entry.

    Raises NoBodyError and DamagedCaptureError.
    """
    text = treat(read_entry_at(data_dir, location))
    url = object_at(text, "request").get("url", b"null")
    return StoredBody(_BODIES[message](text), python_text(url) or "")
