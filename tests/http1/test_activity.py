"""How far a connection has come, and when that is too little."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.http1.activity import Activity
from harlake.http1.limits import ConnectionLimits

_LIMITS = ConnectionLimits(upload=60, upload_bytes=600)


@given(st.lists(st.integers(10, 1_000), min_size=1, max_size=200))
def test_an_upload_that_brings_enough_goes_on(bytes_a_second: list[int]) -> None:
    """However unevenly it comes, as long as each second brings what is asked for on average."""
    activity = Activity(0)
    for second, count in enumerate(bytes_a_second, 1):
        activity.received += count
        assert not activity.is_slow(second, _LIMITS)


@given(st.integers(0, 9), st.integers(0, 100_000))
def test_an_upload_that_brings_too_little_is_slow(bytes_a_second: int, before: int) -> None:
    """Whatever it has brought earlier, it is over within two of the times in which it is measured."""
    activity = Activity(0)
    activity.received = before
    verdicts = []
    for second in range(1, 121):
        activity.received += bytes_a_second
        verdicts.append(activity.is_slow(second, _LIMITS))
    assert any(verdicts)
    assert not any(verdicts[:59])


@given(st.lists(st.integers(1, 1_000), min_size=1, max_size=50))
def test_an_answer_that_is_read_goes_on(steps: list[int]) -> None:
    """Each time that less is waiting to be sent, or more, the time begins anew."""
    activity = Activity(0)
    now, unsent = 0.0, 10_000
    for step in steps:
        now += 59
        unsent += step
        assert not activity.has_stopped(now, unsent, 60)
    assert not activity.has_stopped(now + 60, unsent, 60)
    assert activity.has_stopped(now + 61, unsent, 60)
