"""The objects of a JSON text, each with its strings and where they stand; nothing of it is decoded.

Strategy: most objects of a HAR have no others in them, as those of headers and cookies. Each of these is one match
of one pattern, and is taken apart only by who asks for its members: it may be known already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from harlake.har.raw_json import IN_STRING

#: A quote that is escaped, by a backslash that is not: an odd number of them, up to as many as are looked at.
_ESCAPED_QUOTE: Final = rb'(?<=\\)(?:%b)"' % b"|".join(rb"(?<=[^\\]\\{%d})" % count for count in (1, 3, 5, 7))
#: What a text must not have for that to be all escaped quotes: each level of JSON in JSON doubles them.
_TOO_MANY: Final = b"\\" * 8
#: The same as IN_STRING where there are not too many: it goes from quote to quote, and looks at no other escapes.
_QUICK: Final = rb'[^"]*+(?:%b[^"]*+)*+' % _ESCAPED_QUOTE


@dataclass(frozen=True, slots=True)
class _Patterns:
    """An object without others in it, then a member that is a string, any other string, or name, and what nests."""

    token: re.Pattern[bytes]
    member: re.Pattern[bytes]
    name_and_value: re.Pattern[bytes]


def _patterns(in_string: bytes) -> _Patterns:
    of = {b"s": in_string, b"w": rb"[ \t\r\n]*+"}
    return _Patterns(
        re.compile(
            rb'(?P<flat>\{[^{}\[\]"]*+(?:"%(s)b"[^{}\[\]"]*+)*+\})|"(?P<name>%(s)b)"%(w)b:%(w)b"(?P<value>%(s)b)"|'
            rb'"(?P<string>%(s)b)"(?P<colon>%(w)b:)?|(?P<nests>[{}\[\]])' % of,
            re.DOTALL,
        ),
        re.compile(rb'"(%(s)b)"%(w)b:%(w)b(?:"(%(s)b)")?' % of, re.DOTALL),
        re.compile(rb'\{%(w)b"name"%(w)b:%(w)b"(%(s)b)"%(w)b,%(w)b"value"%(w)b:%(w)b"(%(s)b)"%(w)b\}' % of, re.DOTALL),
    )


_ANY, _FEW = _patterns(IN_STRING), _patterns(_QUICK)
_FLAT, _NAME, _VALUE, _STRING, _COLON, _NESTS = (
    _ANY.token.groupindex[name] for name in ("flat", "name", "value", "string", "colon", "nests")
)

_Member = tuple[bytes, int, int]


class StringsOf:
    """The strings of an object, or of an array: ``key`` is the name it stands under, an array's in what is in it.

    ``in_response`` says whether it is of a response; of an object without others in it, ``span`` says where it stands.
    """

    __slots__ = ("_members", "_patterns", "_text", "in_response", "key", "span")

    def __init__(
        self, text: bytes, patterns: _Patterns, key: bytes, in_response: bool, span: tuple[int, int] | None = None
    ) -> None:
        self._text = text
        self._patterns = patterns
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
                for match in self._patterns.member.finditer(self._text, *self.span)
                if match.start(2) >= 0
            ]
        return self._members

    @property
    def pair(self) -> re.Match[bytes] | None:
        """A match of the name and the value, in this order, of an object that has no other members."""
        return None if self.span is None else self._patterns.name_and_value.fullmatch(self._text, *self.span)


def objects_of(text: bytes) -> Iterator[StringsOf]:
    """Yield the objects and arrays of valid JSON that have strings, each when it ends, however deep they are."""
    patterns = _ANY if _TOO_MANY in text else _FEW
    top, is_array, key = StringsOf(text, patterns, b"", False), False, b""
    stack: list[tuple[StringsOf, bool]] = [(top, is_array)]
    members = top.members
    for token in patterns.token.finditer(text):
        index = token.lastindex
        if index == _VALUE:
            members.append((token[_NAME], token.start(_VALUE), token.end(_VALUE)))
        elif index == _FLAT:
            name = top.key if is_array else key
            yield StringsOf(text, patterns, name, top.in_response or name == b"response", token.span())
        elif index == _STRING:
            members.append((top.key if is_array else key, token.start(_STRING), token.end(_STRING)))
        elif index == _COLON:
            key = token[_STRING]
        elif token[_NESTS] in b"{[":
            name = top.key if is_array else key
            top = StringsOf(text, patterns, name, top.in_response or name == b"response")
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
