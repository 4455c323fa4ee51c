"""Puts bodies into entries that name files in their place, as Playwright writes them.

An entry without such a name stays as it is. Of one with a file that is there, the objects on the way to the body are
written again, with all their other members as the text that they came as.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harlake.formats.body_text import body_members
from harlake.formats.capture_format import AttachedFiles
from harlake.formats.notes import Notes
from harlake.har.entry import Entry, Rejection, read_entry
from harlake.har.parse.blocks import Block
from harlake.har.parse.gaps import Part
from harlake.har.raw_json import Member, decoded, is_object, joined, members
from harlake.limits import MIB, Limits

#: Members that name a file, and what they name it by: Playwright's HARs, and its traces up to version 8.
_NAMES: Final = ("_file", "_sha1")
_NAMED: Final = re.compile(rb'"_(?:file|sha1)"')
#: What a body stands in, from the entry on.
_CARRIERS: Final = (("request", "postData"), ("response", "content"))
#: Times that a body is held while it is put into an entry: as it is, as base64, in its object, in the entry.
_COPIES: Final = 4

_MISSING: Final = "files of bodies are missing"


class AttachedBodies:
    """Puts bodies into blocks: :meth:`inline` them. ``held`` is how many bytes that takes."""

    def __init__(self, files: AttachedFiles, notes: Notes, limits: Limits) -> None:
        self.held = 0
        self._files = files
        self._notes = notes
        self._limits = limits

    def inline(self, parts: list[Part]) -> Iterator[list[Part]]:
        """Yield parts with the bodies in their entries; nothing, where it takes long, or before it takes memory."""
        for part in parts:
            if isinstance(part, Block) and _NAMED.search(part.data):
                yield from self._inline_block(part)
            else:
                yield [part]

    def _inline_block(self, block: Block) -> Iterator[list[Part]]:
        builder = _Builder(block)
        for index, text in enumerate(block.texts()):
            entry: Entry | None = None
            if _NAMED.search(text):
                for pause in self._inline_entry(text, block.ordinal(index)):
                    if pause is None:
                        yield []
                    else:
                        text, entry = pause
            builder.add(text, entry or block.entries[index])
            if builder.size >= self._limits.block_bytes:
                yield [builder.take()]
            self.held = 0
        if builder.size:
            yield [builder.take()]

    def _inline_entry(self, text: bytes, ordinal: int) -> Iterator[tuple[bytes, Entry] | None]:
        """Yield an entry with its bodies, if there are any, and None before it takes memory."""
        room = self._limits.max_entry_bytes - len(text)
        bodies: dict[tuple[str, str], list[Member]] = {}
        for path in _CARRIERS:
            name = _file_named(text, path)
            size = None if name is None else self._files.size(name)
            if name is None:
                continue
            if size is None:
                self._notes.add(_MISSING, f"{name!r} of entry {ordinal}")
            elif size * 4 // 3 > room:
                self._notes.add("bodies are too large for an entry", f"{size:,} bytes of {name!r} of entry {ordinal}")
            else:
                room -= size * 4 // 3
                self.held += size * _COPIES
                if size > MIB:
                    yield None
                bodies[path] = body_members(b"".join(self._files.read(name)))
        if bodies:
            inlined = _with_bodies(text, bodies)
            found = read_entry(inlined)
            if not isinstance(found, Rejection):
                yield inlined, found


class _Builder:
    """Collects entries for the next block."""

    def __init__(self, block: Block) -> None:
        self._segments = block.segments
        self._begin()

    def _begin(self) -> None:
        self.size = 0
        self._texts: list[bytes] = []
        self._entries: list[Entry] = []
        self._starts: list[int] = []
        self._ends: list[int] = []

    def add(self, text: bytes, entry: Entry) -> None:
        start = self.size + bool(self._texts)
        self._texts.append(text)
        self._entries.append(entry)
        self._starts.append(start)
        self.size = start + len(text)
        self._ends.append(self.size)

    def take(self) -> Block:
        """Return a block of what was added. Where in the file it comes from, is said no more."""
        block = Block(b",".join(self._texts), self._entries, self._starts, self._ends, self._segments)
        self._begin()
        return block


def _file_named(entry: bytes, path: tuple[str, str]) -> str | None:
    """Return the name of the file that an entry has in place of a body."""
    value = entry
    for name in path:
        found = [value for key, value in members(value) if key == name] if is_object(value) else []
        if not found:
            return None
        value = found[-1]
    if not is_object(value):
        return None
    for key, named in members(value):
        if key in _NAMES and isinstance(said := decoded(bytes(named)), str) and said:
            return said
    return None


def _with_bodies(entry: bytes, bodies: dict[tuple[str, str], list[Member]]) -> bytes:
    for path, body in bodies.items():
        entry = _changed(entry, path, body)
    return entry


def _changed(value: bytes, path: tuple[str, ...], body: list[Member]) -> bytes:
    """Return an object with a body in the object that a path leads to."""
    if not is_object(value):
        return value
    if not path:
        return _put(value, body)
    return joined((key, _changed(one, path[1:], body) if key == path[0] else one) for key, one in members(value))


def _put(carrier: bytes, body: list[Member]) -> bytes:
    """Return an object with a body in place of the name of a file, and of what else it says of the body."""
    kept: list[Member] = []
    place = None
    for key, value in members(carrier):
        if key in _NAMES and place is None:
            place = len(kept)
        elif key not in (*_NAMES, "text", "encoding"):
            kept.append((key, value))
    if place is None:  # another of several members of the same name
        return carrier
    return joined(kept[:place] + body + kept[place:])
