"""Finds the rules of HAR 1.2 that one entry breaks, or the log around the entries.

Strategy: what is wrong with the types is looked up (``schema``), and only values are compared here. Paths and the
values for messages are made where something is wrong, and nowhere else.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final, TypeGuard

import msgspec

from harlake.har import rules
from harlake.har.model import members
from harlake.har.pruning import pruned
from harlake.har.rules import Fault, Faults, Path
from harlake.har.schema import (
    CACHE_ENTRY,
    CONTENT,
    ENTRY,
    LOG,
    PAGE,
    POST_DATA,
    REQUEST,
    RESPONSE,
    TIMINGS,
    Object,
    anything,
    missing,
    mistyped,
)
from harlake.har.surrogates import repair
from harlake.limits import KIB, MIB

#: What is decoded of an entry takes up to 30 times as much memory as its text; bodies are not decoded, nor is what is
#: not HAR's. The rest of real entries is below 100 KiB.
_CHECKED_BYTES: Final = MIB

#: Pages are 250 bytes each in real files. An array of empty objects takes 11 seconds for so many bytes.
_CHECKED_PAGES: Final = 4 * MIB

#: Milliseconds that seven rounded timings, and the gaps between them, may add up to.
_TOLERANCE: Final = 10

_DATE: Final = re.compile(
    r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII
)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE | re.ASCII)
_VERSION: Final = re.compile(r"\s*1\.[1-9]\d*\s*", re.ASCII)
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PADDING: Final = (b"", b"=", b"==")
#: Digits of base64 for three bytes.
_DIGITS: Final = 4
_PIECE: Final = 256 * KIB
_CUT_ESCAPE: Final = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?\Z")
_STATUSES: Final = range(100, 1000)
_OPTIONAL: Final = frozenset(("blocked", "dns", "connect", "ssl"))
_QUOTE: Final = ord('"')
#: The type of a value that is not decoded, by its first byte; all others are numbers.
_OPENINGS: Final[dict[int, type]] = dict(zip(b"ntf[{", (type(None), bool, bool, list, dict), strict=True))
_ARRAY: Final = ord("[")
_EMPTY: Final = len(b'""')
#: What a decoder refuses although it is valid JSON: numbers beyond what a double can be.
_NUMBER: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*', re.DOTALL)

_strict_entry: Final = msgspec.json.Decoder(ENTRY.strict)
_entry: Final = msgspec.json.Decoder(anything(ENTRY.loose))
_log: Final = msgspec.json.Decoder(msgspec.defstruct("root", [("log", anything(LOG.loose))]))
_text: Final = msgspec.json.Decoder(str).decode


class Examined(msgspec.Struct, gc=False):
    """What was found: the decoded value, with its arrays decoded, its faults, and whether nothing else is odd."""

    value: Any
    faults: Faults
    usual: bool


def examine_entry(text: bytes | memoryview) -> Examined:
    """Return what is wrong with an entry, given as valid JSON."""
    if len(text) > _CHECKED_BYTES and not _is_checkable(text):
        return unchecked(f"{_CHECKED_BYTES // MIB} MiB beside its bodies")
    try:
        entry = _strict_entry.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return examine_odd_entry(text)
    post_data = entry.request.postData
    if not (_is_text(entry.response.content.text) and (post_data is msgspec.UNSET or _is_text(post_data.text))):
        return examine_odd_entry(text)
    faults = Faults()
    _check_dates(entry, faults)
    _compare(entry, faults)
    return Examined(entry, faults, usual=True)


def unchecked(limit: str) -> Examined:
    """Return that an entry is larger than a limit, given in words."""
    faults = Faults()
    faults.append(Fault(rules.ENTRY_TOO_LARGE, (), {"limit": limit}))
    return Examined(msgspec.UNSET, faults, usual=False)


def examine_odd_entry(text: bytes | memoryview) -> Examined:
    """Return what is wrong with an entry whose members may be anything."""
    entry = _decoded(_entry, text)
    faults = Faults()
    if type(entry) is not ENTRY.loose:
        faults.append(Fault(rules.WRONG_ITEM, (), {"owner": "log.entries", "kind": "entry"}))
        return Examined(entry, faults, usual=False)
    usual = _examine(ENTRY, entry, (), faults)
    _compare(entry, faults)
    return Examined(entry, faults, usual)


def examine_log(text: bytes) -> Examined:
    """Return what is wrong with the text of a HAR whose entries are left out; paths begin at the log."""
    log = _decoded(_log, text).log
    faults = Faults()
    if len(log.pages) > _CHECKED_PAGES and memoryview(log.pages)[0] == _ARRAY:
        faults.append(Fault(rules.PAGES_TOO_LARGE, ("pages",), {"limit": f"{_CHECKED_PAGES // MIB} MiB"}))
        log.pages = msgspec.Raw(b"[]")
    usual = _examine(LOG, log, (), faults)
    if type(log.version) is str and log.version.strip() and not _VERSION.fullmatch(log.version):
        faults.append(Fault(rules.INVALID_VERSION, ("version",), {"value": rules.shown(log.version)}))
    known: set[Any] = set()
    for number, page in enumerate(pages_of(log)):
        if type(page.pageTimings) is not msgspec.UnsetType:
            for name in ("onContentLoad", "onLoad"):
                value = getattr(page.pageTimings, name, None)
                if _is_number(value) and value < 0 and value != -1:
                    faults.append(Fault(rules.INVALID_TIMING, ("pages", number, "pageTimings", name), {"value": value}))
        if type(page.id) is str:
            if page.id in known:
                faults.append(Fault(rules.DUPLICATE_PAGE, ("pages", number, "id"), {"value": rules.shown(page.id)}))
            known.add(page.id)
    return Examined(log, faults, usual)


def pages_of(log: Any) -> list[Any]:
    """Return the pages of an examined log that are objects."""
    return [page for page in log.pages if type(page) is PAGE.loose] if type(log.pages) is list else []


def _is_checkable(text: bytes | memoryview) -> bool:
    """Return whether what would be decoded of an entry is within the limit."""
    parts = members(text) or {}
    size = sum(len(parts[one.name]) for one in ENTRY.members if one.name in parts)
    for *path, name in (("request", "postData", "text"), ("response", "content", "text")):
        inner: dict[str, msgspec.Raw] | None = parts
        for step in path:
            inner = members(inner[step]) if inner and step in inner else None
        size -= len(inner.get(name, b"")) if inner else 0
    return size <= _CHECKED_BYTES


def _decoded(decoder: Any, text: bytes | memoryview) -> Any:
    """Decode valid JSON, of which a copy is changed where the decoder cannot follow it."""
    try:
        return decoder.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        copy = bytes(text)
    copy = repair(copy) or copy
    try:
        return decoder.decode(copy)
    except RecursionError:
        copy = pruned(copy)
    except msgspec.MsgspecError:
        pass
    return decoder.decode(_NUMBER.sub(_tamed, copy))


def _tamed(token: re.Match[bytes]) -> bytes:
    """Return a number in a size that can be compared; strings as they are."""
    if token[0].startswith(b'"'):
        return token[0]
    value = float(token[0])
    return b"%g" % max(-1e300, min(1e300, value)) if abs(value) > 1e300 or len(token[0]) > 300 else token[0]


def _examine(kind: Object, value: Any, path: Path, faults: Faults) -> bool:
    """Add the faults of an object and of all in it, decode its arrays, and return whether nothing in it is odd."""
    shape = kind.shape(value)
    usual = shape.usual
    for fault in shape.faults:
        _add(faults, fault, path)
    for member in shape.dates:
        _check_date(getattr(value, member.attribute), (*path, member.name), faults)
    for member in shape.objects:
        assert member.of is not None
        usual &= _examine(member.of, getattr(value, member.attribute), (*path, member.name), faults)
    for member in kind.texts:
        text = getattr(value, member.attribute)
        if not _is_text(text):
            _add(faults, mistyped(kind, member, _OPENINGS.get(memoryview(text)[0], float)), path)
            usual = False
    for member in kind.arrays:
        usual &= _examine_array(kind, member, value, path, faults)
    return usual


def _examine_array(owner: Object, member: Any, value: Any, path: Path, faults: Faults) -> bool:
    kind: Object = member.of
    text = getattr(value, member.attribute)
    if not len(text):
        setattr(value, member.attribute, msgspec.UNSET)
        if member.required:
            _add(faults, missing(owner, member), path)
        return not member.required
    items, proved = kind.items(text)
    setattr(value, member.attribute, items)
    if proved and not kind.dates:
        return True
    if type(items) is not list:
        if member.official:
            _add(faults, mistyped(owner, member, type(items)), path)
        return False
    usual = True
    for number, item in enumerate(items):
        if proved:
            for date_member in kind.dates:
                found = getattr(item, date_member.attribute)
                if found is not msgspec.UNSET:
                    _check_date(found, (*path, member.name, number, date_member.name), faults)
        elif type(item) is kind.loose:
            usual &= _examine(kind, item, (*path, member.name, number), faults)
        else:
            usual = False
            values = {"owner": f"{owner.name}.{member.name}", "kind": kind.name}
            faults.append(Fault(rules.WRONG_ITEM, (*path, member.name, number), values))
    return usual


def _add(faults: Faults, fault: Fault, path: Path) -> None:
    faults.append(Fault(fault.rule, path + fault.path, fault.values))


def _is_text(value: msgspec.Raw) -> bool:
    """Return whether an undecoded member is a string, or absent."""
    return not len(value) or memoryview(value)[0] == _QUOTE


def _check_dates(entry: Any, faults: Faults) -> None:
    """Check the dates of an entry whose members are all of the right types."""
    _check_date(entry.startedDateTime, ("startedDateTime",), faults)
    for name, message in (("request", entry.request), ("response", entry.response)):
        for number, cookie in enumerate(message.cookies):
            if cookie.expires is not msgspec.UNSET:
                _check_date(cookie.expires, (name, "cookies", number, "expires"), faults)
    for name in ("beforeRequest", "afterRequest"):
        cached = getattr(entry.cache, name)
        if type(cached) is CACHE_ENTRY.strict:
            if cached.expires is not msgspec.UNSET:
                _check_date(cached.expires, ("cache", name, "expires"), faults)
            _check_date(cached.lastAccess, ("cache", name, "lastAccess"), faults)


def _check_date(text: str, path: Path, faults: Faults) -> None:
    if not is_date(text):
        faults.append(Fault(rules.INVALID_DATE, path, {"value": rules.shown(text)}))


def is_date(text: str) -> bool:
    """Return whether a text is a date as HAR 1.2 writes them."""
    match = _DATE.fullmatch(text)
    if match is None:
        return False
    if match[3] > "28":
        try:
            date(int(match[1]) or 2000, int(match[2]), int(match[3]))
        except ValueError:
            return False
    return True


def _is_number(value: Any) -> TypeGuard[float]:
    return type(value) is int or type(value) is float


def _compare(entry: Any, faults: Faults) -> None:
    """Add the faults of an entry's values, as far as these have the right types."""
    _compare_times(entry, faults)
    if type(entry.request) in REQUEST.structs:
        _compare_request(entry.request, faults)
    if type(entry.response) in RESPONSE.structs:
        _compare_response(entry.response, faults)


