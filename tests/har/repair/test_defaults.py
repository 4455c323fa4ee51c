"""Filled entries, pages and logs: strict readers take them, and what was right is the text that it was."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from harlake.har.raw_json import is_object, members
from harlake.har.repair import defaults
from harlake.har.repair.defaults import filled, filled_log, filled_page
from tests.support.mutations import FULL, every_mutilation, mutilated, written
from tests.support.reading import real_entries


def test_a_complete_entry_is_not_touched() -> None:
    """One decode sees that there is nothing to do."""
    text = written(FULL)
    assert defaults._is_complete(text)
    assert filled(text) is text


def test_an_entry_of_nothing_gets_every_mandatory_member() -> None:
    """The least that is imported becomes the least that strict readers take."""
    assert json.loads(filled(b'{"request":{"url":"http://example.test/"}}')) == {
        "startedDateTime": "1970-01-01T00:00:00.000Z",
        "time": 0,
        "request": {
            "method": "GET",
            "url": "http://example.test/",
            "httpVersion": "",
            "cookies": [],
            "headers": [],
            "queryString": [],
            "headersSize": -1,
            "bodySize": -1,
        },
        "response": {
            "status": 0,
            "statusText": "",
            "httpVersion": "",
            "cookies": [],
            "headers": [],
            "content": {"size": -1, "mimeType": "x-unknown"},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": 0, "receive": 0},
    }


#: Values as WebDriver BiDi writes them.
_STRING = {"type": "string", "value": "b"}
_BASE64 = {"type": "base64", "value": "Yg=="}


@pytest.mark.parametrize(
    ("path", "given_value", "expected"),
    [
        ("startedDateTime", "2024-01-31T10:00:00.1234567+0100", "2024-01-31T10:00:00.1234567+0100"),
        ("startedDateTime", "2024-01-31 10:00:00", "2024-01-31T10:00:00Z"),
        ("startedDateTime", "Wed, 31 Jan 2024 10:00:00 GMT", "2024-01-31T10:00:00Z"),
        ("startedDateTime", 1_706_695_200_500, "2024-01-31T10:00:00.500000Z"),
        ("startedDateTime", "2023-02-29T10:00:00Z", "1970-01-01T00:00:00.000Z"),
        ("startedDateTime", "yesterday", "1970-01-01T00:00:00.000Z"),
        ("time", "50.5", 50.5),
        ("time", -1, -1),
        ("serverIPAddress", "[2001:db8::1]", "2001:db8::1"),
        ("serverIPAddress", "2001:db8::1", "2001:db8::1"),
        ("serverIPAddress", "", ...),
        ("connection", 443, "443"),
        ("connection", None, ...),
        ("_initiator", None, ...),
        ("cache", None, {}),
        ("timings.send", -1, 0),
        ("timings.wait", None, 0),
        ("timings.dns", None, ...),
        ("response.status", "404", 404),
        ("response.bodySize", 12.5, 12),
        ("response.bodySize", 12.0, 12),
        ("request.url", "http://é.test/ü?q=a b", "http://%C3%A9.test/%C3%BC?q=a%20b"),
        ("request.url", "/a?b={c}|%7e#", "/a?b={c}|%7e#"),
        ("request.headers", [{"name": "\udc80", "value": "a"}], [{"name": "\ufffd", "value": "a"}]),
        ("response.content.text", "a\udc80", "a\udc80"),
        (
            "response.content",
            {"size": 1, "mimeType": "a/b", "encoding": "base64", "text": "MANUALLY REMOVED"},
            {"size": 1, "mimeType": "a/b", "text": "MANUALLY REMOVED"},
        ),
        ("response.content", [], {"size": -1, "mimeType": "x-unknown"}),
        ("response.content.text", 1, "1"),
        ("response.content.text", None, ...),
        ("response.cookies", {"a": "b"}, [{"name": "a", "value": "b"}]),
        ("response.cookies", 7, []),
        (
            "request.headers",
            {"A": ["b", 0], "C": False},
            [{"name": n, "value": v} for n, v in (("A", "b"), ("A", "0"), ("C", "false"))],
        ),
        ("request.headers", ["A: b"], [{"name": "A", "value": "b"}]),
        ("request.headers", [{"name": "A", "value": _STRING}], [{"name": "A", "value": "b"}]),
        ("request.headers", [{"name": "A", "value": _BASE64}], [{"name": "A", "value": "b"}]),
        (
            "request.cookies",
            [{"name": "A", "value": _STRING}, ["B", 0]],
            [{"name": "A", "value": "b"}, {"name": "B", "value": "0"}],
        ),
        (
            "request.cookies",
            [{"name": "A", "value": "b", "secure": "true"}],
            [{"name": "A", "value": "b", "secure": True}],
        ),
        ("response.status", {"type": "number", "value": 404}, 404),
        ("response.status", [" 404 "], 404),
        ("startedDateTime", 1_706_695_200, "2024-01-31T10:00:00Z"),
        ("startedDateTime", "1/31/2024, 10:00:00 AM", "2024-01-31T10:00:00Z"),
        ("startedDateTime", {"type": "date", "value": "2024-01-31T10:00:00Z"}, "2024-01-31T10:00:00Z"),
        ("response.content.text", {"a": 1.0}, '{"a": 1.0}'),
        ("response.content", "body", {"text": "body", "size": -1, "mimeType": "x-unknown"}),
        ("request.postData", "a=b", {"text": "a=b", "mimeType": "application/octet-stream"}),
        ("request.postData", {"mimeType": "a/b", "text": {"a": [1]}}, {"mimeType": "a/b", "text": '{"a": [1]}'}),
        ("request.postData", {"a": 1}, {"mimeType": "application/json", "text": '{"a": 1}'}),
        (
            "request.postData",
            {"mimeType": "a/b", "text": _BASE64},
            {"mimeType": "a/b", "text": "Yg==", "encoding": "base64"},
        ),
        (
            "request.postData",
            {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "note", "value": "a b"}, ["c", 0]]},
            {
                "mimeType": "application/x-www-form-urlencoded",
                "params": [{"name": "note", "value": "a b"}, {"name": "c", "value": "0"}],
                "text": "note=a+b&c=0",
            },
        ),
        ("time", None, 50.25),
        ("time", "soon", 50.25),
        ("request.headers", [["a", "b"], 1], [{"name": "a", "value": "b"}]),
        ("request.headers", [{"name": "a", "value": ["b", "c"]}], [{"name": "a", "value": "b\nc"}]),
        ("request.headers", [{"name": "a"}], [{"name": "a", "value": ""}]),
        ("request.postData", None, ...),
        ("request.postData", {"params": []}, {"params": [], "mimeType": "application/octet-stream", "text": ""}),
        ("request.cookies", [{"name": "a", "value": "b", "expires": ""}], [{"name": "a", "value": "b"}]),
    ],
)
def test_wrong_values_are_mended(path: str, given_value: Any, expected: Any) -> None:
    """What can be taken for the right type is; else a default is put in its place, or nothing where that may be."""
    one = json.loads(json.dumps(FULL))
    *way, name = path.split(".")
    holder = one
    for key in way:
        holder = holder[key]
    holder[name] = given_value
    after = json.loads(filled(written(one)))
    holder[name] = expected
    if expected is ...:
        del holder[name]
    assert after == one


def test_lone_surrogates_are_replaced_where_they_stand_for_no_bytes() -> None:
    """Half a character becomes what browsers make of it; what mitmproxy writes for bytes that are no text stays."""
    for text, expected in ((b'"a\\ud83d"', b'"a\\ufffd"'), (b'"a\\udc80"', b'"a\\udc80"')):
        after = filled(b'{"request":{"url":"x"},"response":{"content":{"text":%b}}}' % text)
        assert b'"content":{"text":%b,' % expected in after


def test_numbers_and_equal_names_are_kept() -> None:
    """In an object that changes, members that are right stay as they were written; of equal names the last counts."""
    text = (
        b'{"time":"x","request":{"url":"x"},"_n":1.50,"_n":1E400,"time":1e400,"response":{"status":200,"status":"x"}}'
    )
    after = filled(text)
    assert after.startswith(b'{"time":"x","request":{"url":"x",')
    assert b',"_n":1.50,"_n":1E400,"time":1e400,"response":{"status":200,"status":0,' in after
    dropped = filled(b'{"connection":"a","connection":null,"request":{"url":"x"}}')
    assert b"connection" not in dropped


@given(mutilated())
def test_filling_is_done_in_one_go(one: dict[str, Any]) -> None:
    """What is filled has nothing to be filled; and where one decode sees nothing to do, there is nothing."""
    text = written(one)
    after = filled(text)
    assert filled(after) is after
    assert defaults._ENTRY.mend(after) is after
    if defaults._is_complete(text):
        assert defaults._ENTRY.mend(text) is text


@given(mutilated())
def test_what_has_no_rule_is_kept(one: dict[str, Any]) -> None:
    """Custom members, at whatever depth there is a rule for what holds them, stay the text that they were."""
    one["_custom"] = one["request"]["_custom"] = {"a": [1, "\udc80"]}
    after = filled(written(one))
    assert dict(members(after))["_custom"] == written(one["_custom"])
    assert json.loads(after)["request"]["_custom"] == one["_custom"]


@pytest.mark.slow
def test_every_mutilation_is_mended() -> None:
    """Each member, missing or each piece of junk."""
    for one in every_mutilation():
        after = filled(written(one))
        assert defaults._ENTRY.mend(after) is after


@pytest.mark.slow
def test_real_entries_are_filled() -> None:
    """Real entries are filled in one go, and those that one decode finds complete are."""
    complete = 0
    for text in real_entries():
        after = filled(text)
        assert filled(after) is after
        if defaults._is_complete(text):
            assert defaults._ENTRY.mend(text) is text
            complete += 1
    assert complete > len(real_entries()) / 3


def test_pages_and_logs_are_filled() -> None:
    """A page and a log get what readers insist on, and keep what they have."""
    page = b'{"id":7,"title":null,"_n":1.50}'
    mended = (
        b'{"id":"7","title":"","_n":1.50,"startedDateTime":"1970-01-01T00:00:00.000Z",'
        b'"pageTimings":{"onContentLoad":-1,"onLoad":-1}}'
    )
    assert filled_page(page) == mended
    assert filled_page(mended) is mended
    log = {"browser": b'{"name":"b"}', "pages": b"[%b,null]" % page, "comment": b"null", "_n": b"1.50"}
    assert dict(filled_log(list(log.items()))) == {
        "browser": b'{"name":"b","version":""}',
        "pages": b"[%b]" % mended,
        "_n": b"1.50",
        "version": b'"1.2"',
        "creator": b'{"name":"","version":""}',
    }
    assert all(is_object(value) or value for value in dict(filled_log([])).values())
