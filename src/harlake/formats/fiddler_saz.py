"""Archives of Fiddler (``.saz``): a zip with three files for each session, ``raw/N_c.txt``, ``_s.txt`` and ``_m.xml``.

The first two are the messages as they were sent, the third has times (``SessionTimers``) and flags.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from datetime import datetime, timedelta
from typing import Final

from harlake.errors import InvalidHarError
from harlake.formats.capture_format import Conversion
from harlake.formats.har_entry import Exchange, har_entry
from harlake.formats.har_text import har_text
from harlake.formats.http_message import HttpMessage, read_message
from harlake.formats.notes import Notes
from harlake.formats.xml_items import XmlItem, XmlItems
from harlake.formats.zip_archive import ZipArchive, ZipMember
from harlake.limits import MIB, Limits

#: A file of a session. Sessions are numbered with as many zeros as the last needs.
_RAW: Final = re.compile(r"raw/\d{1,12}_c\.txt", re.IGNORECASE)
_SERVER: Final = re.compile(r"raw/\d{1,12}_s\.txt", re.IGNORECASE)
_MOST_XML: Final = 4 * MIB
#: Seven digits, as .NET writes, are one more than Python reads.
_TICKS: Final = re.compile(r"(\.\d{6})\d+")
_NEVER: Final = "0001-01-01"


def is_saz_member(name: str) -> bool:
    """Return whether only Fiddler's archives have members of a name."""
    return _RAW.fullmatch(name) is not None or _SERVER.fullmatch(name) is not None


def convert_saz(archive: ZipArchive, _packed: int, limits: Limits) -> Generator[None, None, Conversion]:
    """Return the HAR that is made of an archive of Fiddler. Raises InvalidHarError."""
    yield
    notes = Notes()
    return Conversion(har_text(_entries(archive, notes, limits), "Fiddler"), notes)


def _entries(archive: ZipArchive, notes: Notes, limits: Limits) -> Iterator[bytes]:
    for member in archive.members():
        if _RAW.fullmatch(member.name):
            yield _entry(archive, member, notes, limits)
        yield b""


def _entry(archive: ZipArchive, member: ZipMember, notes: Notes, limits: Limits) -> bytes:
    prefix = member.name[: -len("c.txt")]
    request = _message(archive, member, notes, limits)
    if request is None:
        notes.add("requests are missing or none", repr(member.name))
        return b""
    served = archive.find(f"{prefix}s.txt")
    response = None if served is None else _message(archive, served, notes, limits)
    described = archive.find(f"{prefix}m.xml")
    session = None if described is None else _described(archive, described)
    flags = {} if session is None else _flags(session)
    exchange = Exchange(
        url=_url(request, is_secure=_is_secure(request, flags)),
        request=request,
        response=response,
        server=flags.get("x-hostip", ""),
        comment=flags.get("ui-comments", ""),
    )
    if session is not None:
        _add_times(exchange, session)
    return har_entry(exchange, notes, limits.max_entry_bytes // 2)


def _message(archive: ZipArchive, member: ZipMember, notes: Notes, limits: Limits) -> HttpMessage | None:
    if member.size * 4 // 3 > limits.max_entry_bytes:
        notes.add("messages are too large for an entry", f"{member.size:,} bytes of {member.name!r}")
        return None
    return read_message(b"".join(archive.read(member)))


def _described(archive: ZipArchive, member: ZipMember) -> XmlItem | None:
    try:
        items = list(filter(None, XmlItems(0, _MOST_XML).read(archive.read(member))))
    except InvalidHarError as error:
        raise error.put(f"{error.detail}, in {member.name!r}") from None
    return items[0] if items else None


def _flags(session: XmlItem) -> dict[str, str]:
    found = (element.attributes for name, element in session.elements if name == "SessionFlag")
    return {flag.get("N", "").lower(): flag.get("V", "") for flag in found}


def _is_secure(request: HttpMessage, flags: dict[str, str]) -> bool:
    return flags.get("x-egressport") == "443" or request.header("host").endswith(":443")


def _url(request: HttpMessage, *, is_secure: bool) -> str:
    """Return the URL, which Fiddler writes as a whole where it has not been sent as a path."""
    method, target, _ = request.start
    if "://" in target or method == "CONNECT":
        return target if "://" in target else f"https://{target}"
    return f"{'https' if is_secure else 'http'}://{request.header('host')}{target}"


def _add_times(exchange: Exchange, session: XmlItem) -> None:
    times = {name: _time(session.attribute("SessionTimers", name)) for name in _MOMENTS}
    began, done = times["ClientBeginRequest"] or times["ClientConnected"], times["ClientDoneResponse"]
    if began is not None:
        exchange.started = began.isoformat()
        exchange.time = _between(began, done)
    for name, attribute in (("dns", "DNSTime"), ("connect", "TCPConnectTime"), ("ssl", "HTTPSHandshakeTime")):
        said = session.attribute("SessionTimers", attribute)
        if said.isdecimal() and len(said) < 12 and int(said):
            exchange.timings[name] = int(said)
    sent = _between(times["FiddlerBeginRequest"], times["ServerGotRequest"])
    waited = _between(times["ServerGotRequest"], times["ServerBeginResponse"])
    received = _between(times["ServerBeginResponse"], times["ServerDoneResponse"])
    exchange.timings |= {"send": max(sent, 0), "wait": max(waited, 0), "receive": max(received, 0)}


_MOMENTS: Final = (
    *("ClientConnected", "ClientBeginRequest", "ClientDoneResponse", "FiddlerBeginRequest"),
    *("ServerGotRequest", "ServerBeginResponse", "ServerDoneResponse"),
)


def _time(text: str) -> datetime | None:
    if not text or text.startswith(_NEVER):
        return None
    try:
        return datetime.fromisoformat(_TICKS.sub(r"\1", text))
    except ValueError:
        return None


def _between(begin: datetime | None, end: datetime | None) -> float:
    """Return how many milliseconds are between two moments, -1 where that is not known."""
    if begin is None or end is None or (begin.tzinfo is None) != (end.tzinfo is None):
        return -1
    return max(-1, round((end - begin) / timedelta(milliseconds=1), 3))
