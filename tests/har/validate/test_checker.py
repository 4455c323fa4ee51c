"""The checks of a validation: each rule is found where it is broken, and nothing else is."""

from __future__ import annotations

import base64
import copy
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harlake.har.validate import rules, values
from harlake.har.validate.checker import Problem
from harlake.har.validate.entry_checks import check_entry, check_irregular_entry
from harlake.limits import MIB, Limits
from tests.conftest import Server
from tests.har.parse.documents import hars
from tests.support.hars import saved, send
from tests.support.validation import check, place

#: A log with every member that HAR 1.2 has, but for the text of postData, which excludes params.
LOG: dict[str, Any] = json.loads("""
{
  "version": "1.2",
  "creator": {"name": "a", "version": "1", "comment": ""},
  "browser": {"name": "a", "version": "1", "comment": ""},
  "pages": [{
    "startedDateTime": "2024-02-29T23:59:59.123+01:00", "id": "page_1", "title": "a", "comment": "",
    "pageTimings": {"onContentLoad": 1, "onLoad": -1, "comment": ""}
  }],
  "entries": [{
    "pageref": "page_1",
    "startedDateTime": "2024-02-29T23:59:59.123Z",
    "time": 15.5,
    "request": {
      "method": "POST", "url": "https://example.test/?a=b", "httpVersion": "HTTP/1.1",
      "cookies": [{
        "name": "a", "value": "b", "path": "/", "domain": "example.test", "expires": "2030-02-28T00:00:00Z",
        "httpOnly": true, "secure": false, "comment": ""
      }],
      "headers": [{"name": "a", "value": "b", "comment": ""}],
      "queryString": [{"name": "a", "value": "b", "comment": ""}],
      "postData": {
        "mimeType": "multipart/form-data", "comment": "",
        "params": [{"name": "a", "value": "b", "fileName": "c", "contentType": "d", "comment": ""}]
      },
      "headersSize": -1, "bodySize": 0, "comment": ""
    },
    "response": {
      "status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1",
      "cookies": [{"name": "a", "value": "b"}],
      "headers": [{"name": "a", "value": "b", "comment": ""}],
      "content": {
        "size": 2, "compression": 0, "mimeType": "text/plain", "text": "b2s=", "encoding": "base64", "comment": ""
      },
      "redirectURL": "", "headersSize": -1, "bodySize": 2, "comment": ""
    },
    "cache": {
      "beforeRequest": {
        "expires": "2030-02-28T00:00:00+01:00", "lastAccess": "2024-02-29T00:00:00.5Z", "eTag": "x", "hitCount": 1
      },
      "afterRequest": {
        "expires": "2030-02-28T00:00:00+01:00", "lastAccess": "2024-02-29T00:00:00.5Z", "eTag": "x", "hitCount": 1
      },
      "comment": ""
    },
    "timings": {"blocked": 1, "dns": 2, "connect": 3, "send": 0.5, "wait": 4, "receive": 5, "ssl": 3, "comment": ""},
    "serverIPAddress": "127.0.0.1", "connection": "1", "comment": ""
  }],
  "comment": ""
}
""")
_ENTRY: dict[str, Any] = LOG["entries"][0]


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


def _paths(value: Any, path: rules.Path = ()) -> Iterator[rules.Path]:
    """Yield the path of everything in a value but items."""
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(step, str):
            yield (*path, step)
        if isinstance(inner, (dict, list)):
            yield from _paths(inner, (*path, step))


def _items(value: Any, path: rules.Path = ()) -> Iterator[rules.Path]:
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(step, int):
            yield (*path, step)
        if isinstance(inner, (dict, list)):
            yield from _items(inner, (*path, step))


PATHS = [path for path in _paths(LOG) if path != ("entries",)]
_LAYOUTS: list[dict[str, Any]] = [
    {},
    {"indent": 2},
    {"separators": (",", ":")},
    {"indent": 1, "separators": (" ,", " :\t")},
]


def changed(path: rules.Path, value: Any) -> Any:
    """Return the log with another value at the path; None stands for no value."""
    log = copy.deepcopy(LOG)
    owner = log
    for step in path[:-1]:
        owner = owner[step]  # type: ignore[index]
    if value is None:
        del owner[path[-1]]  # type: ignore[arg-type]
    else:
        owner[path[-1]] = value  # type: ignore[index]
    return log


