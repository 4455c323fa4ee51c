"""How a producer writes JSON, and the parts that the producers' layouts have in common.

Strategy: a `Wire` holds a producer's JSON style and its log. The log around the entries is rendered once with
a stand-in for them and cut there, so that it cannot disagree with the entries' own style.

Rules:
- Dates and numbers that change per pass carry the marks of `traffic`.
- time is the sum of the timings, as the spec asks; -1 is "does not apply", and not counted.
- Text is raw UTF-8, unescaped, as all these producers write it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.traffic import BIG, FIRST_HOUR, HOUR, NUM, TICK, Exchange, Pairs

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wire:
    """A producer's JSON style, and its log from a list of pages and a list that stands in for the entries."""

    log: Callable[[list[Object], list[str]], Object]
    indent: int | None = None
    separators: tuple[str, str] = (",", ":")
    bom: bytes = b""
    page_id: Callable[[int], str] = "page_{}".format
    zone: str = "Z"

    @property
    def margin(self) -> str:
        """What goes before an entry: nothing in a one-line file."""
        return "\n" + " " * (3 * self.indent) if self.indent else ""

    @property
    def comma(self) -> str:
        return "," if self.indent else self.separators[0]

    def entry(self, entry: object) -> str:
        """Return an entry as JSON with marks, its margin in front."""
        text = self._dumps(entry)
        # JSON strings hold no raw newline, so every newline here is layout.
        return self.margin + (text.replace("\n", self.margin) if self.indent else text)

    def frame(self, pages: int) -> tuple[bytes, bytes]:
        """Return the bytes before the first entry and those after the last."""
        made = [self._page(number) for number in range(1, pages + 1)]
        head, tail = self._dumps({"log": self.log(made, [BIG])}).split(f'{self.margin}"{BIG}"')
        return self.bom + head.encode(), tail.encode()

    def _dumps(self, value: object) -> str:
        separators = (",", ": ") if self.indent else self.separators
        text = json.dumps(value, ensure_ascii=False, indent=self.indent, separators=separators)
        return text.replace(f'"{NUM}', "").replace(f'{NUM}"', TICK)

    def _page(self, number: int) -> Object:
        started = f"{FIRST_HOUR}:{number // 60 % 60:02}:{number % 60:02}.140{self.zone}"
        timings = {"onContentLoad": 115 + number * 37 % 900, "onLoad": 1200 + number * 91 % 3000}
        title = f"https://www.site-{number}.example/"
        return {
            "startedDateTime": started,
            "id": self.page_id(number),
            "title": title,
            "pageTimings": timings,
        }

    def pageref(self, x: Exchange) -> Object:
        return {"pageref": self.page_id(x.page)} if x.page else {}

    def started(self, x: Exchange, digits: str = "") -> str:
        """Return a startedDateTime in milliseconds, with `digits` more."""
        return f"{HOUR}:{x.clock}{digits}{self.zone}"


def named(pairs: Pairs) -> list[Object]:
    return [{"name": name, "value": value} for name, value in pairs]


def titled(pairs: Pairs) -> Pairs:
    """Return headers with their names as HTTP/1.1 shows them."""
    return [(name.title(), value) for name, value in pairs]


def http2_headers(x: Exchange, user_agent: str) -> list[Object]:
    pseudo = [(":authority", x.site.host), (":method", x.method), (":path", x.target), (":scheme", "https")]
    return named([*pseudo, *x.request_headers, ("user-agent", user_agent)])


def headers_size(headers: list[Object]) -> int:
    return sum(len(header["name"]) + len(header["value"]) + 4 for header in headers) + 26


def text_of(x: Exchange) -> Object:
    """Return the encoding and text of a content, as far as there are any."""
    if x.text is None:
        return {}
    return {"encoding": "base64", "text": x.text} if x.base64 else {"text": x.text}


def post_data(x: Exchange, **more: object) -> Object:
    """Return postData, and the name it goes by, if anything was posted."""
    return {"postData": {"mimeType": "application/json", "text": x.post, **more}} if x.post else {}


def timings(x: Exchange, digits: int, order: str) -> tuple[Object, str]:
    """Return timings, in ms and in the `order` named, and their sum; wait and sum have a changing last digit.

    With `digits` the changing digit follows that many decimals; with none it is the units, others are tens.
    """
    scale, fraction = (1, f".{(x.index + 1) * 2654435761 % 10**digits:0{digits}}") if digits else (10, "")

    def marked(waited: int) -> str:
        return f"{NUM}{waited if digits or waited else ''}{fraction}{NUM}"

    names = ("blocked", "dns", "connect", "send", "wait", "receive")
    values: Object = {name: waited * scale for name, waited in zip(names, x.waits, strict=True)}
    values |= {"wait": marked(x.waits[4]), "ssl": -1}
    for name in ("dns", "connect"):
        values[name] = values[name] or -1
    total = sum(waited for name, waited in zip(names, x.waits, strict=True) if name in order)
    return {name: values[name] for name in order.split()}, marked(total)
