"""What clients choose of a comparison: what is taken, and what is refused with what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from harlake.analysis.comparison_options import KEYS, parse_folds, parse_hosts, parse_ignored, parse_keys
from harlake.errors import BadRequestError
from harlake.har.url_folding import FOLDS


def test_lists_are_parsed() -> None:
    """With commas between values, or given again; nothing is everything."""
    assert parse_folds([]) == parse_folds(["all"]) == frozenset(FOLDS)
    assert parse_folds(["none"]) == frozenset()
    assert parse_folds(["ids, query", "hashes"]) == {"ids", "query", "hashes"}
    assert parse_keys([]) == (frozenset(KEYS), frozenset())
    assert list(map(set, parse_keys(["url,query:id"]))) == [{"scheme", "host", "path", "query"}, {"id"}]
    assert parse_hosts(["A.test:80=B.test,c=d"]) == {"a.test:80": "b.test", "c": "d"}
    of_key, ignored, left_out = parse_ignored(["query,time,pages", "*/beacon*"])
    assert [set(of_key), set(ignored), len(left_out)] == [{"query"}, {"time", "pages"}, 1]
    assert list(map(set, parse_ignored(["host"])[:2])) == [{"host"}, {"hosts", "third-parties"}]


@pytest.mark.parametrize(
    ("parse", "text", "named"),
    [
        (parse_folds, "ids,nope", "fold='nope'"),
        (parse_keys, "query:", "key='query:'"),
        (parse_hosts, "a", "map_host='a'"),
        (parse_hosts, "=b", "map_host='=b'"),
        (parse_ignored, "nope", "ignore='nope'"),
        (parse_ignored, "time," * 300, "300 values"),
    ],
)
def test_what_makes_no_sense_is_refused(parse: Callable[[Sequence[str]], Any], text: str, named: str) -> None:
    """With the parameter and the value."""
    with pytest.raises(BadRequestError, match=named):
        parse([text])
