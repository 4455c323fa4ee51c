"""Checks of filters: patterns that are none, and URLs that a filter sees the beginning of only."""

from __future__ import annotations

import pytest

from harlake.errors import BadRequestError
from harlake.query.filter_checks import check_filter, check_patterns, filter_warnings, truncated_urls_warning
from harlake.query.filters import parse_filter
from tests.support.folders import folder_of
from tests.support.hars import entry, har

_LONG = entry(1).replace(b"/1?", b"/" + b"x" * 3_000 + b"?")


def test_filters_are_checked() -> None:
    """A pattern must be a regular expression; who reads URLs is warned of those that are truncated."""
    with folder_of(har(_LONG, entry(2)), har(entry(3))) as folder:
        index, captures = folder.data_dir.index, folder.captures
        reads_urls, other = parse_filter([("url~", "x+")]), parse_filter([("method", "GET")])
        assert check_filter(index, captures, reads_urls) == [truncated_urls_warning(1)]
        assert filter_warnings(index, captures[1:], reads_urls) == []
        assert check_filter(index, captures, other) == []
        wrong = parse_filter([("url~", "a"), ("url~", "!(")])
        for check in (lambda: check_filter(index, captures, wrong), lambda: check_patterns(index, wrong)):
            with pytest.raises(BadRequestError, match=r"\("):
                check()
