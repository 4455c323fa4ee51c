"""The shapes a file can take: a blend of traffic, in a producer's layout.

Strategy: a `Shape` names how to draw the next exchange, how to lay it out and how to write it; `SHAPES` is
the table. `quirks` lays out as Chrome does and then breaks most entries with one or two oddities seen in real
files, each a small function over the entry.

Rules:
- A quirk keeps the file valid JSON; what it does to the entry's meaning is the reader's problem, on purpose.
"""

from base64 import encodebytes
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import layouts
from benchmarks.traffic import HOUR, Exchange, Traffic
from benchmarks.wire import Object, Wire


@dataclass(frozen=True, slots=True)
class Shape:
    """A way to draw exchanges, to lay them out and to write them; `oddity` has the last word on an entry."""

    draw: Callable[[Traffic], Exchange]
    layout: Callable[[Exchange, Wire], Object]
    wire: Wire
    oddity: Callable[[Traffic, Object], object] | None = None

    def next_entry(self, traffic: Traffic) -> str:
        """Return the next entry as JSON with marks, its line's margin in front."""
        entry = self.layout(self.draw(traffic), self.wire)
        return self.wire.entry(self.oddity(traffic, entry) if self.oddity else entry)

    def big_entry(self, traffic: Traffic, text: str, size: int) -> str:
        """Return an entry with an image of `size` bytes, whose base64 is `text`."""
        x = traffic.exchange("image", "image/png", text=text, base64=True, size=size)
        return self.wire.entry(self.layout(x, self.wire))


def _blend(traffic: Traffic, xhr: int, text: int, image: int, empty: int) -> Exchange:
    """Draw a kind by percentage."""
    kinds = (traffic.xhr, traffic.text, traffic.image, traffic.empty)
    [draw] = traffic.rng.choices(kinds, (xhr, text, image, empty))
    return draw()


def _mixed(traffic: Traffic) -> Exchange:
    return _blend(traffic, 60, 25, 10, 5)


def _text_heavy(traffic: Traffic) -> Exchange:
    return _blend(traffic, 65, 30, 0, 5)


def _images(traffic: Traffic) -> Exchange:
    return traffic.image(100_000, 1_000_000)


def _small(traffic: Traffic) -> Exchange:
    return _blend(traffic, 80, 5, 5, 10)


_STRANGERS: tuple[object, ...] = (None, 42, "not an entry", [], [{"request": {}}], True, {})
_DATES = (":29.1000+00:00", ":07:11.38Z", ":07:11.384211Z", ":07:11.3842110+01:00", ":07:11.384+0000", "")


def _response_null(entry: Object) -> None:
    entry["response"] = None


def _response_missing(entry: Object) -> None:
    del entry["response"]


def _request_missing(entry: Object) -> None:
    del entry["request"]


def _status_below_zero(entry: Object) -> None:
    entry["response"] |= {"status": -1, "headersSize": -2, "bodySize": -6}


def _time_null(entry: Object) -> None:
    entry["time"] = None


def _time_negative(entry: Object) -> None:
    entry |= {"time": -1.5, "timings": entry["timings"] | {"blocked": -0.857}}


def _timings_null(entry: Object) -> None:
    entry["timings"] = None


def _content_array(entry: Object) -> None:
    entry["response"]["content"] = []


def _content_size_odd(entry: Object) -> None:
    entry["response"]["content"]["size"] = -entry["response"]["content"]["size"]


def _content_size_missing(entry: Object) -> None:
    del entry["response"]["content"]["size"]


def _content_file(entry: Object) -> None:
    entry["response"]["content"].pop("text", None)
    entry["response"]["content"]["_file"] = "8a2c1f.json"


def _base64_wrapped(entry: Object) -> None:
    content = entry["response"]["content"]
    content |= {"text": encodebytes(content.get("text", "").encode()).decode("ascii"), "encoding": "base64"}


def _encoding_utf8(entry: Object) -> None:
    entry["response"]["content"]["encoding"] = "utf-8"


def _cookies_object(entry: Object) -> None:
    entry["request"]["cookies"] = {"session": "abc", "lang": "en"}


def _headers_size_null(entry: Object) -> None:
    entry["request"]["headersSize"] = entry["response"]["headersSize"] = None


def _header_list(entry: Object) -> None:
    entry["response"]["headers"].append({"name": "set-cookie", "value": ["a=1", "b=2\nc=3"]})


def _version_junk(entry: Object) -> None:
    entry["request"]["httpVersion"] = entry["response"]["httpVersion"] = "me:"


def _lone_surrogates(entry: Object) -> None:
    content = entry["response"]["content"]
    content["text"] = "cut \ud83d, backwards \udc80\ud83d, nul \0, del \x7f: " + content.get("text", "")[:500]


def _websocket(entry: Object) -> None:
    message = {"type": "send", "time": 1709647200.123, "opcode": 1, "data": '{"op":"ping"}'}
    entry |= {"_resourceType": "websocket", "_webSocketMessages": [message] * 3}
    entry["request"]["url"] = "wss://live.site.example/socket"


def _data_url(entry: Object) -> None:
    entry["request"]["url"] = "data:image/gif;base64," + "R0lGODlhAQABAIAAAAAAAP" * 800


def _relative_url(entry: Object) -> None:
    entry["request"]["url"] = "/relative?q=%F0%9F%9A%80#top"


def _started_missing(entry: Object) -> None:
    del entry["startedDateTime"]


def _address_bare(entry: Object) -> None:
    entry |= {"serverIPAddress": "2001:db8::1428:57ab", "pageref": "page_of_no_page"}


_QUIRKS: tuple[Callable[[Object], None], ...] = (
    _response_null,
    _response_missing,
    _status_below_zero,
    _time_null,
    _time_negative,
    _timings_null,
    _content_array,
    _content_size_odd,
    _content_size_missing,
    _content_file,
    _base64_wrapped,
    _encoding_utf8,
    _cookies_object,
    _headers_size_null,
    _header_list,
    _version_junk,
    _websocket,
    _data_url,
    _relative_url,
    _started_missing,
    _address_bare,
)
_RARE_QUIRKS = (_lone_surrogates, _request_missing)


def _quirky(traffic: Traffic, entry: Object) -> object:
    """Leave a quarter of the entries alone, give most a quirk, some an odd date, and make a few strangers."""
    rng = traffic.rng
    chance = rng.random()
    if chance < 0.01:
        return rng.choice(_STRANGERS)
    if chance < 0.03:
        rng.choice(_RARE_QUIRKS)(entry)
    elif chance < 0.75:
        rng.choice(_QUIRKS)(entry)
    if chance < 0.2 and "startedDateTime" in entry:
        entry["startedDateTime"] = HOUR + rng.choice(_DATES)
    return entry


SHAPES: dict[str, Shape] = {
    "mixed": Shape(_mixed, layouts.chrome, layouts.CHROME),
    "chrome": Shape(_text_heavy, layouts.chrome, layouts.CHROME),
    "playwright": Shape(_mixed, layouts.playwright, layouts.PLAYWRIGHT),
    "headers": Shape(Traffic.headers, layouts.playwright, layouts.PLAYWRIGHT),
    "bodies": Shape(_images, layouts.chrome, layouts.CHROME),
    "tiny": Shape(Traffic.tiny, layouts.bare, layouts.COMPACT),
    "firefox": Shape(_mixed, layouts.firefox, layouts.FIREFOX),
    "fiddler": Shape(_mixed, layouts.fiddler, layouts.FIDDLER),
    "quirks": Shape(_small, layouts.chrome, layouts.CHROME, _quirky),
}
