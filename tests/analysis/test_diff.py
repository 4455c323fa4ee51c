"""Two sides, compared: what is warned of, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from harlake.analysis.comparison_options import ComparisonOptions
from harlake.analysis.diff import Diff, diff_runs, find_run
from harlake.errors import BadRequestError, SessionNotFoundError
from harlake.query.filter_checks import truncated_urls_warning
from harlake.query.filters import Filter, parse_filter
from tests.support.folders import folder_of, import_har
from tests.support.hars import entry, har

_LONG = entry(1).replace(b"/1?", b"/" + b"x" * 3_000 + b"?")
_COMPARED = "of 1 URLs, the first 1,024 bytes only are compared"


def _diff(data_dir: Any, a: Any, b: Any, entry_filter: Filter, limit: int = 9) -> Diff:
    first, second = find_run(data_dir, str(a.id)), find_run(data_dir, str(b.id))
    return diff_runs(data_dir, [first], [second], entry_filter, ComparisonOptions(limit=limit))


@pytest.mark.slow
def test_sessions_are_compared_capture_by_capture() -> None:
    """All captures of both count, those that a filter leaves; lists end at the limit, counts do not."""
    with folder_of(har(entry(1)), har(entry(2, b',"comment":"again"'))) as folder:
        data_dir = folder.data_dir
        named = [entry(1).replace(b"/1?", b"/%b?" % name) for name in (b"b", b"a", b"c")]
        other = import_har(data_dir, har(*named))
        diff = _diff(data_dir, folder.session, other, Filter(), 2)
        assert diff.warnings == []
        counts = diff.differences.counts
        assert (counts.added, counts.removed, counts.changed, counts.same) == (3, 1, 0, 0)
        assert [endpoint.url.partition("?")[0][-2:] for endpoint in diff.differences.added] == ["/a", "/b"]
        (removed,) = diff.differences.removed
        assert removed.a is not None
        assert (removed.a.count, removed.b) == (2, None)
        assert diff.differences.limited() == {"added": (2, 3)}
        filtered = _diff(data_dir, folder.session, other, parse_filter([("path", "/c")]), 2)
        assert (filtered.differences.counts.added, filtered.differences.counts.removed) == (1, 0)
        same = _diff(data_dir, other, other, Filter(), 2)
        assert (same.differences.counts.same, same.differences.limited()) == (3, {})


def test_a_capture_is_a_run_of_its_own() -> None:
    """By its id; what is neither session nor capture is not found."""
    with folder_of(har(entry(1)), har(entry(2))) as folder:
        run = find_run(folder.data_dir, str(folder.captures[1].id))
        assert (run.entry_count, run.captures) == (1, [folder.captures[1]])
        for wrong in ("x", str(folder.captures[1].id)[:-1] + "x", "00000000-0000-4000-8000-000000000000"):
            with pytest.raises(SessionNotFoundError):
                find_run(folder.data_dir, wrong)


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
                assert _diff(folder.data_dir, a, b, entry_filter).warnings == warnings
        assert _diff(folder.data_dir, folder.session, folder.session, reads_urls).warnings == []


def test_a_pattern_that_is_none_is_refused() -> None:
    """Before anything is compared, also where there is nothing."""
    with folder_of(har()) as folder:
        wrong = parse_filter([("url~", "(")])
        with pytest.raises(BadRequestError, match=r"'\(' is no regular expression"):
            _diff(folder.data_dir, folder.session, folder.session, wrong)
        assert [path.name for path in folder.data_dir.scratch.iterdir()] == ["kept"]
