"""What Burp Suite saves as XML: ``items`` of ``item``, each with a whole request and response, as a rule in base64.

Burp writes its DTD into the file, which declares elements and attributes only. Control characters in messages that
are not in base64 make it declare XML 1.1, which is read as 1.0.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Final

from harlake.errors import InvalidJsonError
from harlake.formats.capture_format import Conversion
from harlake.formats.har_entry import Exchange, har_entry
from harlake.formats.har_text import har_text
from harlake.formats.http_message import HttpMessage, as_text, read_message
from harlake.formats.notes import Notes
from harlake.formats.source import Source
from harlake.formats.xml_items import XmlItem, XmlItems
from harlake.limits import KIB, Limits

_ITEMS: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?:[^-]|-(?!->))*+-->\s*+)*+<(?:!DOCTYPE\s++)?items\b"
)
_VERSION: Final = re.compile(rb"""(<\?xml\s+version\s*=\s*["'])1\.1(["'])""")
_BURP: Final = re.compile(rb"""burpVersion=["']([\w.-]{1,40})["']""")
_DATE: Final = re.compile(r"\w{3} (\w{3} \d{1,2} \d\d:\d\d:\d\d) (\S+) (\d{4})")
#: Zones that Java writes by a name which says where they are; of others, the offset is not known.
_ZONES: Final = {
    **dict.fromkeys(("UTC", "GMT", "Z", "WET"), "+00:00"),
    "CET": "+01:00",
    "CEST": "+02:00",
    "BST": "+01:00",
    "EET": "+02:00",
    "EEST": "+03:00",
    "MSK": "+03:00",
    "EST": "-05:00",
    "EDT": "-04:00",
    "CST": "-06:00",
    "CDT": "-05:00",
    "MST": "-07:00",
    "MDT": "-06:00",
    "PST": "-08:00",
    "PDT": "-07:00",
    "IST": "+05:30",
    "JST": "+09:00",
    "AEST": "+10:00",
    "AEDT": "+11:00",
}


def is_burp(first: bytes) -> bool:
    """Return whether a file begins as Burp's XML does."""
    return _ITEMS.match(first) is not None


def convert_burp(source: Source, limits: Limits) -> Generator[None, None, Conversion]:
    """Return the HAR that is made of Burp's XML. Raises InvalidHarError."""
    yield
    notes = Notes()
    version = _BURP.search(source.read(0, 8 * KIB))
    entries = _entries(XmlItems(1, limits.max_entry_bytes), source, notes, limits)
    return Conversion(har_text(entries, "Burp Suite", as_text(version[1]) if version else ""), notes)


def _pieces(source: Source) -> Iterator[bytes]:
    for number, piece in enumerate(source.pieces()):
        yield piece if number else _VERSION.sub(rb"\g<1>1.0\2", piece)


def _entries(items: XmlItems, source: Source, notes: Notes, limits: Limits) -> Iterator[bytes]:
    for number, item in enumerate(items.read(_pieces(source))):
        yield b"" if item is None else _entry(item, number, notes, limits)


def _entry(item: XmlItem, number: int, notes: Notes, limits: Limits) -> bytes:
    request = _message(item, "request", number)
    response = _message(item, "response", number)
    url = item.text("url") or _url(item)
    if request is None:
        request = HttpMessage((item.text("method") or "GET", "", ""))
    started = _date(item.text("time"), notes)
    server = item.attribute("host", "ip")
    exchange = Exchange(url, request, response, started, server=server, comment=item.text("comment"))
    return har_entry(exchange, notes, limits.max_entry_bytes // 2)


def _url(item: XmlItem) -> str:
    port = item.text("port")
    return f"{item.text('protocol') or 'http'}://{item.text('host')}{':' * bool(port)}{port}{item.text('path')}"


def _message(item: XmlItem, name: str, number: int) -> HttpMessage | None:
    text = item.text(name)
    if not text.strip():
        return None
    if item.attribute(name, "base64") != "true":
        return read_message(text.encode())
    try:
        data = binascii.a2b_base64(text)
    except binascii.Error as error:
        raise InvalidJsonError(f"the {name} of an item is no base64: {error}", byte=item.byte, entry=number) from None
    return read_message(data)


def _date(text: str, notes: Notes) -> str:
    """Return Java's way to write a date as ISO 8601."""
    match = _DATE.fullmatch(text.strip())
    try:
        if match is not None:
            parsed = datetime.strptime(f"{match[1]} {match[3]}", "%b %d %H:%M:%S %Y")
            zone = _ZONES.get(match[2])
            if zone is None:
                notes.add("times are taken for UTC, as their zone is not known", repr(text[:80]))
            return parsed.isoformat() + (zone or "+00:00")
    except ValueError:
        pass
    return text
