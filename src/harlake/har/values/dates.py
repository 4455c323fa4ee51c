"""Points in time, in any of the spellings that programs write.

Rules:

* Without a zone, it is UTC.
* A number counts seconds, milliseconds, microseconds or nanoseconds since 1970, whichever is no further from today.
* ``05/06/2024`` is the 6th of May, as JavaScript reads it, ``13/06/2024`` and ``05.06.2024`` have the day first.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import msgspec

from harlake.har.raw_json import decoded, is_string
from harlake.har.values.numbers import number
from harlake.har.values.texts import text_of

_encode: Final = msgspec.json.encode

#: ISO 8601 as every reader takes it; days are only checked where a pattern can.
_CLOCK: Final = r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])\Z"
_WRITTEN: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}" + _CLOCK)
_DAYS: Final = (
    r"^(?:19|20)[0-9]{2}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
#: Texts that every reader takes for the same point in time.
CERTAIN_DATE: Final = _DAYS + _CLOCK
#: Those of them that SQL takes for it, too, to the microsecond.
CERTAIN_IN_SQL: Final = (
    _DAYS + r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])$"
)

#: Characters of the longest spelling, with the name of a zone.
_MAX_LENGTH: Final = 120

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Below the first number, one counts seconds (to the year 5138), and so on.
_UNITS: Final = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3))

_NET: Final = re.compile(r"/?Date\((-?\d{1,20})(?:[+-]\d{4})?\)/?", re.ASCII)
_COUNTED: Final = re.compile(r"-?\d{1,20}(?:\.\d{0,20})?", re.ASCII)
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(?:(\d\d)(\d{3})?)?)?", re.ASCII)
#: Remarks: the name of a zone in brackets, and Go's monotonic clock.
_REMARK: Final = re.compile(r"\[[^\]]*\]|\([^)]*\)|\bm=[+-][0-9.]+\Z")

_TIME: Final = re.compile(
    r"(?:(?<=[T\s,])|(?<=\d\d[:-])|^)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:\s*([AaPp])\.?[Mm]\.?)?(?![\d:])",
    re.ASCII,
)
_OFFSET: Final = re.compile(r"(?:\b(?:GMT|UTC|UT)|(?<=[\s\d]))\s*([+-])(\d\d):?(\d\d)?(?=\s|\Z)", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z]+")
_YEAR_FIRST: Final = re.compile(r"(?<!\d)([+-]?0{0,2}\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)", re.ASCII)
_YEAR_LAST: Final = re.compile(r"(?<!\d)(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)", re.ASCII)
_NUMBERS: Final = re.compile(r"\d+", re.ASCII)
_REST: Final = re.compile(r"[\s,T-]*", re.ASCII)

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            *("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august"),
            *("sep sept september", "oct october", "nov november", "dec december"),
        ),
        1,
    )
    for name in names.split()
}
_WEEKDAYS: Final = frozenset(
    (
        *("mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"),
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    )
)
#: Names of zones, by the hours that they are ahead of UTC.
_NAMED_ZONES: Final = (
    *((0.0, ("z", "utc", "gmt", "ut", "wet")), (1.0, ("cet", "mez", "bst", "west")), (2.0, ("cest", "mesz", "eet"))),
    *((3.0, ("eest", "msk")), (5.5, ("ist",)), (9.0, ("jst", "kst")), (10.0, ("aest",)), (11.0, ("aedt",))),
    *((12.0, ("nzst",)), (13.0, ("nzdt",)), (-4.0, ("edt",)), (-5.0, ("est", "cdt")), (-6.0, ("cst", "mdt"))),
    *((-7.0, ("mst", "pdt")), (-8.0, ("pst",))),
)
_ZONES: Final = {name: hours for hours, names in _NAMED_ZONES for name in names}


def date(value: bytes) -> bytes | None:
    """Return the date of ISO 8601, with a zone, that a value means, the very value where it is one."""
    found = text_of(value) if number(value) is None or is_string(value) else number(value)
    given = None if found is None else decoded(bytes(found))
    when = instant(given)
    if when is None:
        return None
    if is_string(value) and _WRITTEN.match(str(given)):
        return value
    return _encode(when.isoformat().replace("+00:00", "Z"))


def instant(given: object) -> datetime | None:
    """Return the point in time that a decoded value means, in UTC; None where it means none."""
    try:
        if isinstance(given, int | float) and not isinstance(given, bool):
            return _counted(given)
        if not isinstance(given, str) or len(given) > _MAX_LENGTH:
            return None
        when = _read(given.strip())
        return None if when is None else (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _counted(since_1970: float) -> datetime:
    scale = next((scale for limit, scale in _UNITS if abs(since_1970) < limit), 1.0)
    whole = int(since_1970)
    return _EPOCH + timedelta(microseconds=whole * scale + round((since_1970 - whole) * scale))


def _read(given: str) -> datetime | None:
    if net := _NET.fullmatch(given):
        return _EPOCH + timedelta(milliseconds=int(net[1]))
    if compact := _COMPACT.fullmatch(given):  # before numbers: those have 10, 13, 16 or 19 digits
        year, month, day, hour, minute, second, thousandths = (int(part or 0) for part in compact.groups())
        return datetime(year, month, day, hour, minute, second, thousandths * 1000)
    if _COUNTED.fullmatch(given):
        return _counted(float(given) if "." in given else int(given))
    try:
        return datetime.fromisoformat(given)
    except ValueError:
        return _of_parts(_REMARK.sub(" ", given).strip())


def _of_parts(given: str) -> datetime | None:
    """Return the point in time that a text says whose parts may be in any order; each may be there once."""
    day, rest = _day(given)
    hour = minute = second = micro = 0
    if time := _TIME.search(rest):
        rest = f"{rest[: time.start()]} {rest[time.end() :]}"
        hour, minute, second = int(time[1]), int(time[2]), int(time[3] or 0)
        micro = int((time[4] or "0").ljust(6, "0")[:6])
        if half := (time[5] or "").lower():
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + 12 * (half == "p")
    zone: timezone | None = None
    if offset := _OFFSET.search(rest):
        rest = f"{rest[: offset.start()]} {rest[offset.end() :]}"
        minutes = int(offset[2]) * 60 + int(offset[3] or 0)
        zone = timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    month: int | None = None
    for word in map(str.lower, _WORD.findall(rest)):
        if word in _MONTHS and month is None:
            month = _MONTHS[word]
        elif word in _ZONES:
            zone = zone or timezone(timedelta(hours=_ZONES[word]))
        elif word not in _WEEKDAYS and word not in ("t", "at"):
            return None
    rest = _WORD.sub(" ", rest)
    if day is None:
        numbers = _NUMBERS.findall(rest)
        rest = _NUMBERS.sub(" ", rest)
        if month is None or len(numbers) != 2:
            return None
        first, last = sorted(numbers, key=len)  # the year is the longer one, or the latter
        day = _year(last), month, int(first)
    return datetime(*day, hour, minute, second, micro, zone) if _REST.fullmatch(rest.replace(".", "")) else None


def _day(given: str) -> tuple[tuple[int, int, int] | None, str]:
    """Return the day that numbers say, and the rest of a text."""
    if match := _YEAR_FIRST.search(given):
        day = int(match[1]), int(match[2]), int(match[3])
    elif match := _YEAR_LAST.search(given):
        first, last = int(match[1]), int(match[3])
        is_day_first = match[2] == "." or first > 12
        day = (int(match[4]), last, first) if is_day_first else (int(match[4]), first, last)
    else:
        return None, given
    return day, f"{given[: match.start()]} {given[match.end() :]}"


def _year(digits: str) -> int:
    """Return a year, which may have two digits, as in RFC 850."""
    year = int(digits)
    return year if len(digits) > 2 else year + (1900 if year >= 70 else 2000)
