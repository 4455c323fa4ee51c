"""The checks of a whole HAR: what is wrong is found where it is, however the file comes, and nothing else is."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.har.parse.reader import HarReader
from harlake.har.validate import checker as module
from harlake.har.validate import rules
from harlake.har.validate.checker import Checker, Problem
from harlake.limits import MIB, Limits
from tests.support.complete_har import FULL_ENTRY, LAYOUTS, LOG, PATHS, changed, har_of, item_paths, path_text, value_at
from tests.support.documents import hars
from tests.support.validation import check, position

_REQUEST, _RESPONSE = ("entries", 0, "request"), ("entries", 0, "response")

_REQUIRED = {
    "": {"version", "creator", "entries"},
    "creator": {"name", "version"},
    "browser": {"name", "version"},
    "pages": {"startedDateTime", "id", "title", "pageTimings"},
    "entries": {"startedDateTime", "time", "request", "response", "cache", "timings"},
    "request": {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"},
    "response": {
        *("status", "statusText", "httpVersion", "cookies", "headers", "content", "redirectURL", "headersSize"),
        "bodySize",
    },
    "cookies": {"name", "value"},
    "headers": {"name", "value"},
    "queryString": {"name", "value"},
    "postData": {"mimeType"},
    "params": {"name"},
    "content": {"size", "mimeType"},
    "beforeRequest": {"lastAccess", "eTag", "hitCount"},
    "afterRequest": {"lastAccess", "eTag", "hitCount"},
    "timings": {"send", "wait", "receive"},
}


def _owner(path: rules.Path) -> str:
    """Return the name of the object that a path's last member is in."""
    names = [step for step in path[:-1] if isinstance(step, str)]
    return names[-1] if names else ""


def _of_entry(path: rules.Path) -> int | None:
    return 0 if path[0] == "entries" else None


def _codes(data: bytes) -> dict[str, int]:
    return check(data).counts


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_har_with_every_member_has_no_problem(layout: dict[str, Any]) -> None:
    """All that HAR 1.2 has may be there; everyone takes it."""
    checked = check(har_of(LOG, layout))
    assert (checked.problems, checked.counts) == ([], {})
    assert set(checked.refusals.values()) == {None}


@given(st.sampled_from(PATHS), st.sampled_from(LAYOUTS), st.lists(st.integers(0, 10_000), max_size=4))
def test_a_member_of_another_type_is_found_where_it_is(
    path: rules.Path, layout: dict[str, Any], cuts: list[int]
) -> None:
    """Whichever member has another type, that is the only problem, at the first byte of the value."""
    text = har_of(changed(path, "@@" if isinstance(value_at(path), (dict, list, bool, int, float)) else ["@@"]), layout)
    at = re.search(rb'"@@"|\[\s*"@@"\s*\]', text)
    assert at is not None
    checked = check(text, [cut % (len(text) + 1) for cut in cuts])
    (problem,) = (one for one in checked.problems if one.code not in _follows(path))
    assert _described(problem) == ("wrong-type", path_text(path), _of_entry(path), *position(text, at.start()))
    assert checked.refusals["spec"] == f"{path_text(path)}: {problem.message}"


@given(st.sampled_from(PATHS), st.sampled_from(LAYOUTS), st.lists(st.integers(0, 10_000), max_size=4))
def test_a_missing_member_is_found_where_its_object_begins(
    path: rules.Path, layout: dict[str, Any], cuts: list[int]
) -> None:
    """Whichever mandatory member is left out, that is the only problem; any other may be left out."""
    log = changed(path, None)
    owner = log
    for step in path[:-1]:
        owner = owner[step]
    members = dict(owner)
    owner.clear()
    owner.update({"_here": "@@"} | members)
    text = har_of(log, layout)
    at = re.search(rb'\{\s*"_here"', text)
    assert at is not None
    checked = check(text, [cut % (len(text) + 1) for cut in cuts])
    found = [_described(one) for one in checked.problems if one.code not in _follows(path)]
    expected = ("missing-member", path_text(path), _of_entry(path), *position(text, at.start()))
    assert found == ([expected] if path[-1] in _REQUIRED.get(_owner(path), ()) else [])


