"""Measurements of entries and pages, against what Python makes of the same."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from harlake.analysis.measurements import MainDocument, Measurement, Measurer, main_document
from harlake.query.filters import Filter, parse_filter
from tests.support.folders import Folder, folder_of
from tests.support.hars import entry, har
from tests.support.rules import budget_of

_RANDOM = Random(5)
_PAGES = (
    b'"pages":[{"id":"a","title":"A","pageTimings":{"onLoad":7,"onContentLoad":-1}},'
    b'{"id":"b","pageTimings":{"onLoad":9}}],'
)
_ALL = Filter()


def _entry(number: int, **changes: Any) -> bytes:
    one = json.loads(entry(number))
    one["request"]["url"] = changes.get("url", f"http://www.a.test/{number}")
    one["response"]["status"] = changes.get("status", 200)
    one["response"]["headers"] = changes.get("headers", [])
    one["time"] = changes.get("time", 1)
    one["timings"] = {}  # a time that is unknown would be their sum
    one["response"]["content"]["size"] = changes.get("size", 5)
    if "type" in changes:
        one["_resourceType"] = changes["type"]
    return json.dumps(one).encode()


def _measured(
    folder: Folder, *rules: dict[str, Any], entry_filter: Filter = _ALL, **more: Any
) -> Sequence[Measurement]:
    budget = budget_of(*rules, **more)
    document = main_document(folder.data_dir.index, folder.captures)
    measurer = Measurer(folder.data_dir, folder.captures, budget, entry_filter, document)
    return [measurer.measure(rule) for rule in budget.rules]


def _value(folder: Folder, metric: str, **rule: Any) -> float | None:
    return _measured(folder, {"metric": metric, "max": 1, **rule})[0].value


def test_statistics_are_exact() -> None:
    """Percentiles are entries themselves, by their rank; what is negative counts nowhere."""
    times = [_RANDOM.choice([-1, 0, _RANDOM.random() * 100, 5]) for _ in range(150)]
    entries = [_entry(number, time=time) for number, time in enumerate(times)]
    known = sorted(time for time in times if time >= 0)
    with folder_of(har(*entries[:100]), har(*entries[100:])) as folder:
        for percent in (0, 1, 50, 75, 90, 99, 99.9, 100):
            rank = max(math.ceil(round(len(known) * percent / 100, 9)), 1)
            assert _value(folder, f"time.p{percent}") == known[rank - 1]
        assert _value(folder, "time.max") == known[-1]
        assert _value(folder, "time.min") == known[0]
        assert _value(folder, "time.mean") == pytest.approx(sum(known) / len(known))
        assert _value(folder, "time.max", where={"q": "/7"}) == max(
            time for number, time in enumerate(times) if str(number).startswith("7") and time >= 0
        )


def test_counts_and_sums() -> None:
    """Of all entries, or of those that pass the filters of a rule and of the check."""
    entries = [_entry(number, status=200 + 100 * (number % 4), size=number) for number in range(20)]
    with folder_of(har(*entries)) as folder:
        values = {
            metric: _value(folder, metric) for metric in ("requests", "errors", "redirects", "hosts", "contentBytes")
        }
        assert values == {"requests": 20, "errors": 10, "redirects": 5, "hosts": 1, "contentBytes": sum(range(20))}
        rule = {"metric": "requests", "max": 1, "where": {"status": "4xx"}}
        assert _measured(folder, rule, entry_filter=parse_filter([("path", "/2")]))[0].value == 1
        found = _measured(folder, {"forbid": {"status": "5xx"}})[0]
        assert (found.value, [one.status for one in found.entries]) == (5, [500] * 5)
        assert found.entries[0].url == "http://www.a.test/3"


def test_pages() -> None:
    """Times of pages, by their ids; -1 is unknown."""
    with folder_of(har(entry(1), head=_PAGES)) as folder:
        assert _value(folder, "onLoad") == 9
        assert _value(folder, "onLoad.p50") == 7
        assert _value(folder, "onLoad", where={"page": "a"}) == 7
        assert _value(folder, "onLoad", where={"page": ["a", "b"]}) == 9
        assert _value(folder, "onLoad", where={"page": "c"}) is None
        assert _value(folder, "onContentLoad") is None


def test_third_parties() -> None:
    """Of the hosts that the budget names, or of the first document's; data: URLs are nobody's."""
    urls = ["http://www.a.test/", "http://cdn.a.test/x", "http://b.test/", "data:,x", "http://nota.test/"]
    entries = [_entry(number, url=url, type="document") for number, url in enumerate(urls)]
    with folder_of(har(*entries)) as folder:
        document = main_document(folder.data_dir.index, folder.captures)
        assert document == MainDocument("http://www.a.test/", ("a.test", "*.a.test"))
        assert _value(folder, "requests", thirdParty=True) == 2
        assert _value(folder, "requests", thirdParty=False) == 2
        rule = {"metric": "requests", "max": 1, "thirdParty": True}
        assert _measured(folder, rule, firstParty=["b.test"])[0].value == 3
    with folder_of(har(_entry(1, type="xhr"))) as folder:
        assert _value(folder, "requests", thirdParty=True) is None


def test_what_is_unknown() -> None:
    """A sum of which nothing is known is unknown; of no entries it is 0, and a statistic of none is unknown."""
    with folder_of(har(_entry(1, size=-1), _entry(2, size=-1))) as folder:
        assert _value(folder, "contentBytes") is None
        assert _value(folder, "contentBytes", where={"method": "POST"}) == 0
        assert _value(folder, "time.p50", where={"method": "POST"}) is None
        assert _value(folder, "requests", where={"method": "POST"}) == 0
    with folder_of(har(_entry(1, size=-1), _entry(2, size=8))) as folder:
        (found,) = _measured(folder, {"metric": "contentBytes", "max": 1})
        assert (found.value, found.of, found.unknown) == (8, 2, 1)


def test_headers_are_read_out_of_the_entries() -> None:
    """In all frames of all captures; the first ten that lack one are told."""
    has = [{"name": "ETag", "value": "x"}]
    entries = [_entry(number, headers=has if number % 3 else []) for number in range(60)]
    with folder_of(har(*entries[:30]), har(*entries[30:])) as folder:
        (found,) = _measured(folder, {"requireHeaders": ["etag"], "where": {"q": "a.test"}})
        assert (found.value, found.of, len(found.entries)) == (20, 60, 10)
        assert [one.url for one in found.entries[:2]] == ["http://www.a.test/0", "http://www.a.test/3"]
        ids = {one["id"] for one in _rows(folder)}
        assert {one.id for one in found.entries} <= ids


def _rows(folder: Folder) -> list[dict[str, Any]]:
    from harlake.query.listing import list_entries
    from harlake.query.pagination import Order

    return list_entries(folder.data_dir, folder.session.id, 1000, None, Filter(), Order.parse("ordinal")).entries
