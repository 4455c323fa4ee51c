"""Timestamps: as HARs write them, and as the catalog keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from harlake.store.timestamps import ISO_FORMAT, from_microseconds, iso_text, to_microseconds, utc_now

_zones = st.integers(-23, 23).map(lambda hours: timezone(timedelta(hours=hours)))
_times = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1), timezones=_zones)


@given(_times)
def test_timestamps_are_iso_8601_in_milliseconds(moment: datetime) -> None:
    """The text, of Python and of DuckDB, is what Python reads as the same time, to the millisecond."""
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        text = database.execute(f"SELECT strftime(?::TIMESTAMPTZ, {ISO_FORMAT})", [moment]).fetchall()[0][0]
    assert text == iso_text(moment)
    assert datetime.fromisoformat(text) == moment - timedelta(microseconds=moment.microsecond % 1000)
    assert text.endswith("Z")


@given(_times)
def test_microseconds_are_exact(moment: datetime) -> None:
    """In whatever zone the time was; what comes back is in UTC, and is what DuckDB makes of the number."""
    microseconds = to_microseconds(moment)
    again = from_microseconds(microseconds)
    assert (again, again.tzinfo) == (moment, UTC)
    with duckdb.connect() as database:
        found = database.execute(
            "SELECT epoch_us(?::TIMESTAMPTZ), epoch_us(make_timestamptz(?))", [moment, microseconds]
        )
        assert found.fetchall() == [(microseconds, microseconds)]


def test_now_has_its_zone() -> None:
    """It can be compared with what the catalog has."""
    assert utc_now().utcoffset() == timedelta(0)
    assert abs(utc_now() - datetime.now(UTC)) < timedelta(seconds=10)