@pytest.mark.parametrize("path", list(item_paths(LOG)), ids=path_text)
def test_an_item_that_is_no_object_is_found(path: rules.Path) -> None:
    """Of arrays, each item has its position."""
    text = har_of(changed(path, "@@"))
    found = [one for one in check(text).problems if one.code != "unknown-page"]
    assert [_described(one) for one in found] == [
        ("wrong-item", path_text(path), _of_entry(path), *position(text, text.index(b'"@@"')))
    ]


def _follows(path: rules.Path) -> set[str]:
    """Return the codes of what else is wrong without the member at a path."""
    if path[0] == "pages" and path[-1] in ("id", "pages"):
        return {"unknown-page"}
    if path[-1] == "params":
        return {"post-data-empty"}
    if path[-2:-1] == ("timings",):
        return {"time-not-sum"}
    return {"content-size"} if path[-1] == "text" else set()


def _described(one: Problem) -> tuple[str, str, int | None, int, int, int]:
    return one.code, one.path, one.entry, one.byte, one.line, one.column


@pytest.mark.slow
def test_what_is_very_large_is_said_not_to_be_checked() -> None:
    """Bodies and foreign members of any size do not matter; what would have to be decoded does."""
    long = "x" * 2 * MIB
    for path in ((*_RESPONSE, "content", "text"), (*_REQUEST, "postData", "text"), ("entries", 0, "_x")):
        counts = _codes(har_of(changed(path, long)))
        assert set(counts) <= {"invalid-base64", "content-size", "text-and-params"}
    text = har_of(changed((*_REQUEST, "headers"), [0] * MIB))
    checked = check(text)
    assert checked.counts == {"entry-too-large": 1}
    assert _described(checked.problems[0])[:4] == ("entry-too-large", "log.entries[0]", 0, text.index(b'{"pageref"'))
    checked = check(har_of(LOG | {"pages": [{}] * 2 * MIB}))
    assert (checked.counts, checked.unchecked_pages) == ({"pages-too-large": 1}, True)
    checked = check(har_of(changed((*_REQUEST, "headers"), [0] * 1000)), limits=Limits(max_entry_bytes=1000))
    assert checked.counts == {"entry-too-large": 1}


def test_all_problems_are_counted_and_the_first_described() -> None:
    """Of many problems the first of the file are described, in their order."""
    log = copy.deepcopy(LOG)
    log["entries"] = [{**FULL_ENTRY, "time": None, "startedDateTime": number} for number in range(70)]
    text = har_of(log)
    checked = check(text)
    assert checked.counts == {"wrong-type": 140}
    assert len(checked.problems) == 100
    assert checked.problems == sorted(checked.problems)
    assert checked.problems[-1].entry == 49
    log["entries"] = [{**FULL_ENTRY, "request": {**FULL_ENTRY["request"], "headers": [0] * 20_000}}]
    assert check(har_of(log)).counts == {"wrong-item": 20_000}


@given(hars(), st.lists(st.integers(0, 10_000), max_size=6))
def test_how_a_har_comes_changes_nothing(text: bytes, cuts: list[int]) -> None:
    """Whole or in pieces, in large blocks or small ones: the same is found at the same positions."""
    checked = check(text)
    for limits in (Limits(), Limits(block_bytes=200)):
        assert check(text, [cut % (len(text) + 1) for cut in cuts], limits) == checked
    for one in checked.problems:
        assert (one.byte, one.line, one.column) == position(text, one.byte)


@given(st.integers(1, 60))
@settings(max_examples=20)
def test_entries_are_placed_wherever_their_block_is_put_together(count: int) -> None:
    """Entries that cannot be imported stand between those of a block; each has its own position."""
    entries = [
        b'{"n":%d}' % n if n % 3 == 1 else json.dumps(FULL_ENTRY | {"time": f"@{n}@"}).encode() for n in range(count)
    ]
    text = (
        b'{"log":{"version":"1.2",\n"creator":{"name":"a","version":"1"},"pages":[],"entries":[\n%b]}}'
        % b",\n ".join(entries)
    )
    for cuts in (range(0), range(0, len(text), 997)):
        for one in check(text, cuts, Limits(block_bytes=2000, max_problems=10_000)).problems:
            assert one.entry is not None
            if one.code == "wrong-type":
                assert _described(one)[3:] == position(text, text.index(b'"@%d@"' % one.entry))
            elif one.code == "missing-member":
                assert _described(one)[3:] == position(text, text.index(b'{"n":%d}' % one.entry))


