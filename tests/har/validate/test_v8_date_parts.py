"""The parts of dates, against Python's calendar."""

from __future__ import annotations

from datetime import date, time

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.validate.v8_date_parts import DateNumbers, TimeNumbers, TimeZone


@given(st.dates(min_value=date(100, 1, 1)))
def test_days_are_counted_from_1970(day: date) -> None:
    """A date is as many days from 1970 as the calendar says."""
    numbers = DateNumbers()
    assert numbers.is_empty
    assert all(map(numbers.add, (day.year, day.month, day.day)))
    assert not numbers.add(1)
    numbers = DateNumbers()
    numbers.is_iso = True
    for number in (day.year, day.month, day.day):
        numbers.add(number)
    assert numbers.days() == (day - date(1970, 1, 1)).days


@given(st.times())
def test_times_are_counted_from_midnight(moment: time) -> None:
    """A time has as many milliseconds as its numbers say; one that there is not has none."""
    numbers = TimeNumbers()
    for number in (moment.hour, moment.minute, moment.second, moment.microsecond // 1000):
        numbers.add(number)
    seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
    assert numbers.milliseconds() == seconds * 1000 + moment.microsecond // 1000
    numbers.hour_offset = 12
    assert (numbers.milliseconds() is None) is (moment.hour > 12)


def test_time_zones_have_a_sign() -> None:
    """Zones behind UTC are negative; minutes are expected where hours are known."""
    zone = TimeZone()
    assert zone.milliseconds() == 0
    zone.set_hours(-5)
    assert zone.milliseconds() == -5 * 3_600_000
    zone.minute = None
    assert zone.expects(30)
    assert not zone.expects(60)
    zone.set_hours(0)
    assert zone.is_utc
