"""The axis of a histogram: about sixty buckets, and each time in one of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis.histogram import TimeAxis, TimeSpan, bucket_width


@given(st.integers(0, 2**62))
def test_histograms_have_about_sixty_buckets(span: int) -> None:
    """Intervals are wide enough for sixty, and not much wider."""
    width = bucket_width(span)
    assert span / width <= 60
    assert width <= 1 or span / width >= 20


@given(st.integers(-(2**60), 2**60), st.integers(0, 2**60), st.integers(0, 100))
def test_each_time_is_in_a_bucket(first: int, length: int, percent: int) -> None:
    """The first and the last time are in the first and the last bucket, and all others between."""
    axis = TimeSpan("", "", first, first + length).axis()
    assert first // axis.width == axis.first
    assert (first + length) // axis.width == axis.first + axis.count - 1
    assert 0 <= (first + length * percent // 100) // axis.width - axis.first < axis.count
    assert axis.count <= 62


def test_no_time_has_no_bucket() -> None:
    """Where nothing is known of times, there are no buckets."""
    assert TimeSpan(None, None, None, None).axis() == TimeAxis(1, 0, 0)
