"""Makes answers fit into what an assistant's client takes, and says what was cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

#: Bytes of JSON of one answer. Clients take 25,000 tokens; of what captures hold, a token is two bytes or more.
MOST_BYTES: Final = 40_000

#: Characters of a text, and items of a list, that are left; the first that are few enough are taken.
_STEPS: Final = ((4_000, 2_000), (1_000, 500), (400, 200), (200, 50), (100, 20), (60, 5), (40, 1))


def fitted(answer: Any) -> Any:
    """Return an answer of few enough bytes, with the lengths of what is cut in place of it."""
    for characters, items in _STEPS:
        smaller = _cut(answer, characters, items)
        if size_of(smaller) <= MOST_BYTES:
            return smaller
    return {"cut": f"{size_of(answer):,} bytes; ask for less"}


def size_of(answer: Any) -> int:
    """Return the size of an answer's JSON, in bytes."""
    return len(msgspec.json.encode(answer))


def fitting(items: list[Any], most: int = MOST_BYTES) -> Iterator[Any]:
    """Yield as many of the first items as fit, one at least."""
    size = 0
    for number, item in enumerate(items):
        size += size_of(item) + 1
        if number and size > most:
            return
        yield item


def beginning_of(text: str, characters: int) -> str:
    """Return the beginning of a text, which says how long it was."""
    return text if len(text) <= characters else f"{text[:characters]}… [cut: {len(text):,} characters]"


def _cut(value: Any, characters: int, items: int) -> Any:
    if isinstance(value, str):
        return beginning_of(value, characters)
    if isinstance(value, dict):
        return {beginning_of(name, characters): _cut(item, characters, items) for name, item in value.items()}
    if isinstance(value, list):
        shorter = [_cut(item, characters, items) for item in value[:items]]
        return shorter if len(value) <= items else [*shorter, f"[cut: {len(value):,} items]"]
    return value
