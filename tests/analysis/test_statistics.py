"""Statistics of a session, and the cache of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.analysis import statistics
from harlake.analysis.statistics import SessionStatistics, StatisticsCache, session_statistics
from harlake.analysis.summarize import summarize
from harlake.errors import BadRequestError
from harlake.query.filter_checks import truncated_urls_warning
from harlake.query.filters import Filter, parse_filter
from tests.support.folders import folder_of, import_har
from tests.support.hars import entry, har, numbered

_CACHED = 16
_LONG = entry(1).replace(b"/1?", b"/" + b"x" * 3_000 + b"?")


@pytest.fixture(scope="module")
def of_nothing() -> SessionStatistics:
    """The statistics of a session without entries."""
    with folder_of(har()) as folder:
        return SessionStatistics(summarize(folder.data_dir.index, folder.captures, Filter()), [])


@given(numbers=st.lists(st.integers(0, _CACHED + 4), max_size=80))
def test_the_cache_has_what_was_asked_for_last(of_nothing: SessionStatistics, numbers: list[int]) -> None:
    """The same objects, at most sixteen; those that were asked for least recently go first."""
    cache = StatisticsCache()
    cached: dict[int, SessionStatistics] = {}
    for number in numbers:
        key = (str(number),)
        found = cache.get(key)
        assert found is cached.pop(number, None)
        if found is None:
            found = SessionStatistics(of_nothing.statistics, [])
            cache.put(key, found)
        cached[number] = found  # as the last one
        if len(cached) > _CACHED:
            del cached[next(iter(cached))]
    assert [number for number in range(_CACHED + 5) if cache.get((str(number),))] == sorted(cached)


def test_a_seventeenth_answer_takes_the_place_of_the_oldest(of_nothing: SessionStatistics) -> None:
    """To be asked for again makes an answer younger."""
    cache = StatisticsCache()
    for number in range(_CACHED):
        cache.put((str(number),), of_nothing)
    assert cache.get(("0",)) is of_nothing
    cache.put(("16",), of_nothing)
    assert [number for number in range(_CACHED + 1) if cache.get((str(number),)) is None] == [1]


def test_the_same_is_summed_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the same captures and filter there is one object; another filter, capture or cache has its own."""
    calls: list[Any] = []

    def counted(*arguments: Any) -> Any:
        calls.append(arguments)
        return summarize(*arguments)

    monkeypatch.setattr(statistics, "summarize", counted)
    cache, one_entry = StatisticsCache(), parse_filter([("path", "/1")])
    with folder_of(numbered(3)) as folder:
        data_dir, session = folder.data_dir, folder.session.id
        first = session_statistics(data_dir, cache, session, Filter())
        assert first.statistics.totals.count == 3
        assert session_statistics(data_dir, cache, session, Filter()) is first
        filtered = session_statistics(data_dir, cache, session, one_entry)
        assert filtered.statistics.totals.count == 1
        assert session_statistics(data_dir, cache, session, parse_filter([("path", "/1")])) is filtered
        assert len(calls) == 2
        import_har(data_dir, numbered(4), folder.session)
        both = session_statistics(data_dir, cache, session, Filter())
        assert both.statistics.totals.count == 7
        again = session_statistics(data_dir, StatisticsCache(), session, Filter())
        assert again == both
        assert again is not both
        assert len(calls) == 4


def test_warnings_are_cached_and_refusals_are_not() -> None:
    """A filter of URLs that are truncated is warned of each time, one that makes no sense is refused each time."""
    cache = StatisticsCache()
    with folder_of(har(_LONG, entry(2))) as folder:
        for _ in range(2):
            warned = session_statistics(folder.data_dir, cache, folder.session.id, parse_filter([("q", "xx")]))
            assert warned.warnings == [truncated_urls_warning(1)]
            assert warned.statistics.totals.count == 1
            with pytest.raises(BadRequestError, match=r"\("):
                session_statistics(folder.data_dir, cache, folder.session.id, parse_filter([("url~", "(")]))
