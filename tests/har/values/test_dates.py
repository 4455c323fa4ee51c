"""Tests of dates in the spellings that programs write."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.values.dates import CERTAIN_IN_SQL, date, instant

_TEN = datetime(2024, 5, 1, 10, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "spelling",
    [
        *("2024-05-01T10:00:00Z", "2024-05-01T12:00:00+02:00", "2024-05-01T12:00:00.000+0200", "2024-05-01T10:00:00"),
        *("2024-05-01 10:00:00", "2024-05-01 10:00:00.000 UTC", "2024-05-01 12:00:00 +0200", "2024-05-01T10:00Z"),
        *("2024-05-01T10:00:00.000000000Z", "2024-05-01T10:00:00,000Z", "20240501T100000Z", "20240501100000"),
        *("2024-05-01T12:00:00+02:00[Europe/Berlin]", "2024-05-01 12:00:00.000000001 +0200 CEST m=+0.000012"),
        *("Wed, 01 May 2024 10:00:00 GMT", "Wed, 1 May 2024 12:00:00 +0200", "Wednesday, 01-May-24 10:00:00 GMT"),
        *("Wed May  1 10:00:00 2024", "Wed May 01 12:00:00 CEST 2024", "Wed May 01 10:00:00 UTC 2024"),
        *(
            "Wed May 01 2024 12:00:00 GMT+0200 (Central European Summer Time)",
            "1 May 2024 10:00",
            "May 1, 2024 10:00:00",
        ),
        *(
            "5/1/2024, 10:00:00 AM",
            "5/1/2024 10:00",
            "01.05.2024 10:00:00",
            "1.5.2024, 10:00:00",
            "2024/05/01 10:00:00",
        ),
        *("May 1, 2024, 10:00:00 AM", "2024-5-1 10:00:00", "1714557600", "1714557600000", "1714557600.000"),
        *(
            "1714557600000000",
            "1714557600000000000",
            "/Date(1714557600000)/",
            " 2024-05-01T10:00:00Z ",
            "+002024-05-01T10:00:00Z",
        ),
        *(1714557600, 1714557600000, 1714557600.0, 1714557600000.0, 1714557600000000),
    ],
)
def test_all_spellings_are_one_point_in_time(spelling: object) -> None:
    """A date means the same in any spelling."""
    assert instant(spelling) == _TEN


@pytest.mark.parametrize(
    ("spelling", "when"),
    [
        ("5/1/2024, 12:30:00 AM", datetime(2024, 5, 1, 0, 30, tzinfo=UTC)),
        ("5/1/2024, 12:30:00 PM", datetime(2024, 5, 1, 12, 30, tzinfo=UTC)),
        ("13/05/2024 10:00:00", datetime(2024, 5, 13, 10, tzinfo=UTC)),
        ("2024-05-01", datetime(2024, 5, 1, tzinfo=UTC)),
        ("20240501", datetime(2024, 5, 1, tzinfo=UTC)),
        ("2024-05-01T10:00:00.123456789Z", datetime(2024, 5, 1, 10, 0, 0, 123456, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-1, datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_parts_of_a_date_are_read_as_they_are_meant(spelling: object, when: datetime) -> None:
    """Halves of a day, order of day and month, fractions."""
    assert instant(spelling) == when


@pytest.mark.parametrize(
    "spelling",
    [
        *("", "yesterday", "soon 2024", "2024-13-01T10:00:00Z", "2024-02-30", "31/31/2024", "32 Jan 2024", "10:00:00"),
        *(
            "NaN",
            "infinity",
            "epoch",
            "5/1/2024, 13:00:00 PM",
            "1e400",
            "9" * 400,
            "0000-00-00 00:00:00",
            None,
            True,
            [],
            {},
        ),
        *(
            1e300,
            float("inf"),
            10**30,
            "2024-05-01T25:00:00Z",
            "Wed May 01 10:00:00 XYZT 2024",
            "2024-05-01 2024-05-02",
        ),
    ],
)
def test_what_is_no_date_means_none(spelling: object) -> None:
    """Nothing is made up."""
    assert instant(spelling) is None


@pytest.mark.parametrize(
    ("value", "means"),
    [
        (b'"2024-05-01T10:00:00Z"', b'"2024-05-01T10:00:00Z"'),
        (b'"2024-05-01T12:00:00+0200"', b'"2024-05-01T12:00:00+0200"'),
        (b'"2024-05-01 10:00"', b'"2024-05-01T10:00:00Z"'),
        (b"1714557600000", b'"2024-05-01T10:00:00Z"'),
        (b'{"type":"string","value":"2024-05-01 10:00"}', b'"2024-05-01T10:00:00Z"'),
        (b'{"type":"date","value":"2024-05-01T10:00:00Z"}', b'"2024-05-01T10:00:00Z"'),
        (b'{"$date":{"$numberLong":"1714557600000"}}', b'"2024-05-01T10:00:00Z"'),
        (b'["2024-05-01T10:00:00Z"]', b'"2024-05-01T10:00:00Z"'),
        (b"true", None),
        (b"null", None),
        (b"{}", None),
    ],
)
def test_a_value_means_a_date(value: bytes, means: bytes | None) -> None:
    """Dates that all readers take are kept, others are written so."""
    assert date(value) == means


@given(st.text(alphabet="0123456789-/:.,T ZGMTapmMayUC+", max_size=40) | st.text(max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    """No text is an error."""
    assert instant(text) is None or isinstance(instant(text), datetime)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)))
def test_what_sql_reads_is_what_is_read(when: datetime) -> None:
    """Dates that SQL is left to read mean what they say: all but those that not every year has."""
    text = when.isoformat()
    assert (re.search(CERTAIN_IN_SQL, text) is None) == ((when.month, when.day) == (2, 29))
    assert instant(text) == when
