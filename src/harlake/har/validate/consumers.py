"""What readers of HARs demand, each in the order in which it looks: the first thing that it would refuse.

Each is a generator that yields a refusal where the reader would give up; only the first one counts. They see what
``entry_checks`` has decoded, and speak of JavaScript: an *object* may be an array there, and a missing member is one
that is undefined.

Sources: Chrome's ``models/har/HARFormat.ts`` and ``panels/network/NetworkLogView.ts`` (DevTools 1.0.1705227), Firefox's
``netmonitor/src/har/har-importer.js``, Playwright's ``harBackend.ts`` (1.65), har-schema 2.0.0 with ajv 6.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import UNSET

from harlake.har.schema import CACHE_ENTRY, CONTENT, REQUEST, RESPONSE, ValueType
from harlake.har.validate import rules
from harlake.har.validate.entry_checks import CheckResult
from harlake.har.validate.javascript import casts_to_date, casts_to_number, is_true
from harlake.har.validate.rules import Path, Violation

#: The longest string of V8 (Chrome, Node.js) and of SpiderMonkey (Firefox), in UTF-16 code units.
_V8_STRING: Final = 0x1FFFFFE8
_SPIDERMONKEY_STRING: Final = (1 << 30) - 2

_NULL_OR_UNDEFINED: Final = (None, UNSET)


class Refusal(NamedTuple):
    """Why a reader would refuse a value, and where in it."""

    path: Path
    reason: str


Requirements = Callable[[CheckResult], Iterator[Refusal]]


@dataclass(frozen=True, slots=True)
class Profile:
    """A reader: what it demands of the log and of an entry, and how many UTF-16 code units it can read."""

    name: str
    log: Requirements
    entry: Requirements
    longest: int | None = None
    #: Whether what it demands of an entry without strange dates and numbers is a question of types.
    asks_types: bool = False
    #: Whether it takes a byte order mark for a part of the text.
    refuses_mark: bool = False


def _spec(result: CheckResult) -> Iterator[Refusal]:
    return (Refusal(one.path, one.message) for one in result.violations if one.rule.severity == "error")


# --- Chrome ----------------------------------------------------------------------------------------------------------


def _chrome_log(result: CheckResult) -> Iterator[Refusal]:
    log = result.value
    yield from _object(log.creator, ("creator",))
    if is_true(log.browser):
        yield from _object(log.browser, ("browser",))
    for number, page in enumerate(log.pages if type(log.pages) is list else ()):
        path: Path = ("pages", number)
        yield from _object(page, path)
        yield from _date(page, "startedDateTime", path)
        yield from _object(_get(page, "pageTimings"), (*path, "pageTimings"))
        yield from _numbers(_get(page, "pageTimings"), (*path, "pageTimings"), (), ("onContentLoad", "onLoad"))


def _chrome_entry(result: CheckResult) -> Iterator[Refusal]:
    entry = result.value
    yield from _object(entry, ())
    yield from _date(entry, "startedDateTime", ())
    yield from _numbers(entry, (), ("time",))
    request, response, timings = _get(entry, "request"), _get(entry, "response"), _get(entry, "timings")
    yield from _object(request, ("request",))
    yield from _chrome_items(request, ("request",), "cookies", "headers", "queryString")
    post_data = _get(request, "postData")
    if is_true(post_data):
        yield from _object(post_data, ("request", "postData"))
        yield from _chrome_items(post_data, ("request", "postData"), "params")
    yield from _numbers(request, ("request",), ("headersSize", "bodySize"))
    yield from _object(response, ("response",))
    yield from _numbers(response, ("response",), ("status",))
    yield from _chrome_items(response, ("response",), "cookies", "headers")
    content = _get(response, "content")
    yield from _object(content, ("response", "content"))
    yield from _numbers(content, ("response", "content"), ("size",), ("compression",))
    yield from _numbers(response, ("response",), ("headersSize", "bodySize"), ("_transferSize",))
    yield from _object(timings, ("timings",))
    yield from _numbers(timings, ("timings",), (), ("blocked", "dns", "connect"))
    yield from _numbers(timings, ("timings",), ("send", "wait", "receive"), ("ssl",))
    yield from _numbers(timings, ("timings",), (), ("_blocked_queueing", "_blocked_proxy"))
    initiator = _get(entry, "initiator")
    if initiator is None:
        yield Refusal(("_initiator",), "_initiator is null")
    yield from _numbers(initiator, ("_initiator",), (), ("lineNumber",))


def _chrome_items(owner: Any, path: Path, *names: str) -> Iterator[Refusal]:
    for name in names:
        items = _get(owner, name)
        for number, item in enumerate(items if type(items) is list else ()):
            inner = (*path, name, number)
            yield from _object(item, inner)
            if is_true(_get(item, "expires")):
                yield from _date(item, "expires", inner)


def _object(value: Any, path: Path) -> Iterator[Refusal]:
    if isinstance(value, (str, int, float)) or value in _NULL_OR_UNDEFINED:
        name = path[-1] if path else "the entry"
        yield Refusal(path, f"{name} is missing" if value is UNSET else f"{name} is no object")


def _numbers(owner: Any, path: Path, needed: tuple[str, ...], others: tuple[str, ...] = ()) -> Iterator[Refusal]:
    for name in needed + others:
        value = _get(owner, name.lstrip("_"))
        if value is UNSET:
            if name in needed:
                yield Refusal((*path, name), f"{name} is missing")
        elif not casts_to_number(value):
            yield Refusal((*path, name), f"{name} cannot be cast to a number")


def _date(owner: Any, name: str, path: Path) -> Iterator[Refusal]:
    value = _get(owner, name)
    if not casts_to_date(value):
        yield Refusal((*path, name), f"{name} is missing" if value is UNSET else f"{name} is no date")


def _get(owner: Any, name: str) -> Any:
    """Return a member, UNSET where it is undefined."""
    return getattr(owner, name, UNSET) if isinstance(owner, msgspec.Struct) else UNSET


# --- Firefox ---------------------------------------------------------------------------------------------------------


def _firefox_log(result: CheckResult) -> Iterator[Refusal]:
    pages = result.value.pages
    if type(pages) is not list:
        yield Refusal(("pages",), "pages is missing" if pages is UNSET else "pages is no array")
    for number, page in enumerate(pages):
        if page is None:
            yield Refusal(("pages", number), "the page is null")


def _firefox_entry(result: CheckResult) -> Iterator[Refusal]:
    entry = result.value
    yield from _not_null(entry, ())
    yield from _not_null(_get(entry, "request"), ("request",))
    response = _get(entry, "response")
    yield from _not_null(response, ("response",))
    yield from _not_null(_get(response, "content"), ("response", "content"))
    yield from _not_null(_get(entry, "timings"), ("timings",))
    yield from _not_null(_get(entry, "cache"), ("cache",))


def _not_null(value: Any, path: Path) -> Iterator[Refusal]:
    if value in _NULL_OR_UNDEFINED:
        name = path[-1] if path else "the entry"
        yield Refusal(path, f"{name} is missing" if value is UNSET else f"{name} is null")


# --- Playwright ------------------------------------------------------------------------------------------------------


def _takes_any(_: CheckResult) -> Iterator[Refusal]:
    return iter(())


def _playwright_entry(result: CheckResult) -> Iterator[Refusal]:
    """Refuse what makes all look-ups fail, and what makes the look-up of this entry fail."""
    entry = result.value
    yield from _not_null(entry, ())
    yield from _not_null(_get(entry, "request"), ("request",))
    response = _get(entry, "response")
    yield from _not_null(response, ("response",))
    headers = _get(response, "headers")
    if type(headers) is not list:
        yield Refusal(("response", "headers"), "headers is missing" if headers is UNSET else "headers is no array")
    for number, header in enumerate(headers):
        for name in ("name", "value"):
            value = _get(header, name)
            if type(value) is not str:
                path = ("response", "headers", number, name)
                yield Refusal(path, f"{name} is missing" if value is UNSET else f"{name} is no string")
    yield from _not_null(_get(response, "content"), ("response", "content"))
    status = _get(response, "status")
    if type(status) is not int and not (type(status) is float and status.is_integer()):
        reason = "status is missing" if status is UNSET else "status is no integer"
        yield Refusal(("response", "status"), reason)


# --- har-validator ---------------------------------------------------------------------------------------------------

#: ajv's "fast" formats, and har-schema's own patterns, which have no end.
_AJV_DATE: Final = re.compile(
    r"\d\d\d\d-[0-1]\d-[0-3]\d[tT\s](?:[0-2]\d:[0-5]\d:[0-5]\d|23:59:60)(?:\.\d+)?(?:[zZ]|[+-]\d\d(?::?\d\d)?)",
    re.ASCII,
)
_OWN_DATE: Final = re.compile(r"\d{4}-?\d\d-?\d\dT?\d\d:?\d\d:?\d\d(?:\.\d+)?(Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
_URI: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:[^\s\ufeff]*")
_IPV4: Final = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|[01]?\d\d?)\.){3}(?:25[0-5]|2[0-4]\d|[01]?\d\d?)", re.ASCII)
_IPV6: Final = re.compile(r"\s*+([0-9a-f:.]++)(?:%.++)?\s*+", re.IGNORECASE)
#: Characters of what is remembered: an address has 45, what stands in its place may have any number.
_MAX_REMEMBERED: Final = 64

#: Members that must be integers, and the paths to their objects.
_INTEGERS: Final[tuple[tuple[Path, tuple[str, ...]], ...]] = tuple(
    (path, tuple(member.name for member in object_type.members if member.type is ValueType.INTEGER))
    for path, object_type in (
        (("request",), REQUEST),
        (("response",), RESPONSE),
        (("response", "content"), CONTENT),
        (("cache", "beforeRequest"), CACHE_ENTRY),
        (("cache", "afterRequest"), CACHE_ENTRY),
    )
)

#: Those that each entry has whose types are right.
_integers_of: Final = attrgetter(
    *(".".join(map(str, (*path, name))) for path, names in _INTEGERS[:3] for name in names)
)


def _schema_log(result: CheckResult) -> Iterator[Refusal]:
    return (Refusal(one.path, one.message) for one in result.violations if _breaks_schema(one, result.value))


def may_be_refused(result: CheckResult) -> bool:
    """Return whether a reader other than har-validator may object to an entry: none does to mere warnings."""
    return not result.regular or result.violations.matter


def is_told_by_types(result: CheckResult) -> bool:
    """Return whether an entry of the same types gets the same verdict of those profiles that ask for types."""
    if result.shape is None or any(one.rule is rules.INVALID_DATE for one in result.violations):
        return False
    status = value_at(result.value, ("response", "status"))
    return type(status) is not float and all(getattr(types, "tells_all", True) for types in result.shape)


def passes_har_schema(result: CheckResult) -> bool:
    """Return whether har-validator takes an entry."""
    if not result.regular:
        return next(_schema_entry(result), None) is None
    entry = result.value
    if result.violations.matter or entry.cache.beforeRequest or entry.cache.afterRequest:
        return next(_schema_entry(result), None) is None
    if any(type(value) is float and not value.is_integer() for value in _integers_of(entry)):
        return False
    address = entry.serverIPAddress
    return _URI.fullmatch(entry.request.url) is not None and (address is UNSET or _is_address(address))


def _schema_entry(result: CheckResult) -> Iterator[Refusal]:
    yield from _schema_log(result)
    entry = result.value
    for path, names in _INTEGERS:
        owner = value_at(entry, path)
        for name in names:
            value = getattr(owner, name, UNSET)
            if type(value) is float and not value.is_integer():
                yield Refusal((*path, name), f"{name} is no integer")
    url = value_at(entry, ("request", "url"))
    if type(url) is str and _URI.fullmatch(url) is None:
        yield Refusal(("request", "url"), "url is no URI")
    address = _get(entry, "serverIPAddress")
    if type(address) is str and not _is_address(address):
        yield Refusal(("serverIPAddress",), "serverIPAddress is no IP address")


def _breaks_schema(violation: Violation, root: Any) -> bool:
    """Return whether har-schema, too, forbids what breaks a rule of HAR 1.2."""
    path = violation.path
    if "params" in path[:-1]:
        return False
    if violation.rule is rules.WRONG_ITEM:
        return True
    if violation.rule is rules.WRONG_TYPE:
        if path in (("cache",), ("timings",)):
            return False
        return not (path[-1:] == ("expires",) and "cookies" in path and value_at(root, path) is None)
    if violation.rule is rules.INVALID_DATE:
        text = value_at(root, path)
        own = _OWN_DATE.match(text)
        if "cache" in path:
            return own is None
        return _AJV_DATE.fullmatch(text) is None or ("cookies" not in path and (own is None or own[1] is None))
    return violation.rule is rules.MISSING_MEMBER


def _is_address(text: str) -> bool:
    """Return whether a text is an IP address; the last short ones are remembered, as most entries have the same few."""
    return _remembered(text) if len(text) <= _MAX_REMEMBERED else _matches_address(text)


def _matches_address(text: str) -> bool:
    if _IPV4.fullmatch(text):
        return True
    match = _IPV6.fullmatch(text)
    return match is not None and _is_ipv6(match[1])


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


_remembered: Final = lru_cache(1024)(_matches_address)


def value_at(value: Any, path: Path) -> Any:
    """Return the value that a path leads to, UNSET where there is none."""
    for step in path:
        value = value[step] if isinstance(step, int) else _get(value, step.lstrip("_"))
    return value


PROFILES: Final = (
    Profile("spec", _spec, _spec),
    Profile("chrome", _chrome_log, _chrome_entry, _V8_STRING, asks_types=True),
    Profile("firefox", _firefox_log, _firefox_entry, _SPIDERMONKEY_STRING, asks_types=True),
    Profile("playwright", _takes_any, _playwright_entry, _V8_STRING, asks_types=True, refuses_mark=True),
    Profile("harValidator", _schema_log, _schema_entry, _V8_STRING),
)
