"""The objects of a JSON text, each with its strings and where they stand; nothing of it is decoded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from harlake.har.raw_json import IN_STRING

_TOKEN: Final = re.compile(rb'"(%b)"([ \t\r\n]*+:)?|([{}\[\]])' % IN_STRING, re.DOTALL)


@dataclass(slots=True)
class StringsOf:
    """The strings of an object, or of an array: ``key`` is the name it stands under, an array's in what is in it.

    ``members`` has the name, begin and end of each, without its quotes; ``in_response`` whether it is of a response.
    """

    key: bytes
    in_response: bool
    members: list[tuple[bytes, int, int]] = field(default_factory=list)


def objects_of(text: bytes) -> Iterator[StringsOf]:
    """Yield the objects and arrays of valid JSON that have strings, each when it ends, however deep they are."""
    stack: list[StringsOf] = [StringsOf(b"", False)]
    key = b""
    in_arrays: list[bool] = [False]
    top, is_array = stack[0], False
    for token in _TOKEN.finditer(text):
        index = token.lastindex
        if index == 1:
            top.members.append((top.key if is_array else key, token.start(1), token.end(1)))
        elif index == 2:
            key = token[1]
        elif token[3] in b"{[":
            name = top.key if is_array else key
            top = StringsOf(name, top.in_response or name == b"response")
            stack.append(top)
            is_array = token[3] == b"["
            in_arrays.append(is_array)
        else:
            if top.members:
                yield top
            stack.pop()
            in_arrays.pop()
            top, is_array = stack[-1], in_arrays[-1]
    if stack[0].members:
        yield stack[0]