def _compare_times(entry: Any, faults: Faults) -> None:
    time, timings = entry.time, entry.timings
    complete = _is_number(time)
    if complete and time < 0:
        faults.append(Fault(rules.INVALID_TIME, ("time",), {"value": time}))
        complete = False
    if type(timings) not in TIMINGS.structs:
        return
    total = 0.0
    for name in ("send", "wait", "receive", "blocked", "dns", "connect", "ssl"):
        value = getattr(timings, name)
        if not _is_number(value):
            complete &= value is msgspec.UNSET and name in _OPTIONAL
        elif value >= 0:
            if name != "ssl":
                total += value
        elif name in _OPTIONAL:
            if value != -1:
                faults.append(Fault(rules.INVALID_TIMING, ("timings", name), {"value": value}))
        else:
            faults.append(Fault(rules.NEGATIVE_TIMING, ("timings", name), {"value": value}))
            complete = False
    if complete and abs(time - total) > _TOLERANCE:
        faults.append(Fault(rules.TIME_NOT_SUM, ("time",), {"value": time, "sum": round(total, 3)}))
    ssl, connect = timings.ssl, timings.connect
    if _is_number(ssl) and _is_number(connect) and ssl > connect >= 0:
        values = {"value": ssl, "connect": connect}
        faults.append(Fault(rules.SSL_OVER_CONNECT, ("timings", "ssl"), values))


