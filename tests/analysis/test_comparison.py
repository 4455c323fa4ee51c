"""Comparisons: endpoints by method and folded URL, against a comparison in Python."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from math import ceil
from random import Random
from typing import Any

import pytest

from harlake.analysis import comparison
from harlake.analysis.comparison import Run, compare_runs
from harlake.analysis.comparison_options import ComparisonOptions, parse_hosts, parse_ignored, parse_keys
from harlake.analysis.endpoints import Differences, Thresholds
from harlake.har.url_folding import FOLDS, fold_url
from harlake.query.filters import Filter
from tests.support.folders import folder_of, import_har
from tests.support.hars import entry, har

_RANDOM = Random(8)
_ALL = frozenset(FOLDS)


def made(number: int = 1, url: str = "http://a.test/x", **changes: Any) -> bytes:
    """An entry with a URL, and other values in the places of some."""
    one: dict[str, Any] = json.loads(entry(number))
    one["request"] |= {"url": url, "method": changes.get("method", "GET")}
    one["response"] |= {"status": changes.get("status", 200)}
    one["response"]["content"] |= {"size": changes.get("size", 100), "mimeType": changes.get("mime", "a/b")}
    one["time"] = changes.get("time", 100)
    if "type" in changes:
        one["_resourceType"] = changes["type"]
    return json.dumps(one).encode()


def compared(
    before: Sequence[bytes] | Sequence[Sequence[bytes]],
    after: Sequence[bytes] | Sequence[Sequence[bytes]],
    options: ComparisonOptions = ComparisonOptions(),  # noqa: B008 - immutable
) -> Differences:
    """Compare entries, or several runs of them a side."""
    sides = [[side] if not side or isinstance(side[0], bytes) else side for side in (before, after)]
    with folder_of(har()) as folder:
        data_dir = folder.data_dir
        runs = []
        for side in sides:
            sessions = [import_har(data_dir, har(*run)) for run in side]
            runs.append([Run(data_dir.catalog.captures(session.id)) for session in sessions])
        found = compare_runs(data_dir.index, data_dir.scratch, (runs[0], runs[1]), Filter(), options)
        assert [path.name for path in data_dir.scratch.iterdir()] == ["kept"]
    return found


def names(endpoints: Sequence[Any]) -> list[str]:
    """Return the URLs of endpoints, and what they call."""
    return [f"{one.url} {one.operation}" if one.operation else one.url for one in endpoints]


def _random_entry(least: int) -> dict[str, Any]:
    choose = _RANDOM.choice
    url = f"http://a.test/p{_RANDOM.randint(least, least + 20)}/x?{choose('ab')}=1"
    text = made(1, url, method=choose(["GET", "PUT"]), status=choose([200, 200, 200, 404]), time=choose([1, 100, 300]))
    one: dict[str, Any] = json.loads(text)
    one["response"]["content"] |= {"size": choose([100, 5_000, 9_000]), "mimeType": choose(["a/b", "a/b", "c/d"])}
    return one


def _sides(entries: list[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    sides = defaultdict(list)
    for one in entries:
        sides[fold_url(one["request"]["url"], _ALL).folded, one["request"]["method"]].append(one)
    return sides


def _quantiles(values: Sequence[float]) -> tuple[float, float, float]:
    known = sorted(values)
    return known[ceil(len(known) / 2) - 1], known[ceil(len(known) * 0.9) - 1], known[-1]


def _differs(a: float, b: float, ratio: float, floor: float) -> bool:
    return max(a, b) >= ratio * min(a, b) and abs(a - b) >= floor


def _changes(a: list[dict[str, Any]], b: list[dict[str, Any]]) -> list[str]:
    def of(get: Any) -> tuple[list[Any], list[Any]]:
        return [get(one) for one in a], [get(one) for one in b]

    def quantiles_differ(get: Any, ratio: float, floor: float) -> bool:
        pairs = zip(*map(_quantiles, of(get)), strict=True)
        return any(_differs(first, second, ratio, floor) for first, second in pairs)

    statuses, types = of(lambda one: one["response"]["status"]), of(lambda one: one["response"]["content"]["mimeType"])
    errors = [sum(status >= 400 for status in side) for side in statuses]
    flags = {
        "count": _differs(len(a), len(b), 1.25, 1),
        "status": set(statuses[0]) != set(statuses[1]) or _differs(errors[0], errors[1], 1.25, 1),
        "size": quantiles_differ(lambda one: one["response"]["content"]["size"], 1.25, 1024),
        "time": quantiles_differ(lambda one: one["time"], 2, 50),
        "mime": set(types[0]) != set(types[1]),
    }
    return [name for name, flag in flags.items() if flag]


@pytest.mark.slow
@pytest.mark.parametrize("rows", [5, 8_192])
@pytest.mark.parametrize("limit", [3, 1_000])
def test_endpoints_are_those_of_python(monkeypatch: pytest.MonkeyPatch, rows: int, limit: int) -> None:
    """However many partitions there are, all endpoints are counted, and the first ones listed."""
    monkeypatch.setattr(comparison, "_PARTITION_ROWS", rows)
    monkeypatch.setattr(comparison, "_BATCH_ROWS", rows * 3)
    before, after = [_random_entry(0) for _ in range(90)], [_random_entry(8) for _ in range(110)]
    texts = [[json.dumps(one).encode() for one in entries] for entries in (before, after)]
    found = compared(texts[0], texts[1], ComparisonOptions(limit=limit, ignored=frozenset({"transfer"})))
    first, second = _sides(before), _sides(after)
    keys = [(one.url, one.method) for one in found.added], [(one.url, one.method) for one in found.removed]
    assert keys == (sorted(second.keys() - first.keys())[:limit], sorted(first.keys() - second.keys())[:limit])
    both = sorted(first.keys() & second.keys())
    changed = {key: changes for key in both if (changes := _changes(first[key], second[key]))}
    assert {(one.url, one.method): one.changes for one in found.changed} == dict(list(changed.items())[:limit])
    counts = found.counts
    assert (counts.added, counts.removed) == (len(second.keys() - first.keys()), len(first.keys() - second.keys()))
    assert (counts.changed, counts.same) == (len(changed), len(both) - len(changed))
    assert counts.status == sum("status" in changes for changes in changed.values())
    for one in found.changed:
        measures = {measure.name: (measure.a, measure.b) for measure in one.measures}
        sides = first[one.url, one.method], second[one.url, one.method]
        expected = [_quantiles([each["time"] for each in side]) for side in sides]
        for number, name in enumerate(("p50", "p90", "max")):
            assert measures[f"time.{name}"] == (expected[0][number], expected[1][number])
        assert measures["count"] == (len(sides[0]), len(sides[1]))


def test_times_and_sizes_beyond_all_sense() -> None:
    """Numbers too large for what they are compared as are unknown, or as large as can be; none is a failure."""
    values = [(1e300, 2**63 - 1), (3.4e38, 2**62), (5e-324, 10**30), (-1e300, -(2**63))]
    entries = [
        made(number, f"http://a.test/{'abcd'[number]}", time=time, size=size)
        for number, (time, size) in enumerate(values)
    ]
    ratios = ComparisonOptions(Thresholds(1e300, 1e300, 1e300, 1e300, 1e300, 1e300))
    found = compared(entries, entries, ratios)
    assert (found.counts.same, found.counts.changed) == (4, 0)


@pytest.mark.slow
def test_an_endpoint_called_more_often_has_changed() -> None:
    """Called once and then fifty times; a few of ten calls that are slow; nothing more than noise is none."""
    assert compared([made()], [made(number) for number in range(50)]).changed[0].changes == ["count"]
    slow = [made(number, time=5_000 if number < 4 else 100) for number in range(10)]
    fast = [made(number, time=100 + number) for number in range(10)]
    assert compared(fast, slow).changed[0].changes == ["time"]
    assert compared(fast, fast[:9]).counts.same == 1
    failing = [made(number, status=500 if number < 9 else 200) for number in range(10)]
    once = [made(number, status=500 if number < 1 else 200) for number in range(10)]
    assert compared(once, failing).changed[0].changes == ["status"]


@pytest.mark.slow
def test_noise_of_the_baseline_is_no_change() -> None:
    """What several runs differ by themselves is not told; what is beyond it is, with the spread."""
    runs = [[made(1, time=time)] for time in (100, 900, 150, 120, 130)]
    assert compared(runs, [[made(1, time=time)] for time in (800, 850)]).counts.same == 1
    found = compared(runs, [[made(1, time=time)] for time in (2_000, 950, 100)])
    (time,) = [measure for measure in found.changed[0].measures if measure.name == "time.p50"]
    assert (time.a, time.b, time.spread_a, time.spread_b) == (130, 950, (100, 900), (100, 2_000))
    assert found.changed[0].changes == ["time"]


@pytest.mark.slow
def test_what_is_not_in_all_runs_is_sporadic() -> None:
    """An endpoint that some runs of the baseline lack is not removed, and one in few runs of the other not added."""
    both, only = [made(1, "http://a.test/a")], [made(1, "http://a.test/a"), made(2, "http://a.test/b")]
    found = compared([both, only], [both, both])
    assert (found.counts.sporadic, found.counts.removed, found.counts.same) == (1, 0, 1)
    found = compared([both, both], [both, both, only])
    assert (found.counts.sporadic, found.counts.added) == (1, 0)
    assert compared([both, both], [only, only, both]).counts.added == 1
    assert compared([only, only], [both]).counts.removed == 1


def _at(*urls: str) -> list[bytes]:
    return [made(number, f"https://a.test/{url}") for number, url in enumerate(urls)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "added", "removed"),
    [
        (["main.3f2a1b9c.js", "x-BfX1q2Zk.css"], ["main.77771b9c.js", "x-CWbXqQ2Z.css"], [], []),
        (["users/1", "users/2"], ["users/3", "users/4"], [], []),
        (["v1/a"], ["v2/a"], [], []),
        (["s;jsessionid=A1"], ["s;jsessionid=B2"], [], []),
        # What both sides have stays apart: the second version, and the third chunk, are gone.
        (["v1/a", "v2/a", "v3/a"], ["v1/a", "v2/a"], [], ["{version}/a"]),
        (["aaaa1111.js", "bbbb2222.js", "cccc3333.js"], ["aaaa1111.js", "bbbb2222.js"], [], ["{id}.js"]),
        (["rpc?op=list", "rpc?op=save"], ["rpc?op=list"], [], ["rpc?op=* op=save"]),
        ([f"rpc?op={number}" for number in range(30)], ["rpc?op=77"], [], []),
        ([f"users/{number}" for number in range(30)], [f"users/{number}" for number in range(1, 30)], [], []),
    ],
)
def test_deploys_change_names_only(before: list[str], after: list[str], added: list[str], removed: list[str]) -> None:
    """What a build or a run names otherwise is the same; what differs in name on both sides is told apart."""
    found = compared(_at(*before), _at(*after))
    assert [name.removeprefix("https://a.test/") for name in names(found.added)] == added
    assert [name.removeprefix("https://a.test/") for name in names(found.removed)] == removed


def test_two_versions_on_both_sides_are_never_one() -> None:
    """The second is slower: it alone has changed, by its name."""
    before = [made(1, "https://a.test/v1/a"), made(2, "https://a.test/v2/a")]
    after = [made(1, "https://a.test/v1/a"), made(2, "https://a.test/v2/a", time=5_000)]
    found = compared(before, after)
    assert names(found.changed) == ["https://a.test/v2/a"]
    assert found.counts.same == 1


@pytest.mark.slow
def test_hosts_are_mapped_and_ignored() -> None:
    """As another host, with its port or without; or hosts do not tell apart at all."""
    before, after = [made(1, "https://uat1.a.test:8443/x")], [made(1, "https://uat2.a.test:8443/x")]
    assert compared(before, after).counts.added == 1
    for text in (
        "uat1.a.test=uat2.a.test",
        "uat1.a.test:8443=uat2.a.test:8443",
        "*.a.test=*.a.test,uat1.a.test=uat2.a.test",
    ):
        found = compared(before, after, ComparisonOptions(hosts=parse_hosts([text])))
        assert (found.counts.same, found.hosts.counts["same"]) == (1, 1), text
    keys, ignored, left_out = parse_ignored(["host"])
    of_key = parse_keys([])[0] - keys
    found = compared(before, after, ComparisonOptions(keys=of_key, ignored=ignored, left_out=left_out))
    assert (found.counts.same, found.hosts.listed) == (1, [])
    _, ignored, left_out = parse_ignored(["*.a.test/*", "*uat*"])
    found = compared(before, after, ComparisonOptions(ignored=ignored, left_out=left_out))
    assert found.counts.added == found.counts.removed == 0


def test_what_was_folded_is_shown() -> None:
    """With the names that became one, of as many as there are."""
    found = compared(_at("users/1", "users/2"), _at("users/3"), ComparisonOptions(shows_folded=True))
    (folded,) = found.folded
    assert (folded.url, folded.name_count) == ("https://a.test/users/{id}", 3)
    assert folded.names == [f"https://a.test/users/{number}" for number in (1, 2, 3)]


@pytest.mark.slow
def test_hosts_and_third_parties_are_compared() -> None:
    """New and lost ones; the first party is that of the first document."""
    before = [made(1, "https://www.shop.test/", type="document"), made(2, "https://cdn.old.test/a")]
    after = [
        made(1, "https://www.shop.test/", type="document"),
        made(2, "https://api.shop.test/b"),
        made(3, "https://x.ads.co.uk/"),
    ]
    found = compared(before, after)
    assert [(one.name, one.change) for one in found.hosts.listed] == [
        *(("api.shop.test", "added"), ("cdn.old.test", "removed"), ("x.ads.co.uk", "added")),
    ]
    assert [(one.name, one.change) for one in found.third_parties.listed] == [
        ("ads.co.uk", "added"),
        ("old.test", "removed"),
    ]
    assert [(one.name, one.a, one.b) for one in found.totals][:1] == [("count", 2, 3)]


def _with_page(title: str, on_load: float, page: str = "page_1") -> bytes:
    timings = {"onContentLoad": on_load / 2, "onLoad": on_load}
    page_text = {"startedDateTime": "2024-05-01T10:00:00Z", "id": page, "title": title, "pageTimings": timings}
    log = json.loads(har(made()))
    log["log"]["pages"] = [page_text]
    return json.dumps(log).encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://a.test/cart/17", "https://a.test/cart/18"),
        ("Cart", "Cart"),
        ("Cart (3)", "Cart (4)"),
    ],
)
def test_page_times_are_compared(before: str, after: str) -> None:
    """A page is found on the other side by its title, folded where it is a URL; or by its id, as the only one."""
    with folder_of(_with_page(before, 800)) as folder:
        data_dir = folder.data_dir
        other = import_har(data_dir, _with_page(after, 9_000))
        runs = [Run(folder.captures)], [Run(data_dir.catalog.captures(other.id))]
        found = compare_runs(data_dir.index, data_dir.scratch, runs, Filter(), ComparisonOptions())
    assert [page.change for page in found.pages.listed] == ["changed"]
    changed = {one.name: [one.a, one.b] for page in found.pages.listed for one in page.measures if one.changed}
    assert [changed[name] for name in ("onLoad.p50", "onContentLoad.p50")] == [[800, 9_000], [400, 4_500]]