def _shown(path: rules.Path) -> str:
    return "log" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)


def _owner(path: rules.Path) -> str:
    """Return the name of the object that a path's last member is in."""
    names = [step for step in path[:-1] if isinstance(step, str)]
    return names[-1] if names else ""


def _of_entry(path: rules.Path) -> int | None:
    return 0 if path[0] == "entries" else None


def har_of(log: Any, layout: dict[str, Any] = _LAYOUTS[0]) -> bytes:
    """Return a log as the text of a HAR."""
    return json.dumps({"log": log}, **layout).encode()


def _codes(data: bytes) -> dict[str, int]:
    return check(data).counts


@pytest.mark.parametrize("layout", _LAYOUTS)
def test_a_har_with_every_member_has_no_problem(layout: dict[str, Any]) -> None:
    """All that HAR 1.2 has may be there; everyone takes it."""
    checked = check(har_of(LOG, layout))
    assert (checked.findings, checked.counts) == ([], {})
    assert set(checked.refusals.values()) == {None}


@given(st.sampled_from(PATHS), st.sampled_from(_LAYOUTS), st.lists(st.integers(0, 10_000), max_size=4))
@settings(deadline=None, max_examples=300)
def test_a_member_of_another_type_is_found_where_it_is(
    path: rules.Path, layout: dict[str, Any], cuts: list[int]
) -> None:
    """Whichever member has another type, that is the only problem, at the first byte of the value."""
    text = har_of(changed(path, "@@" if isinstance(_value(path), (dict, list, bool, int, float)) else ["@@"]), layout)
    at = re.search(rb'"@@"|\[\s*"@@"\s*\]', text)
    assert at is not None
    checked = check(text, [cut % (len(text) + 1) for cut in cuts])
    found = [one for one in checked.findings if one.code not in _follows(path)]
    assert [_place(one) for one in found] == [("wrong-type", _shown(path), _of_entry(path), *place(text, at.start()))]
    assert checked.refusals["spec"] == f"{_shown(path)}: {found[0].message}"


@given(st.sampled_from(PATHS), st.sampled_from(_LAYOUTS), st.lists(st.integers(0, 10_000), max_size=4))
@settings(deadline=None, max_examples=300)
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
    found = [_place(one) for one in checked.findings if one.code not in _follows(path)]
    expected = ("missing-member", _shown(path), _of_entry(path), *place(text, at.start()))
    assert found == ([expected] if path[-1] in _REQUIRED.get(_owner(path), ()) else [])


@pytest.mark.parametrize("path", list(_items(LOG)), ids=_shown)
def test_an_item_that_is_no_object_is_found(path: rules.Path) -> None:
    """Of arrays, each item has its place."""
    text = har_of(changed(path, "@@"))
    found = [one for one in check(text).findings if one.code != "unknown-page"]
    assert [_place(one) for one in found] == [
        ("wrong-item", _shown(path), _of_entry(path), *place(text, text.index(b'"@@"')))
    ]


def _value(path: rules.Path) -> Any:
    value: Any = LOG
    for step in path:
        value = value[step]
    return value


def _follows(path: rules.Path) -> set[str]:
    """Return the codes of what else is wrong without the member at a path."""
    if path[0] == "pages" and path[-1] in ("id", "pages"):
        return {"unknown-page"}
    if path[-1] == "params":
        return {"post-data-empty"}
    if path[-2:-1] == ("timings",):
        return {"time-not-sum"}
    return {"content-size"} if path[-1] == "text" else set()


def _place(one: Problem) -> tuple[str, str, int | None, int, int, int]:
    return one.code, one.path, one.entry, one.byte, one.line, one.column


