"""Which headers an entry's request or response has, by name; the values of equal names together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harlake.har.raw_json import object_at
from harlake.har.values.pairs import named_lines

if TYPE_CHECKING:
    from harlake.analysis.budget import RequiredHeader


def lacks_headers(entry: bytes, of: str, required: Sequence[RequiredHeader]) -> bool:
    """Return whether the ``request`` or ``response`` of an entry lacks any of the headers."""
    given: dict[str, list[str]] = {}
    for name, value in named_lines(bytes(object_at(entry, of).get("headers", b"null"))):
        given.setdefault(name.strip().lower(), []).append(value.lower())
    return any(
        header.name not in given or not any(header.text in value for value in given[header.name]) for header in required
    )