def test_references_to_very_many_pages_are_not_all_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page ids that are remembered are bounded; that not all were looked up is said."""
    monkeypatch.setattr(module, "_PAGEREF_BYTES", len("page_1"))
    entries = [FULL_ENTRY | {"pageref": page_id} for page_id in ("page_1", "page_1", "page_2")]
    checked = check(har_of(LOG | {"entries": entries}))
    assert (checked.counts, checked.unchecked_pages) == ({}, True)
    monkeypatch.undo()
    checked = check(har_of(LOG | {"entries": entries}))
    assert (checked.counts, checked.unchecked_pages) == ({"unknown-page": 1}, False)


def test_problems_of_equal_position_stay_in_order() -> None:
    """Of problems at one byte the path decides, so that a report never depends on how the file came."""
    log = copy.deepcopy(LOG)
    log["entries"] = [{"request": {"url": "https://example.test/"}}]
    problems = check(har_of(log)).problems
    assert problems == sorted(problems)
    assert [one.path for one in problems] == sorted((one.path for one in problems), key=lambda path: "request." in path)


@pytest.mark.slow
def test_a_block_of_small_entries_is_checked_with_pauses() -> None:
    """It has thousands of them, each of which may have many problems."""
    entry = b'{"request":{"url":"a","method":1,"headers":{}},"response":[],"timings":1}'
    text = b'{"log":{"entries":[%b]}}' % b",".join([entry] * 5_000)
    reader, checker = HarReader(), Checker()
    blocks = reader.feed(text) + reader.close()[0]
    assert sum(len(list(checker.check(block))) for block in blocks) > 15
    assert list(checker.close(reader, "identity")) == []
    assert checker.report().counts["missing-member"] >= 5_000


@pytest.mark.parametrize(
    "array",
    [
        b'{"log":{"entries":[{"request":{"url":"a","headers":[%b]}}]}}',
        b'{"log":{"entries":[{"request":{"headers":[%b]}}]}}',
        b'{"log":{"entries":[],"pages":[%b]}}',
    ],
)
def test_a_long_array_is_checked_with_pauses(array: bytes) -> None:
    """Of an entry, of one that is rejected, and of the log: the number of pauses grows with it."""
    pauses = []
    for size in (10_000, 30_000):
        checker = Checker()
        reader = HarReader(on_rejection=checker.reject)
        blocks = reader.feed(array % b",".join([b"{}"] * size)) + reader.close()[0]
        steps = [*(step for block in blocks for step in checker.check(block)), *checker.close(reader, "identity")]
        pauses.append(len(steps))
        assert sum(checker.report().counts.values()) > size
    assert pauses[0] > 9
    assert 2 < pauses[1] / pauses[0] < 4


_ODD: st.SearchStrategy[Any] = st.sampled_from(
    ["1", "x", 200.5, None, [], [1], True, {}, -7, "2024-05-01T10:00:00Z", "13/05/2024"]
)


@given(st.lists(st.lists(st.tuples(st.sampled_from(PATHS), _ODD), max_size=2), min_size=1, max_size=6))
def test_readers_refuse_what_they_would_if_they_saw_each_entry(changes: list[list[tuple[rules.Path, Any]]]) -> None:
    """That they do not look at entries of a shape they have taken, or with mere warnings, changes no verdict."""
    entries = [copy.deepcopy(FULL_ENTRY) for _ in changes]
    for entry, some in zip(entries, changes, strict=True):
        for path, value in some:
            owner: Any = entry
            if path[0] != "entries":
                continue
            try:
                for step in path[2:-1]:
                    owner = owner[step]
                owner[path[-1]] = value
            except (TypeError, LookupError):
                continue  # another change took its place
    data = json.dumps({"log": {**LOG, "entries": entries}}).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "is_told_by_types", lambda _: False)
        patch.setattr(module, "may_be_refused", lambda _: True)
        expected = check(data).refusals
    assert check(data).refusals == expected