_REQUEST, _RESPONSE, _TIMINGS = ("entries", 0, "request"), ("entries", 0, "response"), ("entries", 0, "timings")
_BROKEN: list[tuple[str, rules.Path, Any]] = [
    ("missing-member", (*_REQUEST, "method"), None),
    ("wrong-type", (*_REQUEST, "method"), 1),
    ("wrong-item", (*_REQUEST, "headers", 0), 1),
    ("invalid-version", ("version",), "2.0"),
    ("negative-timing", (*_TIMINGS, "send"), -1),
    ("invalid-timing", (*_TIMINGS, "dns"), -0.5),
    ("invalid-timing", ("pages", 0, "pageTimings", "onLoad"), -2),
    ("invalid-time", ("entries", 0, "time"), -1),
    ("time-not-sum", ("entries", 0, "time"), 100),
    ("ssl-over-connect", (*_TIMINGS, "ssl"), 4),
    ("invalid-size", (*_REQUEST, "headersSize"), -2),
    ("invalid-size", (*_RESPONSE, "bodySize"), -2),
    ("invalid-size", (*_RESPONSE, "content", "size"), -1),
    ("invalid-status", (*_RESPONSE, "status"), 99),
    ("relative-url", (*_REQUEST, "url"), "/path"),
    ("post-data-empty", (*_REQUEST, "postData"), {"mimeType": "text/plain"}),
    ("text-and-params", (*_REQUEST, "postData"), {"mimeType": "a/b", "text": "a=b", "params": [{"name": "a"}]}),
    ("unknown-page", ("entries", 0, "pageref"), "page_2"),
    ("invalid-base64", (*_RESPONSE, "content", "text"), "b2s=!"),
    ("content-size", (*_RESPONSE, "content", "size"), 3),
    *(
        ("invalid-date", path, date)
        for path in (
            ("entries", 0, "startedDateTime"),
            ("pages", 0, "startedDateTime"),
            (*_REQUEST, "cookies", 0, "expires"),
            ("entries", 0, "cache", "beforeRequest", "lastAccess"),
            ("entries", 0, "cache", "afterRequest", "expires"),
        )
        for date in ("", "yesterday", "2023-02-29T00:00:00Z", "2024-02-29T00:00:00", "2024-02-29 00:00:00Z")
    ),
]


@pytest.mark.parametrize(("code", "path", "value"), _BROKEN)
def test_each_rule_is_found_alone(code: str, path: rules.Path, value: Any) -> None:
    """A HAR that breaks one rule has one problem, with what the specification says of it."""
    checked = check(har_of(changed(path, value)))
    found = [one for one in checked.findings if one.code == code]
    (finding,) = found
    extra = set(checked.counts) - {code}
    assert extra <= ({"time-not-sum"} if code in ("negative-timing", "invalid-timing") else set())
    assert finding.path == _shown(path)
    (rule,) = (rule for rule in rules.RULES if rule.code == code)
    assert finding.severity == rule.severity
    assert "{" not in finding.message + finding.spec
    assert finding.spec.endswith(".")
    assert (checked.refusals["spec"] is None) is (rule.severity != "error")


def test_the_rest_of_the_rules_is_found() -> None:
    """Pages with one id, and files in another encoding."""
    log = copy.deepcopy(LOG)
    log["pages"] *= 2
    assert _codes(har_of(log)) == {"duplicate-page": 1}
    assert _codes(har_of(LOG).decode().encode("utf-16")) == {"not-utf-8": 1}
    covered = {code for code, _, _ in _BROKEN} | {"duplicate-page", "not-utf-8", "entry-too-large", "pages-too-large"}
    assert covered == {rule.code for rule in rules.RULES}


def test_what_is_very_large_is_said_not_to_be_checked() -> None:
    """Bodies and foreign members of any size do not matter; what would have to be decoded does."""
    long = "x" * 2 * MIB
    for path in ((*_RESPONSE, "content", "text"), (*_REQUEST, "postData", "text"), ("entries", 0, "_x")):
        counts = _codes(har_of(changed(path, long)))
        assert set(counts) <= {"invalid-base64", "content-size", "text-and-params"}
    text = har_of(changed((*_REQUEST, "headers"), [0] * MIB))
    checked = check(text)
    assert checked.counts == {"entry-too-large": 1}
    assert _place(checked.findings[0])[:4] == ("entry-too-large", "log.entries[0]", 0, text.index(b'{"pageref"'))
    checked = check(har_of(LOG | {"pages": [{}] * 2 * MIB}))
    assert (checked.counts, checked.unchecked_pages) == ({"pages-too-large": 1}, True)
    checked = check(har_of(changed((*_REQUEST, "headers"), [0] * 1000)), limits=Limits(max_entry_bytes=1000))
    assert checked.counts == {"entry-too-large": 1}


