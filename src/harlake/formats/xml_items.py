"""XML that is a list of items, read one item at a time: no entities, no other files, nothing nested without end.

Strategy: expat follows the document in pieces. Of an item, the text and the attributes of each element are held, up to
a limit; elements inside of its elements are taken for their text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from harlake.errors import InvalidJsonError

_MOST_DEEP: Final = 100


@dataclass(slots=True)
class XmlElement:
    """An element of an item: its attributes, and its text."""

    attributes: dict[str, str]
    text: str = ""


@dataclass(slots=True)
class XmlItem:
    """An item: its attributes, and its elements in order; ``byte`` is where it begins."""

    attributes: dict[str, str]
    byte: int
    elements: list[tuple[str, XmlElement]] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return the text of the first element of a name, empty where there is none."""
        return next((element.text for key, element in self.elements if key == name), "")

    def attribute(self, name: str, attribute: str) -> str:
        """Return an attribute of the first element of a name, empty where there is none."""
        return next((one.attributes.get(attribute, "") for key, one in self.elements if key == name), "")


class XmlItems:
    """Reads the elements at a depth of one document: :meth:`read` its pieces."""

    def __init__(self, depth: int, most: int) -> None:
        """``depth`` is that of items, 0 for the document's only element; ``most`` is how long one may be."""
        self._depth = depth
        self._most = most
        self._open = 0
        self._size = 0
        self._text: list[str] = []
        self._item: XmlItem | None = None
        self._ended: list[XmlItem] = []
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.ExternalEntityRefHandler = self._external
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser = parser

    def read(self, pieces: Iterable[bytes]) -> Iterator[XmlItem | None]:
        """Yield items, and None after each piece. Raises InvalidJsonError with the place."""
        for piece in pieces:
            self._feed(piece)
            yield from self._ended
            self._ended.clear()
            yield None
        self._feed(b"", final=True)
        yield from self._ended

    def _feed(self, data: bytes, *, final: bool = False) -> None:
        try:
            self._parser.Parse(data, final)
        except expat.ExpatError as error:
            raise self._wrong(f"malformed XML: {expat.ErrorString(error.code)}") from None

    def _wrong(self, what: str) -> InvalidJsonError:
        parser = self._parser
        at = max(parser.ErrorByteIndex, 0)
        return InvalidJsonError(what).at(at, parser.ErrorLineNumber, parser.ErrorColumnNumber + 1)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self._open == self._depth:
            self._item = XmlItem(attributes, max(self._parser.CurrentByteIndex, 0))
            self._size = 0
        elif self._item is not None:
            self._grow(sum(map(len, attributes)) + sum(map(len, attributes.values())) + len(name))
            self._item.elements.append((name, XmlElement(attributes)))
            self._text = []
        self._open += 1
        if self._open > _MOST_DEEP:
            raise self._wrong(f"nested deeper than {_MOST_DEEP} levels")

    def _end(self, _name: str) -> None:
        self._open -= 1
        if self._item is None:
            return
        if self._open == self._depth:
            self._ended.append(self._item)
            self._item = None
        elif self._item.elements and self._text:
            self._item.elements[-1][1].text = "".join(self._text)
            self._text = []

    def _characters(self, text: str) -> None:
        if self._item is not None:
            self._grow(len(text))
            self._text.append(text)

    def _grow(self, count: int) -> None:
        self._size += count
        if self._size > self._most:
            raise self._wrong(f"an item is longer than the limit of {self._most} bytes")

    def _doctype(self, _name: str, system: str | None, public: str | None, _inside: bool) -> None:
        if system or public:
            self._external()

    def _entity(self, name: str, *_: object) -> None:
        raise self._wrong(f"the XML defines an entity, {name!r}, which no capture needs")

    def _external(self, *_: object) -> int:
        raise self._wrong("the XML refers to another file, which no capture needs")