def _compare_request(request: Any, faults: Faults) -> None:
    if type(request.url) is str and _SCHEME.match(request.url) is None:
        faults.append(Fault(rules.RELATIVE_URL, ("request", "url")))
    _check_size(request.headersSize, -1, ("request", "headersSize"), faults)
    _check_size(request.bodySize, -1, ("request", "bodySize"), faults)
    post_data = request.postData
    if type(post_data) in POST_DATA.structs:
        text, params = len(post_data.text), post_data.params
        if not text and params is msgspec.UNSET:
            faults.append(Fault(rules.POST_DATA_EMPTY, ("request", "postData")))
        elif text > _EMPTY and type(params) is list and params:
            faults.append(Fault(rules.TEXT_AND_PARAMS, ("request", "postData")))


def _compare_response(response: Any, faults: Faults) -> None:
    status = response.status
    if _is_number(status) and status != 0 and status not in _STATUSES:
        faults.append(Fault(rules.INVALID_STATUS, ("response", "status"), {"value": status}))
    _check_size(response.headersSize, -1, ("response", "headersSize"), faults)
    _check_size(response.bodySize, -1, ("response", "bodySize"), faults)
    content = response.content
    if type(content) in CONTENT.structs:
        _check_size(content.size, 0, ("response", "content", "size"), faults)
        if content.encoding == "base64" and len(content.text) and _is_text(content.text):
            _check_base64(content, faults)