def test_all_problems_are_counted_and_the_first_described() -> None:
    """Of many problems the first of the file are described, in their order."""
    log = copy.deepcopy(LOG)
    log["entries"] = [{**_ENTRY, "time": None, "startedDateTime": number} for number in range(70)]
    text = har_of(log)
    checked = check(text)
    assert checked.counts == {"wrong-type": 140}
    assert len(checked.findings) == 100
    assert checked.findings == sorted(checked.findings)
    assert checked.findings[-1].entry == 49
    log["entries"] = [{**_ENTRY, "request": {**_ENTRY["request"], "headers": [0] * 20_000}}]
    assert check(har_of(log)).counts == {"wrong-item": 20_000}


_odd = st.none() | st.booleans() | st.integers(-2, 2**70) | st.floats(allow_nan=False) | st.text(max_size=3)
_ENTRY_PATHS = [path[2:] for path in PATHS if path[:1] == ("entries",)]


@given(st.lists(st.tuples(st.sampled_from(_ENTRY_PATHS), _odd | st.lists(_odd, max_size=2)), max_size=3))
@settings(deadline=None)
def test_both_ways_of_decoding_find_the_same(changes: list[tuple[rules.Path, Any]]) -> None:
    """That an entry is proved in one decode changes nothing that is found."""
    entry = copy.deepcopy(_ENTRY)
    for path, value in changes:
        owner: Any = entry
        for step in path[:-1]:
            inside: dict[Any, Any] = (
                owner if isinstance(owner, dict) else dict(enumerate(owner)) if isinstance(owner, list) else {}
            )
            owner = inside.get(step)
        if isinstance(owner, dict):
            owner[path[-1]] = value
    text = json.dumps(entry).encode()
    if "Infinity" not in text.decode():
        one, other = check_entry(text), check_irregular_entry(text)
        assert (list(one.faults), one.usual) == (list(other.faults), other.usual)


@given(hars(), st.lists(st.integers(0, 10_000), max_size=6))
@settings(deadline=None)
def test_how_a_har_comes_changes_nothing(text: bytes, cuts: list[int]) -> None:
    """Whole or in pieces, in large blocks or small ones: the same is found at the same places."""
    checked = check(text)
    for limits in (Limits(), Limits(block_bytes=200)):
        assert check(text, [cut % (len(text) + 1) for cut in cuts], limits) == checked
    for one in checked.findings:
        assert (one.byte, one.line, one.column) == place(text, one.byte)


@given(st.integers(1, 60))
@settings(deadline=None, max_examples=20)
def test_entries_are_placed_wherever_their_block_is_put_together(count: int) -> None:
    """Entries that cannot be imported stand between those of a block; each has its own place."""
    entries = [
        b'{"n":%d}' % n if n % 3 == 1 else json.dumps(_ENTRY | {"time": f"@{n}@"}).encode() for n in range(count)
    ]
    text = (
        b'{"log":{"version":"1.2",\n"creator":{"name":"a","version":"1"},"pages":[],"entries":[\n%b]}}'
        % b",\n ".join(entries)
    )
    for cuts in (range(0), range(0, len(text), 997)):
        for one in check(text, cuts, Limits(block_bytes=2000, max_problems=10_000)).findings:
            assert one.entry is not None
            if one.code == "wrong-type":
                assert _place(one)[3:] == place(text, text.index(b'"@%d@"' % one.entry))
            elif one.code == "missing-member":
                assert _place(one)[3:] == place(text, text.index(b'{"n":%d}' % one.entry))


