"""The parts of a date as V8 collects them: up to three numbers and a month's name, a time, a time zone.

Source: the composers of V8's ``src/date/dateparser.h``, and ``MakeDay`` of ``src/objects/js-date.cc``.
"""

from __future__ import annotations

from typing import Final

from harlake.har.validate.v8_date_tokens import DateToken

_NUMBERS: Final = 3
_TIMES: Final = 4
#: Years of two digits are of this century up to here, and then of the last one.
_THIS_CENTURY: Final = 49
_TWO_DIGITS: Final = 99
_LARGEST_YEAR: Final = 1_000_000
#: The largest small integer of Chrome's V8, in which the seconds of a time zone must be.
_SMALL_INTEGER: Final = (1 << 30) - 1
_UNSIGNED: Final = 1 << 32
_LARGEST: Final = (24, 59, 59, 999)


class DateNumbers:
    """Year, month and day."""

    def __init__(self) -> None:
        self.is_iso = False
        self.named_month: int | None = None
        self._numbers: list[int] = []

    @property
    def is_empty(self) -> bool:
        """Whether no number is known."""
        return not self._numbers

    def add(self, number: int) -> bool:
        """Add a number, and return whether there was room for it."""
        self._numbers.append(number)
        return len(self._numbers) <= _NUMBERS

    def days(self) -> int | None:
        """Return the days since 1970, None if there is no such day. There is a day 31 in each month."""
        if self.is_empty:
            return None
        first, second, third = (*self._numbers, 1, 1)[:_NUMBERS]
        if self.named_month is not None:
            year, month, day = (
                (second, self.named_month, first) if _is_day(first) else (first, self.named_month, second)
            )
        elif self.is_iso or not _is_day(first):
            year, month, day = first, second, third
        else:
            year, month, day = third, first, second
        if not self.is_iso and 0 <= year <= _TWO_DIGITS:
            year += 2000 if year <= _THIS_CENTURY else 1900
        if not (1 <= month <= 12 and _is_day(day)) or abs(year) > _LARGEST_YEAR:
            return None
        # Years that begin in March, so that the day of a leap year is their last.
        years, month = (year, month - 3) if month > 2 else (year - 1, month + 9)
        return years * 365 + years // 4 - years // 100 + years // 400 + (153 * month + 2) // 5 + day - 1 - 719_468


class TimeNumbers:
    """Hour, minute, second and millisecond."""

    def __init__(self) -> None:
        #: The hours that AM or PM add.
        self.hour_offset: int | None = None
        self._numbers: list[int] = []

    @property
    def is_empty(self) -> bool:
        """Whether no number is known."""
        return not self._numbers

    def expects(self, number: int) -> bool:
        """Return whether a number may be what comes next, if there is an hour."""
        known = len(self._numbers)
        return 0 < known < _TIMES and number <= _LARGEST[known]

    def add(self, number: int) -> bool:
        """Add a number, and return whether there was room for it."""
        if len(self._numbers) == _TIMES:
            return False
        self._numbers.append(number)
        return True

    def add_last(self, number: int) -> None:
        """Add a number behind which there is none."""
        self.add(number)
        self._numbers += [0] * (_TIMES - len(self._numbers))

    def milliseconds(self) -> int | None:
        """Return the milliseconds since midnight, None if there is no such time."""
        hour, minute, second, millisecond = (*self._numbers, 0, 0, 0, 0)[:_TIMES]
        if self.hour_offset is not None:
            if hour > 12:
                return None
            hour = hour % 12 + self.hour_offset
        time = ((hour * 60 + minute) * 60 + second) * 1000 + millisecond
        fits = all(part <= largest for part, largest in zip((hour, minute, second, millisecond), _LARGEST, strict=True))
        return time if fits and time <= 86_400_000 else None


class TimeZone:
    """A sign, hours and minutes."""

    def __init__(self) -> None:
        self.hour: int | None = None
        self.minute: int | None = None
        self._sign = 0

    @property
    def is_utc(self) -> bool:
        """Whether it is known, and no other than UTC."""
        return self.hour == 0 and self.minute == 0

    def expects(self, number: int) -> bool:
        """Return whether a number may be its minutes."""
        return self.hour is not None and self.minute is None and number <= _LARGEST[1]

    def set_hours(self, hours: int) -> None:
        """Set how many hours it is ahead of UTC."""
        self._sign = -1 if hours < 0 else 1
        self.hour, self.minute = abs(hours), 0

    def set_sign(self, sign: DateToken) -> None:
        """Set whether it is ahead of UTC or behind it."""
        self._sign = -1 if sign.text == "-" else 1

    def milliseconds(self) -> int | None:
        """Return the milliseconds that it is ahead of UTC, None if there is no such zone."""
        seconds = ((self.hour or 0) * 3600 + (self.minute or 0) * 60) % _UNSIGNED
        return self._sign * seconds * 1000 if seconds <= _SMALL_INTEGER else None


def _is_day(number: int) -> bool:
    return 1 <= number <= 31
