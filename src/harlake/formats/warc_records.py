"""The records of a WARC file (ISO 28500): a version, named fields, and a block, of which only its place is held."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from harlake.errors import InvalidJsonError
from harlake.formats.http_message import as_text
from harlake.formats.source import Source
from harlake.limits import KIB

_MOST_HEAD: Final = 64 * KIB
_HEAD: Final = re.compile(rb"WARC/\d\.\d+\r?\n(.*?\n)?\r?\n", re.DOTALL)
_BETWEEN: Final = re.compile(rb"[\r\n]{0,16}")


@dataclass(frozen=True, slots=True)
class WarcRecord:
    """A record: its fields by their names in lower case, and where its block is; ``at`` is where itself begins."""

    fields: dict[str, str]
    at: int
    start: int
    length: int

    def field(self, name: str) -> str:
        """Return a field, empty where there is none."""
        return self.fields.get(name, "")


def is_warc(first: bytes) -> bool:
    """Return whether a file begins as WARC files do."""
    return re.match(rb"WARC/\d\.\d+\r?\n", first) is not None


def warc_records(source: Source) -> Iterator[WarcRecord]:
    """Yield the records of a file. Raises InvalidJsonError with the byte."""
    at = 0
    while at < source.size:
        head = source.read(at, _MOST_HEAD)
        match = _HEAD.match(head)
        if match is None:
            raise InvalidJsonError("here should be the beginning of a WARC record", byte=at)
        fields: dict[str, str] = {}
        for line in re.split(r"\r?\n(?![ \t])", as_text(match[1] or b"")):
            name, colon, value = line.partition(":")
            if colon:
                fields.setdefault(name.strip().lower(), value.strip())
        said = fields.get("content-length", "")
        start = at + match.end()
        if not said.isdecimal() or len(said) > 18:
            raise InvalidJsonError(f"a WARC record does not say how long it is: {said[:40]!r}", byte=at)
        length = int(said)
        if start + length > source.size:
            raise InvalidJsonError("the file ends inside of a WARC record", byte=at)
        yield WarcRecord(fields, at, start, length)
        at = start + length
        between = _BETWEEN.match(source.read(at, 16))
        at += between.end() if between else 0