def test_a_validation_tells_all_of_it(server: Server, tmp_path: Path) -> None:
    """Through HTTP: problems with their places, all counted; who would take the file; more than a hundred are said."""
    log = LOG | {"entries": [_ENTRY | {"startedDateTime": "soon"}] * 120}
    text = har_of(log, {"indent": 2})
    for data, encoding in ((text, "identity"), (gzip.compress(text), "gzip")):
        status, answer = send(server, "validate", saved(tmp_path / "x.har", data))
        assert (status, answer["valid"], answer["encoding"], answer["errors"]) == (200, True, encoding, [])
        assert len(answer["problems"]) == 100
        at, line, column = place(text, text.index(b'"soon"'))
        assert answer["problems"][0] == {
            "code": "invalid-date",
            "severity": "error",
            "path": "log.entries[0].startedDateTime",
            "entry": 0,
            "byte": at,
            "line": line,
            "column": column,
            "message": "startedDateTime is no date with time and time zone: 'soon'",
            "spec": "Dates are in ISO 8601, YYYY-MM-DDThh:mm:ss.sTZD, with Z or ±hh:mm as time zone.",
        }
        assert answer["problemCounts"] == {"invalid-date": 120}
        assert answer["warnings"] == ["problems lists the first 100 of 120; problemCounts has all"]
        assert answer["profiles"]["firefox"] == answer["profiles"]["playwright"] == {"accepted": True}
        reason = "log.entries[0].startedDateTime: startedDateTime is no date"
        assert answer["profiles"]["chrome"] == {"accepted": False, "reason": reason}
        assert list(answer["profiles"]) == ["spec", "chrome", "firefox", "playwright", "harValidator"]


def test_what_cannot_be_imported_is_refused_with_its_column(server: Server, tmp_path: Path) -> None:
    """Such an answer is as it always was, and tells the column as well."""
    status, answer = send(server, "validate", saved(tmp_path / "x.har", b'{"log":{\n "entries":[{}x]}}'))
    assert (status, answer["valid"], answer["error"]) == (400, False, "Invalid JSON format")
    assert (answer["byte"], answer["line"], answer["column"]) == (23, 2, 15)


@pytest.mark.parametrize(
    "value",
    [
        b"1e400",
        b"-1E+99999999999999999999",
        b"1" * 5000,
        b"0.%s1" % (b"0" * 5000),
        b"[" * 5000 + b"]" * 5000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b'"\\udc80"',
        b'"\\u0000"',
        b"[1e400]",
    ],
    ids=range(9),
)
@pytest.mark.parametrize("path", [("time",), ("request", "method"), ("response", "content", "text"), ("_x",)], ids=str)
def test_absurd_values_are_checked_like_any_other(path: rules.Path, value: bytes) -> None:
    """What no decoder can follow is no reason to know nothing of the rest; all come in pieces as they do whole."""
    text = har_of(changed(("entries", 0, *path), "@@")).replace(b'"@@"', value)
    text = text.replace(b'"status": 200', b'"status": "@"')
    checked = check(text)
    assert checked == check(text, range(0, len(text), 999))
    statuses = [one for one in checked.findings if one.path == "log.entries[0].response.status"]
    assert [one.code for one in statuses] == ["wrong-type"]
    assert statuses[0].byte in (text.index(b'"@"'), text.index(b'{"pageref"'))


@given(
    st.binary(max_size=40),
    st.sampled_from(["\n", "\r\n", ""]),
    st.booleans(),
    st.none() | st.tuples(st.integers(0, 60), st.sampled_from(["!", "=", "a", "\\", "é", "\udc80"])),
)
@settings(deadline=None, max_examples=300)
def test_base64_is_what_the_standard_library_decodes(
    body: bytes, line_end: str, escaped: bool, damage: tuple[int, str] | None
) -> None:
    """Line breaks and escapes do not matter, wherever a long body is cut; anything else does."""
    digits = base64.b64encode(body).decode()
    text = line_end.join(digits[at : at + 8] for at in range(0, len(digits), 8))
    if damage is not None:
        at = damage[0] % (len(text) + 1)
        text = text[:at] + damage[1] + text[at:]
    inside = "".join(f"\\u{ord(one):04x}" for one in text).encode() if escaped else json.dumps(text).encode()[1:-1]
    try:
        expected = len(base64.b64decode("".join(text.split()), validate=True))
    except ValueError:
        expected = None
    for piece in (1, 5, 1000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(values, "_PIECE", piece)
            found = values._decoded_length(memoryview(inside))
        if found is None or expected is None:
            # What lacks padding, or has too much, is taken by some decoders; browsers write it.
            assert expected is None or damage is not None
            assert found is None or len("".join(text.split()).rstrip("=")) * 3 // 4 == found
        else:
            assert found == expected
