"""Two sessions, compared: what is warned of, and what is refused."""

from __future__ import annotations

import pytest

from harlake.analysis.diff import diff_sessions
from harlake.analysis.endpoints import Thresholds
from harlake.errors import BadRequestError
from harlake.query.filter_checks import truncated_urls_warning
from harlake.query.filters import Filter, parse_filter
from tests.support.folders import folder_of, import_har
from tests.support.hars import entry, har

_LONG = entry(1).replace(b"/1?", b"/" + b"x" * 3_000 + b"?")
_COMPARED = "of 1 URLs, the first 1,024 bytes only are compared"


def test_sessions_are_compared_capture_by_capture() -> None:
    """All captures of both count, those that a filter leaves; lists end at the limit, counts do not."""
    with folder_of(har(entry(1)), har(entry(2, b',"comment":"again"'))) as folder:
        data_dir = folder.data_dir
        named = [entry(1).replace(b"/1?", b"/%b?" % name) for name in (b"b", b"a", b"c")]
        other = import_har(data_dir, har(*named))
        diff = diff_sessions(data_dir, folder.session, other, Filter(), Thresholds(), 2)
        assert diff.warnings == []
        counts = diff.differences.counts
        assert (counts.added, counts.removed, counts.changed, counts.same) == (3, 1, 0, 0)
        assert [endpoint.url.partition("?")[0][-2:] for endpoint in diff.differences.added] == ["/a", "/b"]
        (removed,) = diff.differences.removed
        assert removed.a is not None
        assert (removed.a.count, removed.b) == (2, None)
        assert diff.differences.limited() == {"added": (2, 3)}
        filtered = diff_sessions(data_dir, folder.session, other, parse_filter([("path", "/c")]), Thresholds(), 2)
        assert (filtered.differences.counts.added, filtered.differences.counts.removed) == (1, 0)
        same = diff_sessions(data_dir, other, other, Filter(), Thresholds(), 2)
        assert (same.differences.counts.same, same.differences.limited()) == (3, {})


@pytest.mark.slow
def test_urls_that_are_truncated_are_warned_of() -> None:
    """Of either session; a filter that reads URLs has a warning of its own."""
    with folder_of(har(entry(1))) as folder:
        long = import_har(folder.data_dir, har(_LONG))
        reads_urls, reads_none = parse_filter([("q", "x")]), parse_filter([("method", "GET")])
        for a, b in ((folder.session, long), (long, folder.session), (long, long)):
            for entry_filter, warnings in (
                (Filter(), [_COMPARED]),
                (reads_none, [_COMPARED]),
                (reads_urls, [truncated_urls_warning(1), _COMPARED]),
            ):
                assert diff_sessions(folder.data_dir, a, b, entry_filter, Thresholds(), 9).warnings == warnings
        nothing = diff_sessions(folder.data_dir, folder.session, folder.session, reads_urls, Thresholds(), 9)
        assert nothing.warnings == []


def test_a_pattern_that_is_none_is_refused() -> None:
    """Before anything is compared, also where there is nothing."""
    with folder_of(har()) as folder:
        wrong = parse_filter([("url~", "(")])
        with pytest.raises(BadRequestError, match=r"'\(' is no regular expression"):
            diff_sessions(folder.data_dir, folder.session, folder.session, wrong, Thresholds(), 9)
        assert [path.name for path in folder.data_dir.scratch.iterdir()] == ["kept"]
