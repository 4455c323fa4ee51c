"""Rewritten entries: what was asked for is gone or there, is said, and nothing else has changed."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.raw_json import is_object, joined, members
from harlake.har.repair import defaults
from harlake.har.repair.rewriter import BodyFilter, Rewriter, parse_body_filter
from tests.conftest import FIXTURES, SHARED_HARS
from tests.support.hars import entry
from tests.support.mutations import FULL, every_mutilation, mutilated, written
from tests.support.reading import Accepted, read

_NONE = Rewriter(parse_body_filter("none"))
_TEXT = Rewriter(parse_body_filter("text"))
_FILL = Rewriter(fill=True)

_HARS = [*FIXTURES.glob("*.har"), *SHARED_HARS.glob("*/*.har")]
_REAL = [text for path in sorted(_HARS) if isinstance(har := read(path.read_bytes()), Accepted) for text in har.entries]


def _carriers(one: Any) -> list[dict[str, Any]]:
    """Return what may carry a body."""
    holders = ((one.get("request"), "postData"), (one.get("response"), "content"))
    found = [holder.get(name) for holder, name in holders if isinstance(holder, dict)]
    return [carrier for carrier in found if isinstance(carrier, dict)]


# --- bodies -------------------------------------------------------------------------------------------------------


def test_bodies_are_asked_for_in_words() -> None:
    """None, text, or up to a size in bytes."""
    assert parse_body_filter("none") == BodyFilter(max_bytes=0)
    assert parse_body_filter("text") == BodyFilter(textual=True)
    assert [parse_body_filter(f"max:{size}").max_bytes for size in ("0", "1500", "20kB", "5MB")] == [
        0,
        1500,
        20_000,
        5_000_000,
    ]
    for wrong in ("", "all", "max", "max:", "max:-1", "max:1.5MB", "max:5 MB", "None"):
        with pytest.raises(ValueError, match="it takes"):
            parse_body_filter(wrong)


def test_without_anything_to_do_it_is_false() -> None:
    """A rewriter that changes nothing can be passed over."""
    assert not Rewriter()
    assert _NONE
    assert _FILL
    text = entry(1)
    assert Rewriter().entry(text) is text
    assert Rewriter().page(b"{}") == b"{}"
    assert Rewriter().log({"a": b"1"}) == {"a": b"1"}


def test_a_body_is_left_out_and_said_to_be() -> None:
    """All else in the entry is the text that it was: numbers, escapes, equal names, white space within values."""
    text = (
        b'{"n":1.50,"request":{"url":"x","postData":{"params":[],"text":"a\\u00e9","comment":"said","mimeType":"a/b"}},'
        b'"n":1e400,"response":{"status" : 2E2,"content":{"text":"aGVs\\r\\nbG8=","size":5,"encoding":"base64",'
        b'"_x":[ 1 ]}},"\\ud800":"\\udc80"}'
    )
    assert _NONE.entry(text) == (
        b'{"n":1.50,"request":{"url":"x","postData":{"mimeType":"a/b",'
        b'"comment":"said; body of 3 bytes left out by harlake"}},"n":1e400,"response":{"status":2E2,"content":'
        b'{"size":5,"_x":[ 1 ],"comment":"body of 5 bytes left out by harlake"}},"\\ud800":"\\udc80"}'
    )


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("null", "body"),
        ('""', "body"),
        ('"\\udc80"', "\udc80; body"),
        ("[1]", "[1]; body"),
        ('{"a":"b"}', '{"a":"b"}; body'),
    ],
)
def test_what_a_comment_said_is_kept(comment: str, expected: str) -> None:
    """A comment of any type stays."""
    text = b'{"response":{"content":{"comment":%b,"text":"abc"}}}' % comment.encode()
    content = json.loads(_NONE.entry(text))["response"]["content"]
    assert content == {"comment": f"{expected} of 3 bytes left out by harlake"}


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        ({"mimeType": "text/html; charset=utf-8", "text": "x"}, True),
        ({"mimeType": "application/problem+json", "text": "x"}, True),
        ({"mimeType": "IMAGE/SVG+XML", "text": "x"}, True),
        ({"mimeType": "text/html", "text": "eA==", "encoding": "base64"}, False),
        ({"mimeType": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "text": "x"}, False),
        ({"mimeType": "image/png", "text": "x"}, False),
        ({"mimeType": "", "text": "x"}, False),
        ({"text": "x"}, False),
        ({"mimeType": None, "text": "x"}, False),
        ({"mimeType": "image/png", "text": None}, True),
        ({"mimeType": "image/png", "_file": "a.png"}, True),
        ({"mimeType": "image/png"}, True),
    ],
)
def test_only_texts_are_kept(content: dict[str, Any], kept: bool) -> None:
    """With bodies=text, only what has a textual media type, and is not base64; what has no body stays anyway."""
    text = written({"response": {"content": content}})
    assert (_TEXT.entry(text) is text) == kept


@given(st.text(), st.integers(0, 40), st.booleans())
def test_sizes_are_those_of_decoded_bodies(body: str, limit: int, encoded: bool) -> None:
    """A body is measured as it was before it was put into JSON and base64, whatever that takes."""
    body = body.encode(errors="replace").decode()
    given_text = base64.encodebytes(body.encode()).decode() if encoded else body
    content = {"text": given_text, "encoding": "base64"} if encoded else {"text": given_text}
    text = written({"response": {"content": content}})
    size = len(body.encode())
    changed = Rewriter(BodyFilter(limit)).entry(text)
    assert (changed is text) == (size <= limit)
    if changed is not text:
        comment = json.loads(changed)["response"]["content"]["comment"]
        assert comment == f"body of {size} bytes left out by harlake"


def test_params_are_a_body() -> None:
    """Where there is no text, the names and values of params count."""
    posted = {"params": [{"name": "a", "value": "xyz"}, {"name": "b", "value": "é"}, {"name": "c"}, 1]}
    text = written({"request": {"url": "x", "postData": posted}})
    assert Rewriter(BodyFilter(8)).entry(text) is text
    assert json.loads(_NONE.entry(text))["request"]["postData"] == {"comment": "body of 8 bytes left out by harlake"}


@given(mutilated())
def test_nothing_but_bodies_is_left_out(one: dict[str, Any]) -> None:
    """Whatever an entry is like, it is the same but for bodies and the comments on them."""
    after = json.loads(_NONE.entry(written(one)))
    for carrier, left in zip(_carriers(one), _carriers(after), strict=True):
        if left == carrier:
            assert not carrier.get("text")
            assert not [one for one in carrier.get("params") or [] if isinstance(one, dict)]
            continue
        assert {"text", "params", "encoding"}.isdisjoint(left)
        assert str(left.pop("comment")).endswith(" bytes left out by harlake")
        before = {
            name: value for name, value in carrier.items() if name not in ("text", "params", "encoding", "comment")
        }
        assert left == before
        left.clear()
        carrier.clear()
    assert after == one


def test_bodies_of_real_entries_are_left_out() -> None:
    """No body is left in any real entry, and doing it twice changes nothing."""
    assert len(_REAL) > 50
    for text in _REAL:
        changed = _NONE.entry(text)
        assert _NONE.entry(changed) is changed
        for carrier in _carriers(json.loads(changed)):
            assert not carrier.get("text")


# --- fill ---------------------------------------------------------------------------------------------------------


def test_a_complete_entry_is_not_touched() -> None:
    """One decode sees that there is nothing to do."""
    text = written(FULL)
    assert defaults._is_complete(text)
    assert _FILL.entry(text) is text


def test_an_entry_of_nothing_gets_every_mandatory_member() -> None:
    """The least that is imported becomes the least that strict readers take."""
    assert json.loads(_FILL.entry(b'{"request":{"url":"http://example.test/"}}')) == {
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


@pytest.mark.parametrize(
    ("place", "given_value", "expected"),
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
        ("response.cookies", {"a": "b"}, []),
        ("request.headers", [["a", "b"], 1], [{"name": "a", "value": "b"}]),
        ("request.headers", [{"name": "a", "value": ["b", "c"]}], [{"name": "a", "value": "b\nc"}]),
        ("request.headers", [{"name": "a"}], [{"name": "a", "value": ""}]),
        ("request.postData", None, ...),
        ("request.postData", {"params": []}, {"params": [], "mimeType": "application/octet-stream", "text": ""}),
        ("request.cookies", [{"name": "a", "value": "b", "expires": ""}], [{"name": "a", "value": "b"}]),
    ],
)
def test_wrong_values_are_mended(place: str, given_value: Any, expected: Any) -> None:
    """What can be taken for the right type is; else a default is put in its place, or nothing where that may be."""
    one = json.loads(json.dumps(FULL))
    *way, name = place.split(".")
    holder = one
    for key in way:
        holder = holder[key]
    holder[name] = given_value
    after = json.loads(_FILL.entry(written(one)))
    holder[name] = expected
    if expected is ...:
        del holder[name]
    assert after == one


def test_lone_surrogates_are_replaced_where_they_stand_for_no_bytes() -> None:
    """Half a character becomes what browsers make of it; what mitmproxy writes for bytes that are no text stays."""
    for text, expected in ((b'"a\\ud83d"', b'"a\\ufffd"'), (b'"a\\udc80"', b'"a\\udc80"')):
        after = _FILL.entry(b'{"request":{"url":"x"},"response":{"content":{"text":%b}}}' % text)
        assert b'"content":{"text":%b,' % expected in after


def test_numbers_and_equal_names_are_kept() -> None:
    """In an object that changes, members that are right stay as they were written; of equal names the last counts."""
    text = (
        b'{"time":"x","request":{"url":"x"},"_n":1.50,"_n":1E400,"time":1e400,"response":{"status":200,"status":"x"}}'
    )
    after = _FILL.entry(text)
    assert after.startswith(b'{"time":"x","request":{"url":"x",')
    assert b',"_n":1.50,"_n":1E400,"time":1e400,"response":{"status":200,"status":0,' in after
    dropped = _FILL.entry(b'{"connection":"a","connection":null,"request":{"url":"x"}}')
    assert b"connection" not in dropped


@given(mutilated())
def test_filling_is_done_in_one_go(one: dict[str, Any]) -> None:
    """What is filled has nothing to be filled; and where one decode sees nothing to do, there is nothing."""
    text = written(one)
    after = _FILL.entry(text)
    assert _FILL.entry(after) is after
    assert defaults._ENTRY.mend(after) is after
    if defaults._is_complete(text):
        assert defaults._ENTRY.mend(text) is text


@given(mutilated())
def test_what_has_no_rule_is_kept(one: dict[str, Any]) -> None:
    """Custom members, at whatever depth there is a rule for what holds them, stay the text that they were."""
    one["_custom"] = one["request"]["_custom"] = {"a": [1, "\udc80"]}
    after = _FILL.entry(written(one))
    assert dict(members(after))["_custom"] == written(one["_custom"])
    assert json.loads(after)["request"]["_custom"] == one["_custom"]


def test_every_mutilation_is_mended() -> None:
    """Each member, missing or junk of each kind."""
    for one in every_mutilation():
        after = _FILL.entry(written(one))
        assert defaults._ENTRY.mend(after) is after


def test_real_entries_are_filled() -> None:
    """Real entries are filled in one go, and those that one decode finds complete are."""
    complete = 0
    for text in _REAL:
        after = _FILL.entry(text)
        assert _FILL.entry(after) is after
        if defaults._is_complete(text):
            assert defaults._ENTRY.mend(text) is text
            complete += 1
    assert complete > len(_REAL) / 3


def test_deep_entries_are_rewritten() -> None:
    """An entry that is nested deeper than any stack is filled, and loses its body, like others."""
    deep = b'"_deep":' + b"[" * 5_000 + b"]" * 5_000
    text = b'{"request":{"url":"x"},"response":{"content":{"text":"x",%b}},%b}' % (deep, deep)
    after = Rewriter(parse_body_filter("none"), fill=True).entry(text)
    assert after.count(deep) == 2
    assert b'"comment":"body of 1 bytes left out by harlake"' in after
    assert b'"timings"' in after


def test_pages_and_logs_are_filled() -> None:
    """A page and a log get what readers insist on, and keep what they have."""
    page = b'{"id":7,"title":null,"_n":1.50}'
    filled = (
        b'{"id":"7","title":"","_n":1.50,"startedDateTime":"1970-01-01T00:00:00.000Z",'
        b'"pageTimings":{"onContentLoad":-1,"onLoad":-1}}'
    )
    assert _FILL.page(page) == filled
    assert _FILL.page(filled) is filled
    log = {"browser": b'{"name":"b"}', "pages": b"[%b,null]" % page, "comment": b"null", "_n": b"1.50"}
    assert _FILL.log(log) == {
        "browser": b'{"name":"b","version":""}',
        "pages": b"[%b]" % filled,
        "_n": b"1.50",
        "version": b'"1.2"',
        "creator": b'{"name":"","version":""}',
    }
    assert _NONE.log(log) == log
    assert all(is_object(value) or value for value in _FILL.log({}).values())


def test_both_can_be_asked_for() -> None:
    """Without bodies and filled: what mitmproxy insists on is there, and is empty."""
    text = joined([("request", b'{"url":"x","postData":{"text":"secret"}}')])
    posted = json.loads(Rewriter(parse_body_filter("none"), fill=True).entry(text))["request"]["postData"]
    assert posted == {
        "comment": "body of 6 bytes left out by harlake",
        "mimeType": "application/octet-stream",
        "text": "",
    }