def _check_size(size: Any, least: int, path: Path, faults: Faults) -> None:
    if _is_number(size) and size < least:
        faults.append(Fault(rules.INVALID_SIZE, path, {"value": size}))


def _check_base64(content: Any, faults: Faults) -> None:
    length = _decoded_length(memoryview(content.text)[1:-1])
    if length is None:
        faults.append(Fault(rules.INVALID_BASE64, ("response", "content", "text")))
    elif _is_number(content.size) and content.size >= 0 and content.size != length:
        values = {"value": content.size, "length": length}
        faults.append(Fault(rules.CONTENT_SIZE, ("response", "content", "size"), values))


def _decoded_length(text: memoryview) -> int | None:
    """Return how many bytes the inside of a JSON string is base64 of, None if of none; it may be very long."""
    digits, padding, held = 0, b"", b""
    for start in range(0, len(text), _PIECE):
        piece = held + bytes(text[start : start + _PIECE])
        held = b""
        if b"\\" in piece:
            cut = _CUT_ESCAPE.search(piece)
            if cut is not None:
                piece, held = piece[: cut.start()], cut[0]
            try:
                piece = b"".join(_text(b'"%b"' % piece).encode().split())
            except msgspec.MsgspecError:
                return None
        others = piece.translate(None, _BASE64)
        if not piece.endswith(others) or (padding and len(piece) > len(others)):
            return None
        padding += others
        digits += len(piece) - len(others)
    valid = not held and padding in _PADDING and digits % _DIGITS != 1
    return digits * 3 // _DIGITS if valid else None
