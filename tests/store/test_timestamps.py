"""Timestamps as HARs write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from harlake.store.timestamps import ISO_FORMAT, utc_now


@given(st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_timestamps_are_iso_8601_in_milliseconds(moment: datetime) -> None:
    """DuckDB's text is what Python reads as the same time, to the millisecond."""
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        text = database.execute(f"SELECT strftime(?::TIMESTAMPTZ, {ISO_FORMAT})", [moment]).fetchall()[0][0]
    assert datetime.fromisoformat(text) == moment - timedelta(microseconds=moment.microsecond % 1000)
    assert text.endswith("Z")


def test_now_has_its_zone() -> None:
    """It can be compared with what the catalog has."""
    assert utc_now().utcoffset() == timedelta(0)
    assert abs(utc_now() - datetime.now(UTC)) < timedelta(seconds=10)
