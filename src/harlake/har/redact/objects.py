"""The objects of a JSON text, each with its strings and where they stand; nothing of it is decoded.

Strategy: most objects of a HAR have no others in them, as those of headers and cookies. Each of these is one match
of one pattern, and is taken apart only by who asks for its members: it may be known already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harlake.har.raw_json import IN_STRING

#: An object without others in it, then a member that is a string, any other string, or name, and what nests.
_TOKEN: Final = re.compile(
    rb'(?P<flat>\{[^{}\[\]"]*+(?:"%(s)b"[^{}\[\]"]*+)*+\})|"(?P<name>%(s)b)"[ \t\r\n]*+:[ \t\r\n]*+"(?P<value>%(s)b)"|'
    rb'"(?P<string>%(s)b)"(?P<colon>[ \t\r\n]*+:)?|(?P<nests>[{}\[\]])' % {b"s": IN_STRING},
    re.DOTALL,
)
_MEMBER: Final = re.compile(
    rb'"(%(s)b)"[ \t\r\n]*+:[ \t\r\n]*+(?:"(%(s)b)")?' % {b"s": IN_STRING},
    re.DOTALL,
)
_FLAT, _NAME, _VALUE, _STRING, _COLON, _NESTS = (
    _TOKEN.groupindex[name] for name in ("flat", "name", "value", "string", "colon", "nests")
)

_Member = tuple[bytes, int, int]


class StringsOf:
    """The strings of an object, or of an array: ``key`` is the name it stands under, an array's in what is in it.

    ``in_response`` says whether it is of a response; of an object without others in it, ``span`` says where it stands.
    """

    __slots__ = ("_members", "_text", "in_response", "key", "span")

    def __init__(self, text: bytes, key: bytes, in_response: bool, span: tuple[int, int] | None = None) -> None:
        self._text = text
        self._members: list[_Member] = []
        self.key = key
        self.in_response = in_response
        self.span = span

    @property
    def members(self) -> list[_Member]:
        """The name, begin and end of each string, without its quotes."""
        if self.span is not None and not self._members:
            self._members = [
                (match[1], match.start(2), match.end(2))
                for match in _MEMBER.finditer(self._text, *self.span)
                if match.start(2) >= 0
            ]
        return self._members


def objects_of(text: bytes) -> Iterator[StringsOf]:
    """Yield the objects and arrays of valid JSON that have strings, each when it ends, however deep they are."""
    top, is_array, key = StringsOf(text, b"", False), False, b""
    stack: list[tuple[StringsOf, bool]] = [(top, is_array)]
    members = top.members
    for token in _TOKEN.finditer(text):
        index = token.lastindex
        if index == _VALUE:
            members.append((token[_NAME], token.start(_VALUE), token.end(_VALUE)))
        elif index == _FLAT:
            name = top.key if is_array else key
            yield StringsOf(text, name, top.in_response or name == b"response", token.span())
        elif index == _STRING:
            members.append((top.key if is_array else key, token.start(_STRING), token.end(_STRING)))
        elif index == _COLON:
            key = token[_STRING]
        elif token[_NESTS] in b"{[":
            name = top.key if is_array else key
            top = StringsOf(text, name, top.in_response or name == b"response")
            members, is_array = top.members, token[_NESTS] == b"["
            stack.append((top, is_array))
        else:
            if members:
                yield top
            stack.pop()
            top, is_array = stack[-1]
            members = top.members
    if members:
        yield top
