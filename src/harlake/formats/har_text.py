"""The text of a HAR that is made entry by entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from harlake.har.envelope import BEFORE_ENTRIES


def har_text(
    entries: Iterable[bytes],
    creator: str,
    version: str = "",
    browser: str | None = None,
    pages: Iterable[Any] = (),
) -> Iterator[bytes]:
    """Yield a HAR of entries; of an empty one, which is a pause, nothing.

    Args:
        entries: Their JSON text.
        creator: The program that has captured them.
        version: Its version, where that is known.
        browser: The browser that it has watched, if it has.
        pages: The pages that entries refer to; asked for when all entries have been.
    """
    yield BEFORE_ENTRIES
    separator = b"\n"
    for entry in entries:
        if entry:
            yield separator + entry
            separator = b",\n"
        else:
            yield b""
    log: dict[str, object] = {"version": "1.2", "creator": {"name": creator, "version": version}}
    if browser:
        log["browser"] = {"name": browser, "version": ""}
    log["pages"] = list(pages)
    yield b"\n]," + msgspec.json.encode(log)[1:-1] + b"}}"
